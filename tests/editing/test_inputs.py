"""What reaches the gateway of the pictures that a caller names: order, names, types, bytes, and what is refused."""

import base64
import hashlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image

from desk import Desk

pytestmark = pytest.mark.anyio


def photo(path: Path, size: tuple[int, int] = (640, 480), colour: str = "teal") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


async def test_an_untouched_file_is_sent_byte_for_byte_under_a_right_name(desk: Desk) -> None:
    path = photo(desk.folder / "holiday.bin.png")
    _, call = await desk.edited(prompt="byte for byte", images=[str(path)], model="gpt-image-2-all")
    [part] = call["parts"]
    assert part["field"] == "image"
    assert part["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (part["filename"].rpartition(".")[2], part["content_type"]) == ("png", "image/png")


async def test_several_inputs_keep_their_order_and_share_one_field(desk: Desk) -> None:
    paths = [
        photo(desk.folder / "one.png", colour="red"),
        photo(desk.folder / "two.jpg", colour="green"),
        photo(desk.folder / "three.webp", colour="blue"),
    ]
    _, call = await desk.edited(
        prompt="three in order", images=[str(path) for path in paths], model={"gpt-image-2": {"quality": "low"}}
    )
    assert [part["field"] for part in call["parts"]] == ["image[]"] * 3
    assert [part["sha256"] for part in call["parts"]] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    ]
    assert [part["content_type"] for part in call["parts"]] == ["image/png", "image/jpeg", "image/webp"]


async def test_a_path_a_data_url_and_an_image_id_go_together(desk: Desk) -> None:
    made = await desk.job("generate_image", prompt="a base to combine", model="gpt-image-2-all")
    earlier = made["images"][0]["image_id"]
    content = io.BytesIO()
    Image.new("RGB", (300, 300), "gold").save(content, "PNG")
    data_url = f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
    image, call = await desk.edited(
        prompt="mixed sources",
        images=[earlier, data_url, str(photo(desk.folder / "p.png"))],
        model="gpt-image-2-all",
    )
    assert call["parts"][0]["sha256"] == made["images"][0]["sha256"]
    assert call["parts"][1]["sha256"] == hashlib.sha256(content.getvalue()).hexdigest()
    assert image["derived_from"][0] == earlier
    assert len(image["derived_from"]) == 3


async def test_what_the_gateway_would_refuse_is_converted_and_said(desk: Desk) -> None:
    path = desk.folder / "scan.tiff"
    Image.new("CMYK", (500, 400)).save(path)
    image, call = await desk.edited(prompt="from a scan", images=[str(path)], model="gpt-image-2-all")
    [part] = call["parts"]
    assert part["format"] in ("PNG", "JPEG")
    assert part["mode"] == "RGB"
    assert any("Image 1 was" in warning and "TIFF" in warning for warning in image["warnings"])


async def test_a_large_photo_is_made_smaller_before_it_is_sent(desk: Desk) -> None:
    path = desk.folder / "large.png"
    Image.frombytes("RGB", (2600, 1800), os.urandom(2600 * 1800 * 3)).save(path)
    image, call = await desk.edited(prompt="a large one", images=[str(path)], model="gpt-image-2-all")
    [part] = call["parts"]
    assert max(part["width"], part["height"]) <= 2048
    assert part["bytes"] < path.stat().st_size
    assert any("2600x1800" in warning for warning in image["warnings"])


async def test_a_phone_picture_is_sent_upright_without_its_metadata(desk: Desk) -> None:
    path = desk.folder / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 300), "red").save(path, exif=exif)
    _, call = await desk.edited(prompt="from a phone", images=[str(path)], model="gpt-image-2-all")
    assert (call["parts"][0]["width"], call["parts"][0]["height"]) == (300, 400)


async def test_changing_the_file_after_the_call_changes_nothing(desk: Desk) -> None:
    path = photo(desk.folder / "moving.png")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    answer = await desk.call(
        "edit_image", prompt="[[latency:1]] copied at once", images=[str(path)], model="gpt-image-2-all", wait_seconds=0
    )
    assert answer.structured_content is not None
    path.write_bytes(b"gone")
    await desk.job("wait_for_jobs", job_ids=[answer.structured_content["jobs"][0]["job_id"]])
    [call] = desk.calls("copied at once")
    assert call["parts"][0]["sha256"] == before


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([], "at least 1"),
        (["img_0000000000000000"], "There is no image"),
        (["relative.png"], "absolute"),
        (["/no/such/picture.png"], "pasted"),
        (["http://example.org/a.png"], "https"),
        (["data:image/png;base64,!!!"], "base64"),
        (["data:text/plain;base64,aGVsbG8="], "no picture"),
        (["/dev/null"], "device"),
    ],
    ids=["none", "unknown id", "relative", "missing", "http", "broken data", "text data", "device"],
)
async def test_an_input_that_cannot_be_used_is_refused_before_anything_is_sent(
    desk: Desk, images: list[str], words: str
) -> None:
    assert words in await desk.refused(images=images, model="gpt-image-2-all")


async def test_seventeen_images_are_one_too_many(desk: Desk) -> None:
    path = str(photo(desk.folder / "many.png"))
    assert "at most 16" in await desk.refused(images=[path] * 17, model="gpt-image-2-all")


async def test_a_text_file_named_png_is_not_read_out(desk: Desk) -> None:
    path = desk.folder / "secret.png"
    path.write_text("password=hunter2")
    said = await desk.refused(images=[str(path)], model="gpt-image-2-all")
    assert "not a picture" in said
    assert "hunter2" not in said


async def test_a_private_address_is_not_fetched(desk: Desk) -> None:
    said = await desk.refused(images=["https://127.0.0.1:9/a.png"], model="gpt-image-2-all")
    assert "not public" in said


async def test_a_cut_off_picture_is_refused_by_the_worker_within_the_same_call(desk: Desk) -> None:
    path = desk.folder / "cut.png"
    whole = io.BytesIO()
    Image.frombytes("RGB", (300, 300), os.urandom(270000)).save(whole, "PNG")
    path.write_bytes(whole.getvalue()[:20000])
    assert "cut off" in await desk.refused(images=[str(path)], model="gpt-image-2-all")
