"""A mask says exactly which pixels may change, whether drawn from regions or made from somebody's picture."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from darkroom.adapters.inputs import InputRefusedError
from darkroom.adapters.masks import keep_channel, mask_from_picture, mask_from_regions, resize_mask
from darkroom.adapters.pictures import resized
from darkroom.core.regions import Region

MAX_BYTES = 4 * 1024 * 1024


def alpha(path: Path) -> Image.Image:
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        return image.getchannel("A")


def rows(path: Path) -> list[str]:
    """The mask as text: `.` may change, `#` is kept, `+` is between."""
    keep = alpha(path)
    signs = {0: ".", 255: "#"}
    return [
        "".join(signs.get(int(str(keep.getpixel((x, y)))), "+") for x in range(keep.width)) for y in range(keep.height)
    ]


def two_tone(width: int, height: int) -> Image.Image:
    image = Image.new("L", (width, height), 0)
    ImageDraw.Draw(image).ellipse((width // 4, height // 4, width * 3 // 4, height * 3 // 4), fill=255)
    return image


def save(path: Path, image: Image.Image, form: str = "PNG", **options: object) -> Path:
    image.save(path, form, **options)
    return path


def test_golden_mask_of_several_regions(tmp_path: Path) -> None:
    regions = [
        Region("rectangle", 0, 0, 3, 2, (), "pixel"),
        Region("ellipse", 0.5, 0.0, 0.5, 0.5),
        Region("polygon", 0, 0, 0, 0, ((0, 8), (4, 8), (0, 4)), "pixel"),
    ]
    assert rows(mask_from_regions(regions, 12, 8, tmp_path / "mask")) == [
        "...####....#",
        "...###......",
        "######......",
        "#######....#",
        "############",
        ".###########",
        "..##########",
        "...#########",
    ]


def test_a_feather_softens_inward_only_and_reaches_full_depth(tmp_path: Path) -> None:
    region = Region("rectangle", 10, 10, 40, 40, (), "pixel", 8)
    keep = alpha(mask_from_regions([region], 60, 60, tmp_path / "mask"))
    hard = alpha(mask_from_regions([Region("rectangle", 10, 10, 40, 40, (), "pixel")], 60, 60, tmp_path / "hard"))
    for x in range(60):
        for y in range(60):
            if hard.getpixel((x, y)) == 255:
                assert keep.getpixel((x, y)) == 255
    profile = [int(str(keep.getpixel((x, 30)))) for x in range(10, 30)]
    assert profile == sorted(profile, reverse=True)
    assert 255 > profile[1] > profile[3] > profile[5] > 0
    assert profile[8:] == [0] * 12


def test_a_feather_does_not_soften_the_edge_of_the_picture_itself(tmp_path: Path) -> None:
    keep = alpha(mask_from_regions([Region("rectangle", 0, 0, 1, 0.5, feather=5)], 40, 40, tmp_path / "mask"))
    assert [keep.getpixel((x, 0)) for x in range(40)] == [0] * 40


def test_a_feather_wider_than_a_narrow_polygon_still_leaves_something_open(tmp_path: Path) -> None:
    sliver = Region("polygon", 0, 0, 0, 0, ((5, 5), (55, 9), (55, 5)), "pixel", 20)
    assert alpha(mask_from_regions([sliver], 60, 60, tmp_path / "mask")).getextrema() == (0, 255)


def test_a_mask_for_the_largest_pictures_stays_small(tmp_path: Path) -> None:
    region = Region("ellipse", 0.1, 0.1, 0.8, 0.8, feather=40)
    path = mask_from_regions([region], 3840, 2160, tmp_path / "mask")
    assert path.stat().st_size < MAX_BYTES


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_mask_that_is_one_already_is_used_as_it_is(tmp_path: Path, mode: str) -> None:
    image = Image.new(mode, (40, 30))
    image.putalpha(two_tone(40, 30))
    source = save(tmp_path / "in", image)
    assert mask_from_picture(source, 40, 30, tmp_path / "out", MAX_BYTES) == (source, ())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_white_on_black_becomes_transparent(tmp_path: Path, mode: str) -> None:
    tones = two_tone(40, 30)
    image = tones.convert(mode)
    if mode == "I;16":
        image = Image.new(mode, tones.size, 0)
        image.paste(65_535, (10, 7, 30, 23))
    path, changes = mask_from_picture(save(tmp_path / "in", image), 40, 30, tmp_path / "out", MAX_BYTES)
    assert path == tmp_path / "out"
    assert changes == ("its white part was made transparent",)
    keep = alpha(path)
    assert keep.getpixel((20, 15)) == 0
    assert keep.getpixel((1, 1)) == 255
    assert set(keep.tobytes()) == {0, 255}


def test_a_jpeg_mask_loses_its_artefacts(tmp_path: Path) -> None:
    source = save(tmp_path / "in", two_tone(200, 150).convert("RGB"), "JPEG", quality=60)
    path, _ = mask_from_picture(source, 200, 150, tmp_path / "out", MAX_BYTES)
    assert set(alpha(path).tobytes()) == {0, 255}


def test_a_webp_with_alpha_becomes_a_png(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 30))
    image.putalpha(two_tone(40, 30))
    source = save(tmp_path / "in", image, "WEBP", lossless=True)
    path, changes = mask_from_picture(source, 40, 30, tmp_path / "out", MAX_BYTES)
    assert changes == ("written anew as PNG",)
    assert alpha(path).tobytes() == two_tone(40, 30).tobytes()


@pytest.mark.parametrize("size", [(80, 60), (20, 15), (41, 31), (400, 301)])
def test_another_size_of_the_same_ratio_is_scaled_without_new_tones(tmp_path: Path, size: tuple[int, int]) -> None:
    path, changes = mask_from_picture(save(tmp_path / "in", two_tone(*size)), 40, 30, tmp_path / "out", MAX_BYTES)
    assert changes[-1] == f"scaled from {size[0]}x{size[1]} to 40x30"
    assert alpha(path).size == (40, 30)
    assert set(alpha(path).tobytes()) == {0, 255}


@pytest.mark.parametrize("size", [(40, 40), (30, 40), (44, 30), (400, 320)])
def test_another_ratio_is_refused_with_both_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(InputRefusedError, match=f"{size[0]}x{size[1]}, but image 1 is 40x30"):
        mask_from_picture(save(tmp_path / "in", two_tone(*size)), 40, 30, tmp_path / "out", MAX_BYTES)


def test_a_turned_mask_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("L", (30, 40), 0)
    image.paste(255, (0, 30, 30, 40))  # the bottom as stored is the left side as seen
    source = save(tmp_path / "in", image, "PNG", exif=exif)
    path, _ = mask_from_picture(source, 40, 30, tmp_path / "out", MAX_BYTES)
    assert alpha(path).getpixel((2, 15)) == 0
    assert alpha(path).getpixel((37, 15)) == 255


def colourful() -> Image.Image:
    return Image.merge("RGB", (Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 99)))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (colourful(), "no transparent part and is not black and white"),
        (Image.linear_gradient("L"), "no transparent part and is not black and white"),
        (Image.new("RGB", (256, 256), "red"), "no transparent part and is not black and white"),
        (colourful().convert("RGBA"), "opaque everywhere: nothing may change"),
        (Image.new("L", (256, 256), 0), "black everywhere: nothing may change"),
    ],
)
def test_a_mask_that_says_nothing_is_refused_with_what_would(tmp_path: Path, image: Image.Image, words: str) -> None:
    with pytest.raises(InputRefusedError, match=words) as caught:
        mask_from_picture(save(tmp_path / "in", image), 256, 256, tmp_path / "out", MAX_BYTES)
    assert "transparent part may change" in str(caught.value)


def test_a_mask_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("mask")
    with pytest.raises(InputRefusedError, match="not a picture"):
        mask_from_picture(tmp_path / "mask.png", 40, 30, tmp_path / "out", MAX_BYTES)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "it keeps nothing: the whole picture may change"),
        (Image.new("L", (40, 30), 255), "it keeps nothing: the whole picture may change"),
        (Image.new("RGBA", (40, 30), (0, 0, 0, 90)), "no part of it is wholly transparent"),
    ],
)
def test_a_mask_that_is_odd_but_usable_is_used_with_a_warning(tmp_path: Path, image: Image.Image, words: str) -> None:
    _, changes = mask_from_picture(save(tmp_path / "in", image), 40, 30, tmp_path / "out", MAX_BYTES)
    assert words in changes[-1]


def test_a_mask_too_large_for_the_gateway_is_made_simpler_or_refused(tmp_path: Path) -> None:
    image = Image.new("RGBA", (300, 300))
    image.putalpha(resized(Image.effect_noise((30, 30), 200), (300, 300)))
    source = save(tmp_path / "in", image)
    path, changes = mask_from_picture(source, 300, 300, tmp_path / "out", 20_000)
    assert "soft edges made hard to save space" in changes
    assert path.stat().st_size < 20_000
    with pytest.raises(InputRefusedError, match="more than 100 bytes"):
        mask_from_picture(source, 300, 300, tmp_path / "out", 100)


def test_a_mask_follows_image_1_when_that_is_reduced(tmp_path: Path) -> None:
    mask = mask_from_regions([Region("rectangle", 0.25, 0.25, 0.5, 0.5)], 4000, 3000, tmp_path / "mask")
    small = resize_mask(mask, 2048, 1536, tmp_path / "small")
    keep = alpha(small)
    assert keep.size == (2048, 1536)
    assert keep.histogram()[0] == 1024 * 768
    assert keep.histogram()[255] == 2048 * 1536 - 1024 * 768
    assert keep_channel(small).tobytes() == keep.tobytes()
