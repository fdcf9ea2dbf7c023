"""How long the small picture beside a result takes, of a 4K picture, made and then found made."""

import time
from pathlib import Path

from hosts import Row
from scenes import cut_out, photo

from darkroom.core.records import Image
from darkroom.service.previews import Previews
from darkroom.tools.results import PREVIEW_BYTES, PREVIEW_PX

BOUND = 0.25
RUNS = 7


async def previews(folder: Path) -> list[Row]:
    """The preview of a 4K PNG, of one with transparency, and the second look at it."""
    rows: list[Row] = []
    for name, scene in (("4K PNG", photo()), ("4K PNG with alpha", cut_out())):
        path = folder / f"{name}.png"
        scene.save(path)
        image = _row(path)
        first = [_seconds(folder / f"home-{number}", image) for number in range(RUNS)]
        rows.append(Row(f"preview: {name}", first, "s", BOUND))
    again = [_seconds(folder / "home-0", image) for _ in range(RUNS)]
    return [*rows, Row("preview: looked at again", again, "s", 0.01)]


def _seconds(home: Path, image: Image) -> float:
    began = time.perf_counter()
    assert Previews(home).find([image], PREVIEW_PX, PREVIEW_BYTES) is not None
    return time.perf_counter() - began


def _row(path: Path) -> Image:
    return Image(
        image_id=f"img_{len(path.name):016}",
        job_id="",
        call_id="",
        created_at=0.0,
        kind="picture",
        path=str(path),
        format="png",
        width=3840,
        height=2160,
        bytes=path.stat().st_size,
        sha256="",
        prompt="",
        model="",
        turn=1,
        root_id="",
        derived_from=(),
        original_image_id="",
        requested_size="",
        source_url="",
        source_url_expires_at=None,
        charged_microusd=None,
        warnings=(),
    )
