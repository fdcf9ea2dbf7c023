"""What may change and what may not: masks and regions as they are sent, and the original put back outside."""

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from desk import Desk

pytestmark = pytest.mark.anyio

LEFT_HALF = [{"shape": "rectangle", "x": 0, "y": 0, "width": 0.5, "height": 1}]


def noisy(path: Path, size: tuple[int, int] = (1024, 768), mode: str = "RGB") -> Path:
    """Make a picture in which no two neighbours are alike, so that a shift of one pixel shows."""
    Image.frombytes(mode, size, os.urandom(size[0] * size[1] * len(mode))).save(path)
    return path


async def test_regions_reach_the_official_model_as_a_mask_of_the_size_of_image_1(desk: Desk) -> None:
    path = noisy(desk.folder / "p.png")
    _, call = await desk.edited(
        prompt="left half only", images=[str(path)], regions=LEFT_HALF, model={"gpt-image-2": {"quality": "low"}}
    )
    mask = next(part for part in call["parts"] if part["field"] == "mask")
    sent = next(part for part in call["parts"] if part["field"] == "image")
    assert (mask["width"], mask["height"]) == (sent["width"], sent["height"])
    assert mask["content_type"] == "image/png"
    assert mask["alpha"] == [0, 255]
    assert mask["bytes"] < 4_194_304


@pytest.mark.parametrize("model", ["gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip"])
async def test_untouched_pixels_have_exactly_the_values_of_the_input(desk: Desk, model: str) -> None:
    path = noisy(desk.folder / "p.png", (1031, 773))
    image, _ = await desk.edited(
        prompt=f"keep outside {model}", images=[str(path)], regions=LEFT_HALF, keep_outside=True, model=model
    )
    with Image.open(path) as before, Image.open(image["path"]) as after:
        assert after.format == "PNG"
        assert after.size == before.size
        border = 516
        right = (border, 0, *before.size)
        assert after.crop(right).tobytes() == before.crop(right).tobytes()
        left = (0, 0, border - 1, before.size[1])
        assert after.crop(left).tobytes() != before.crop(left).tobytes()
    assert image["original_image_id"]
    assert any("composited" in warning for warning in image["warnings"])


async def test_the_uncomposited_picture_is_kept_and_can_be_looked_at(desk: Desk) -> None:
    path = noisy(desk.folder / "p.png", (800, 832))
    image, _ = await desk.edited(
        prompt="keep both", images=[str(path)], regions=LEFT_HALF, keep_outside=True, model="gpt-image-2-all"
    )
    answer = await desk.call("view_image", image_id=image["original_image_id"])
    assert [block.type for block in answer.content] == ["image"]


async def test_transparent_inputs_keep_their_alpha_outside(desk: Desk) -> None:
    path = noisy(desk.folder / "p.png", (640, 640), "RGBA")
    image, _ = await desk.edited(
        prompt="keep alpha", images=[str(path)], regions=LEFT_HALF, keep_outside=True, model="gpt-image-2-all"
    )
    with Image.open(path) as before, Image.open(image["path"]) as after:
        assert after.mode == "RGBA"
        assert after.crop((320, 0, 640, 640)).tobytes() == before.crop((320, 0, 640, 640)).tobytes()


async def test_a_two_tone_picture_is_taken_as_a_mask(desk: Desk) -> None:
    path = noisy(desk.folder / "p.png")
    drawn = Image.new("L", (512, 384), 0)
    ImageDraw.Draw(drawn).ellipse((100, 100, 300, 300), fill=255)
    drawn.save(desk.folder / "mask.jpg", quality=95)
    image, call = await desk.edited(
        prompt="two tones",
        images=[str(path)],
        mask=str(desk.folder / "mask.jpg"),
        model={"gpt-image-2": {"quality": "low"}},
    )
    mask = next(part for part in call["parts"] if part["field"] == "mask")
    assert mask["alpha"] == [0, 255]
    assert any("mask was" in warning.lower() for warning in image["warnings"])


async def test_models_without_masks_are_sent_none(desk: Desk) -> None:
    path = noisy(desk.folder / "p.png")
    _, call = await desk.edited(
        prompt="no mask for vip", images=[str(path)], regions=LEFT_HALF, keep_outside=True, model="gpt-image-2-vip"
    )
    assert [part["field"] for part in call["parts"]] == ["image"]


async def test_contradictions_are_refused(desk: Desk) -> None:
    path = str(noisy(desk.folder / "p.png"))
    grey = desk.folder / "grey.png"
    Image.frombytes("L", (1024, 768), bytes(range(256)) * 3072).save(grey)
    tall = desk.folder / "tall.png"
    Image.new("L", (300, 900), 255).save(tall)
    both = await desk.refused(images=[path], mask=path, regions=LEFT_HALF, model="gpt-image-2")
    assert "mask and regions" in both
    assert "keep_outside" in await desk.refused(images=[path], regions=LEFT_HALF, model="gpt-image-2-vip")
    assert "mask or regions" in await desk.refused(images=[path], keep_outside=True, model="gpt-image-2")
    assert "ratio" in await desk.refused(images=[path], mask=str(tall), model="gpt-image-2")
    assert "has no transparent" in await desk.refused(images=[path], mask=str(grey), model="gpt-image-2")
    outside = [{"shape": "rectangle", "x": 0.9, "y": 0.9, "width": 0.5, "height": 0.5}]
    assert "beyond the edge" in await desk.refused(images=[path], regions=outside, model="gpt-image-2")
