"""What was to be kept is kept to the last bit, and a delivery has exactly the pixels that were asked for."""

import struct
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from darkroom.adapters.finishing import Fit, alpha_share, composite, deliver, really_transparent
from darkroom.adapters.inputs import prepare
from darkroom.adapters.masks import mask_from_regions
from darkroom.adapters.pictures import look, resized
from darkroom.catalog.limits import INPUT_COMPRESS_ABOVE_BYTES
from darkroom.core.regions import Region

MIDDLE = Region("rectangle", 0.25, 0.25, 0.5, 0.5)


def save(path: Path, image: Image.Image, form: str = "PNG", **options: object) -> Path:
    image.save(path, form, **options)
    return path


def noise(width: int, height: int) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((width, height), 90) for _ in range(3)])


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


# Composites


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_pixels_outside_the_mask_are_exactly_the_originals(tmp_path: Path, mode: str) -> None:
    original = noise(160, 120)
    if mode == "RGBA":
        original.putalpha(Image.effect_noise((160, 120), 90))
    mask = mask_from_regions([MIDDLE], 160, 120, tmp_path / "mask")
    made = composite(
        save(tmp_path / "original", original),
        save(tmp_path / "edited", Image.new("RGB", (1024, 768), (9, 99, 199))),
        mask,
        tmp_path / "out",
    )
    assert (made.format, made.width, made.height, made.has_alpha) == ("png", 160, 120, mode == "RGBA")
    result = opened(tmp_path / "out")
    for x in range(160):
        for y in range(120):
            inside = 40 <= x < 120 and 30 <= y < 90
            expected = (9, 99, 199, 255)[: len(mode)] if inside else pixel(original, x, y)
            assert pixel(result, x, y) == expected


def test_colours_hidden_under_full_transparency_survive_too(tmp_path: Path) -> None:
    original = Image.new("RGBA", (40, 40), (12, 34, 56, 0))
    mask = mask_from_regions([MIDDLE], 40, 40, tmp_path / "mask")
    edited = save(tmp_path / "e", Image.new("RGB", (40, 40)))
    composite(save(tmp_path / "o", original), edited, mask, tmp_path / "out")
    assert pixel(opened(tmp_path / "out"), 0, 0) == (12, 34, 56, 0)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_original_is_composited_upright(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = save(tmp_path / "o", noise(80, 60), "JPEG", exif=exif, quality=95)
    width, height = look(source).upright_size
    mask = mask_from_regions([MIDDLE], width, height, tmp_path / "mask")
    made = composite(source, save(tmp_path / "e", Image.new("RGB", (100, 100))), mask, tmp_path / "out")
    assert (made.width, made.height, made.orientation) == (width, height, 1)
    turned = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}
    turn = turned[orientation]
    upright = opened(source) if turn is None else opened(source).transpose(turn)
    result = opened(tmp_path / "out")
    top = (0, 0, width, height // 4)
    assert result.crop(top).tobytes() == upright.crop(top).tobytes()


def test_a_feather_blends_between_the_two(tmp_path: Path) -> None:
    mask = mask_from_regions([Region("rectangle", 0.25, 0, 0.5, 1, feather=8)], 80, 40, tmp_path / "mask")
    original = save(tmp_path / "o", Image.new("RGB", (80, 40), (0, 0, 0)))
    edited = save(tmp_path / "e", Image.new("RGB", (80, 40), (200, 200, 200)))
    composite(original, edited, mask, tmp_path / "out")
    line = [pixel(opened(tmp_path / "out"), x, 20)[0] for x in range(40)]
    assert line[:20] == [0] * 20
    assert line == sorted(line)
    assert 0 < line[23] < 200
    assert line[30:] == [200] * 10


def test_a_mask_of_the_reduced_size_still_fits(tmp_path: Path) -> None:
    mask = mask_from_regions([Region("rectangle", 0.25, 0.4, 0.5, 0.2)], 40, 30, tmp_path / "mask")
    original = noise(160, 120)
    edited = save(tmp_path / "e", Image.new("RGB", (40, 30)))
    composite(save(tmp_path / "o", original), edited, mask, tmp_path / "out")
    assert opened(tmp_path / "out").crop((0, 0, 160, 30)).tobytes() == original.crop((0, 0, 160, 30)).tobytes()


def test_where_the_edit_is_clear_an_opaque_original_shows(tmp_path: Path) -> None:
    mask = mask_from_regions([MIDDLE], 40, 40, tmp_path / "mask")
    original = save(tmp_path / "o", Image.new("RGB", (40, 40), (5, 6, 7)))
    edited = save(tmp_path / "e", Image.new("RGBA", (40, 40), (255, 255, 255, 0)))
    assert not composite(original, edited, mask, tmp_path / "out").has_alpha
    assert pixel(opened(tmp_path / "out"), 20, 20) == (5, 6, 7)


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "GIF", "TIFF"])
def test_any_original_can_be_put_back(tmp_path: Path, form: str) -> None:
    import_module("pillow_heif.HeifImagePlugin")
    source = save(tmp_path / "o", noise(64, 64), form)
    mask = mask_from_regions([MIDDLE], 64, 64, tmp_path / "mask")
    composite(source, save(tmp_path / "e", Image.new("RGB", (64, 64))), mask, tmp_path / "out")
    top = (0, 0, 64, 16)
    assert opened(tmp_path / "out").crop(top).tobytes() == opened(source).convert("RGB").crop(top).tobytes()


