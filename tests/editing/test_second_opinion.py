"""A second opinion on what an edit sends: the official SDK's own multipart for the same files."""

from pathlib import Path
from typing import Any

import openai
import pytest
from PIL import Image

from darkroom.sandbox.server import Running
from desk import Desk

pytestmark = pytest.mark.anyio

COMPARED = ("field", "content_type", "sha256")


def shapes(call: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What counts of each part; a file's name may differ, but not its extension."""
    return [(*(part[key] for key in COMPARED), Path(part["filename"]).suffix) for part in call["parts"]]


@pytest.mark.parametrize("count", [1, 3])
async def test_the_parts_of_an_edit_are_those_of_the_official_sdk(desk: Desk, sandbox: Running, count: int) -> None:
    paths: list[Path] = []
    for number in range(count):
        path = desk.folder / f"input-{number}.png"
        Image.new("RGB", (640, 512), (40 * number, 90, 120)).save(path)
        paths.append(path)
    mask = desk.folder / "mask.png"
    alpha = Image.new("RGBA", (640, 512), (0, 0, 0, 255))
    alpha.paste((0, 0, 0, 0), (100, 100, 300, 300))
    alpha.save(mask)
    _, ours = await desk.edited(
        prompt=f"second opinion of {count}",
        images=[str(path) for path in paths],
        mask=str(mask),
        model={"gpt-image-2": {"quality": "low", "size": "1024x1024"}},
    )
    label = f"sdk-{count}"
    async with openai.AsyncOpenAI(api_key=f"sk-test-{label}", base_url=sandbox.base_url, max_retries=0) as client:
        await client.images.edit(
            model="gpt-image-2",
            prompt=f"second opinion of {count}",
            image=paths[0] if count == 1 else list(paths),
            mask=mask,
            quality="low",
            size="1024x1024",
        )
    [theirs] = sandbox.calls(label)
    assert sorted(shapes(ours)) == sorted(shapes(theirs))
    assert ours["fields"] == theirs["fields"]
