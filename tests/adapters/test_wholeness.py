"""A picture that ends half way is told from a whole one, in every format that models make."""

import io
from pathlib import Path

import pytest
from PIL import Image

from darkroom.adapters.wholeness import is_whole


@pytest.mark.parametrize("picture_format", ["png", "jpeg", "webp"])
def test_a_file_that_ends_half_way_is_not_whole(tmp_path: Path, picture_format: str) -> None:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 80).convert("RGB").save(out, picture_format)
    path = tmp_path / "picture"
    path.write_bytes(out.getvalue())
    assert is_whole(path, picture_format)
    path.write_bytes(out.getvalue() + b"\n" * 16)
    assert is_whole(path, picture_format)
    path.write_bytes(out.getvalue()[: len(out.getvalue()) // 2])
    assert not is_whole(path, picture_format)


def test_a_format_without_a_known_end_counts_as_whole(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(b"GIF89a")
    assert is_whole(path, "gif")