# Colour profiles, on the way in and on the way out


def display_p3() -> bytes:
    """A matrix profile with the primaries of Display P3, made here tag by tag (ICC.1, 9 and 10)."""

    def s15(value: float) -> bytes:
        return struct.pack(">i", round(value * 65_536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(s15(value) for value in values)

    name = b"Display P3"
    curve = b"para\0\0\0\0\0\x03\0\0" + b"".join(s15(v) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0" + bytes(78),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"cprt": b"text\0\0\0\0none\0",
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4s4s4s4s4s", at + len(body), b"\0\0\0\0", b"\x02\x40\0\0", b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249)
    return header.ljust(128, b"\0") + table + body


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_wide_colours_are_converted_to_srgb(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGB", (40, 40), (180, 100, 60)).convert(mode)
    if mode == "RGBA":
        image.putalpha(77)
    source = save(tmp_path / "in", image, icc_profile=display_p3())
    prepared = prepare(source, tmp_path, "out", INPUT_COMPRESS_ABOVE_BYTES)
    assert prepared.changes == ("colours converted from Display P3 to sRGB",)
    sent = opened(prepared.path)
    assert "icc_profile" not in sent.info
    red, green, blue, *alpha = pixel(sent, 20, 20)
    assert red > 185  # the same red needs a larger number in the narrower space
    assert green < 100
    assert blue < 60
    assert alpha == ([77] if mode == "RGBA" else [])


def test_an_original_in_wide_colours_keeps_its_values_and_the_edit_is_brought_to_them(tmp_path: Path) -> None:
    original = save(tmp_path / "o", noise(64, 64), icc_profile=display_p3())
    edited = save(tmp_path / "e", Image.new("RGB", (64, 64), (255, 0, 0)))
    mask = mask_from_regions([MIDDLE], 64, 64, tmp_path / "mask")
    composite(original, edited, mask, tmp_path / "out")
    result = opened(tmp_path / "out")
    assert result.info["icc_profile"] == display_p3()
    assert pixel(result, 3, 3) == pixel(opened(original), 3, 3)
    red, green, blue = pixel(result, 32, 32)  # the same red takes a smaller number in the wider space
    assert (red, green, blue) == pytest.approx((234, 51, 35), abs=3)


# Deliveries


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("fit", ["cover", "contain", "stretch"])
@settings(max_examples=12, deadline=None)
@given(
    source=st.tuples(st.integers(16, 90), st.integers(16, 90)),
    wanted=st.tuples(st.integers(16, 90), st.integers(16, 90)),
)
def test_a_delivery_has_exactly_the_pixels_and_format_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
    form: str,
    fit: Fit,
    source: tuple[int, int],
    wanted: tuple[int, int],
) -> None:
    assert form in ("png", "jpeg", "webp")
    folder = tmp_path_factory.mktemp("delivery")
    made = deliver(save(folder / "in", noise(*source)), folder / "out", *wanted, fit, form, 80)
    assert (made.format, made.width, made.height) == (form, *wanted)
    assert look(folder / "out") == made


def quarters(width: int, height: int) -> Image.Image:
    """Left quarter red, middle half white, right quarter blue."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 4, height))
    image.paste("blue", (width * 3 // 4, 0, width, height))
    return image


def test_cover_crops_evenly_from_the_middle(tmp_path: Path) -> None:
    source = save(tmp_path / "in", quarters(400, 100))
    deliver(source, tmp_path / "out", 100, 100, "cover", "png", 80)
    assert set(opened(tmp_path / "out").crop((1, 0, 99, 100)).tobytes()) == {255}
    deliver(source, tmp_path / "wide", 300, 100, "cover", "png", 80)
    wide = opened(tmp_path / "wide")
    assert [pixel(wide, x, 50) for x in (20, 150, 280)] == [(255, 0, 0), (255, 255, 255), (0, 0, 255)]


def test_contain_shows_everything_and_pads_with_nothing(tmp_path: Path) -> None:
    source = save(tmp_path / "in", quarters(400, 100))
    for form in ("png", "webp"):
        made = deliver(source, tmp_path / "out", 200, 200, "contain", form, 100)
        assert made.has_alpha
        result = opened(tmp_path / "out")
        assert [pixel(result, 100, y)[3] for y in (10, 100, 190)] == [0, 255, 0]
        assert pixel(result, 10, 100)[0] > 240


def test_contain_in_jpeg_pads_with_the_mean_colour_of_the_edge(tmp_path: Path) -> None:
    source = save(tmp_path / "in", Image.new("RGB", (400, 100), (40, 120, 200)))
    deliver(source, tmp_path / "out", 200, 200, "contain", "jpeg", 95)
    assert pixel(opened(tmp_path / "out"), 100, 5) == pytest.approx((40, 120, 200), abs=3)


def test_contain_of_the_same_ratio_needs_no_padding(tmp_path: Path) -> None:
    source = save(tmp_path / "in", quarters(400, 100))
    assert not deliver(source, tmp_path / "out", 800, 200, "contain", "png", 80).has_alpha


def test_transparency_survives_where_the_format_has_it_and_is_white_in_jpeg(tmp_path: Path) -> None:
    source = save(tmp_path / "in", Image.new("RGBA", (60, 60), (200, 0, 0, 0)))
    for form in ("png", "webp"):
        deliver(source, tmp_path / "out", 30, 30, "cover", form, 90)
        assert pixel(opened(tmp_path / "out"), 15, 15)[3] == 0
    deliver(source, tmp_path / "out", 30, 30, "cover", "jpeg", 90)
    assert pixel(opened(tmp_path / "out"), 15, 15) == (255, 255, 255)


def test_quality_changes_the_size_of_the_file(tmp_path: Path) -> None:
    source = save(tmp_path / "in", noise(200, 200))
    for form in ("jpeg", "webp"):
        low, high = tmp_path / "low", tmp_path / "high"
        deliver(source, low, 200, 200, "cover", form, 20)
        deliver(source, high, 200, 200, "cover", form, 95)
        assert low.stat().st_size * 2 < high.stat().st_size


def test_the_longest_edge_can_be_delivered(tmp_path: Path) -> None:
    source = save(tmp_path / "in", noise(64, 64))
    made = deliver(source, tmp_path / "out", 16_384, 16, "stretch", "png", 80)
    assert (made.width, made.height) == (16_384, 16)


# Transparency


def test_a_cut_out_is_told_from_an_alpha_channel_that_hides_nothing(tmp_path: Path) -> None:
    cut_out = Image.new("RGBA", (100, 100), (1, 2, 3, 255))
    cut_out.paste((0, 0, 0, 0), (0, 0, 100, 25))
    hazy = Image.new("RGBA", (100, 100), (1, 2, 3, 250))
    assert alpha_share(save(tmp_path / "a", cut_out)) == 0.25
    assert really_transparent(tmp_path / "a")
    for name, image in (("b", hazy), ("c", noise(100, 100)), ("d", noise(100, 100).convert("RGBA"))):
        assert not really_transparent(save(tmp_path / name, image))


def test_transparency_in_a_palette_counts(tmp_path: Path) -> None:
    source = save(tmp_path / "a", Image.new("P", (10, 10), 0), transparency=0)
    assert alpha_share(source) == 1.0


def test_a_large_upscale_keeps_flat_colours_flat(tmp_path: Path) -> None:
    source = save(tmp_path / "in", resized(Image.new("RGB", (10, 10), (7, 8, 9)), (64, 64)))
    deliver(source, tmp_path / "out", 1000, 700, "cover", "png", 80)
    assert opened(tmp_path / "out").getextrema() == ((7, 7), (8, 8), (9, 9))
