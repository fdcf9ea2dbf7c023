"""Pictures are real: right size and format, different for each take, and edits show what was asked and sent."""

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from darkroom.catalog.models import MODELS
from darkroom.core.size import parse_size
from sandbox.customer import Customer, encoded, opened, part

OFFICIAL = "gpt-image-2"
SMALL = {"size": "1024x640", "quality": "low"}


def made(answer: Any) -> Image.Image:
    return opened(base64.b64decode(answer.json()["data"][0]["b64_json"]))


@pytest.mark.parametrize("size", [row.size for row in MODELS["gpt-image-2-vip"].size_rows if row.tier != "2K"])
def test_every_size_of_the_table_is_made_exactly(customer: Customer, size: str) -> None:
    picture = made(customer.generate(model="gpt-image-2-vip", size=size))
    assert str(parse_size(size)) == f"{picture.width}x{picture.height}"


@pytest.mark.parametrize(("kind", "expected"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP"), (None, "PNG")])
def test_the_official_model_makes_the_format_that_was_asked(
    customer: Customer, kind: str | None, expected: str
) -> None:
    assert made(customer.generate(model=OFFICIAL, output_format=kind, **SMALL)).format == expected


def test_compression_makes_a_smaller_file(customer: Customer) -> None:
    sizes = [
        len(customer.generate("a fox", OFFICIAL, output_format="jpeg", output_compression=quality).content)
        for quality in (10, 90)
    ]
    assert sizes[0] < sizes[1]


def test_a_transparent_background_is_real_alpha(customer: Customer) -> None:
    picture = made(customer.generate("a sticker", OFFICIAL, background="transparent", **SMALL))
    alpha = picture.getchannel("A")
    assert picture.mode == "RGBA"
    assert (alpha.getpixel((0, 0)), alpha.getpixel((512, 320))) == (0, 255)


@pytest.mark.parametrize("phrase", [row for row in MODELS["gpt-image-2-all"].ratio_phrases if row.observed])
def test_the_phrase_in_front_of_the_prompt_steers_the_shape(customer: Customer, phrase: Any) -> None:
    picture = made(customer.generate(f"{phrase.phrase}，一只猫"))
    assert f"{picture.width}x{picture.height}" == phrase.observed


@pytest.mark.parametrize(
    ("model", "size"),
    [("gpt-image-2", (1024, 1024)), ("gpt-image-2-all", (1254, 1254)), ("gpt-image-2-vip", (2048, 2048))],
)
def test_without_a_size_the_model_makes_its_own(customer: Customer, model: str, size: tuple[int, int]) -> None:
    assert made(customer.generate(model=model)).size == size


@pytest.mark.parametrize(
    ("model", "size"),
    [("gpt-image-2", (1536, 1024)), ("gpt-image-2-all", (1672, 941)), ("gpt-image-2-vip", (2048, 1152))],
)
def test_an_edit_without_a_size_has_the_shape_of_image_one(
    customer: Customer, model: str, size: tuple[int, int]
) -> None:
    assert made(customer.edit([part(encoded((320, 180)))], model=model, size="auto")).size == size


def test_the_same_request_makes_another_take(customer: Customer) -> None:
    takes = {customer.generate("one of several", OFFICIAL, **SMALL).content for _ in range(4)}
    assert len(takes) == 4


def difference(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> float:
    """Return the mean difference within `box`, 0 to 255."""
    pixels = ImageChops.difference(one.convert("RGB").crop(box), other.convert("RGB").crop(box))
    return sum(ImageStat.Stat(pixels).mean) / 3


def test_a_mask_is_a_soft_guide_the_rest_drifts_a_little(customer: Customer) -> None:
    base = made(customer.generate("a forest", OFFICIAL, size="1024x1024"))
    mask = Image.new("RGBA", base.size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (100, 100, 500, 500))
    files = [part(_png(base)), part(_png(mask), "mask")]
    changed = made(customer.edit(files, "a balloon", size="1024x1024"))
    inside = difference(base, changed, (100, 100, 500, 500))
    outside = difference(base, changed, (520, 0, 1024, 1024))
    assert inside > 15
    assert 0.5 < outside < 6


def test_an_edit_looks_like_image_one_with_a_change(customer: Customer) -> None:
    base = made(customer.generate("a lake", OFFICIAL, size="1024x1024"))
    changed = made(customer.edit([part(_png(base))], "warmer", size="1024x1024"))
    unlike = made(customer.generate("skyline at night", OFFICIAL, size="1024x1024"))
    top = (0, 0, 1024, 700)
    assert 3 < difference(base, changed, top) < difference(base, unlike, top)


def test_different_words_and_different_inputs_make_different_edits(customer: Customer) -> None:
    answers = {
        customer.edit([part(encoded(color=color))], prompt, **SMALL).json()["data"][0]["b64_json"]
        for color in ((200, 30, 30), (30, 30, 200))
        for prompt in ("warmer", "colder")
    }
    assert len(answers) == 4


def test_turns_are_counted_through_the_pictures_themselves(customer: Customer) -> None:
    answer = customer.generate(model=OFFICIAL, **SMALL)
    for turn in ("1", "2", "3"):
        content = base64.b64decode(answer.json()["data"][0]["b64_json"])
        assert opened(content).info["darkroom-turn"] == turn
        answer = customer.edit([part(content)], **SMALL)


@pytest.mark.parametrize(
    "prompt", ["", " ", "一只猫坐在窗台上", "Ünïcödé ñandú", "слово", "😀🎈", "x" * 30_000, "a\nb\tc"]
)
def test_any_script_can_be_set(customer: Customer, prompt: str) -> None:
    assert customer.generate(f"{prompt} [[no-such]]", OFFICIAL, **SMALL).status_code == 200


def test_sixteen_inputs_of_every_kind_are_drawn(customer: Customer) -> None:
    kinds = [
        ("RGB", "PNG"),
        ("RGBA", "PNG"),
        ("L", "JPEG"),
        ("P", "PNG"),
        ("RGBA", "WEBP"),
        ("LA", "PNG"),
        ("1", "PNG"),
    ]
    files: list[tuple[str, tuple[str, bytes, str]]] = []
    for place in range(16):
        mode, kind = kinds[place % len(kinds)]
        content = encoded((40 + 30 * place, 200), mode, kind, 1 if mode in {"1", "P", "L"} else None)
        files.append(part(content, "image[]", content_type=f"image/{kind.lower()}"))
    assert made(customer.edit(files, **SMALL)).size == (1024, 640)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
