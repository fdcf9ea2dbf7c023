"""Masks: drawn from regions, made from a picture, or scaled with image 1.

A mask that is sent is a PNG with an alpha channel, of image 1's size: alpha 0 may change, 255 is kept.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from darkroom.adapters.inputs import refuse_huge, refused
from darkroom.adapters.pictures import (
    NotAPictureError,
    decode,
    eight_bit,
    open_picture,
    picture_of,
    resized,
    upright,
)
from darkroom.core.regions import Outline, Region, outline, spans

_DARK_UP_TO: Final = 63
_LIGHT_FROM: Final = 192
_STRAY_SHARE: Final = 0.05
"""How much of a two-tone picture may lie between the tones: soft edges, and what JPEG does around them."""
_GREY_SPREAD: Final = 60
"""How far the channels of a grey pixel may lie apart; JPEG tints edges."""

_HOW: Final = (
    "Give a PNG whose transparent part may change, or a black picture with white where it may change, "
    "of the size or ratio of image 1; or use regions."
)


def mask_from_regions(regions: Sequence[Region], width: int, height: int, dest: Path) -> Path:
    """Draw the mask for a picture of `width` by `height` pixels to `dest`: only `regions` may change.

    A pixel may change if its centre lies in a region. `feather` softens inward, so what lies outside is kept
    wholly; it is narrowed where a region has no room for it. The picture's own edge is not softened.
    """
    change = Image.new("L", (width, height), 0)
    for region in regions:
        change = ImageChops.lighter(change, _drawn(outline(region, width, height), width, height))
    return _save(ImageChops.invert(change), dest)


def mask_from_picture(
    source: Path, width: int, height: int, dest: Path, max_bytes: int
) -> tuple[Path, tuple[str, ...]]:
    """Make the picture at `source` a mask for image 1, which is `width` by `height` pixels upright.

    Returns the path of the mask, `source` itself if it is one already, and what was changed, as clauses for
    warnings.

    Raises:
        InputRefusedError: If it says nothing about what may change, has another ratio, or would have
            `max_bytes` or more. Nothing was sent.
    """
    try:
        with open_picture(source) as image:
            found = picture_of(image)
            refuse_huge(found)
            decode(image, source)
            keep, clauses = _keep(upright(eight_bit(image), found.orientation))
            fit = found.format == "png" and image.mode in ("RGBA", "LA") and not clauses
    except NotAPictureError as exc:
        raise refused(f"The mask cannot be used: {exc}", _HOW) from exc
    _refuse_other_ratio(keep.size, (width, height))
    if fit and keep.size == (width, height) and found.orientation == 1 and source.stat().st_size < max_bytes:
        return source, tuple(_warnings(keep))
    if keep.size != (width, height):
        clauses.append(f"scaled from {keep.width}x{keep.height} to {width}x{height}")
        keep = resized(keep, (width, height), Image.Resampling.NEAREST)
    elif not clauses:
        clauses.append("written anew as PNG")
    _save(keep, dest)
    if dest.stat().st_size >= max_bytes:
        clauses.append("soft edges made hard to save space")
        _save(_thresholded(keep, 128), dest)
    if dest.stat().st_size >= max_bytes:
        raise refused(f"The mask takes more than {max_bytes} bytes.", "Give a simpler one.")
    return dest, (*clauses, *_warnings(keep))


def resize_mask(source: Path, width: int, height: int, dest: Path) -> Path:
    """Write the mask at `source`, which has alpha, to `dest` at the size to which image 1 was reduced."""
    return _save(resized(keep_channel(source), (width, height), Image.Resampling.NEAREST), dest)


def keep_channel(source: Path) -> Image.Image:
    """Return the alpha channel of the mask at `source`: 255 where image 1 is kept.

    Raises:
        NotAPictureError: If it cannot be decoded.
    """
    with open_picture(source) as image:
        decode(image, source)
        return eight_bit(image).convert("RGBA").getchannel("A")


class _Mapped(Protocol):
    """`Image.point` by a table; Pillow's own type names a library that is not installed."""

    def point(self, lut: Sequence[int]) -> Image.Image: ...


def _thresholded(image: Image.Image, lowest: int) -> Image.Image:
    """255 where `image` has at least `lowest`, else 0."""
    return cast("_Mapped", image).point([255 if value >= lowest else 0 for value in range(256)])


def _save(keep: Image.Image, dest: Path) -> Path:
    """Write a mask with `keep` as its alpha channel."""
    mask = Image.new("RGBA", keep.size, (0, 0, 0, 0))
    mask.putalpha(keep)
    mask.save(dest, "PNG")
    return dest


def _drawn(area: Outline, width: int, height: int) -> Image.Image:
    """Draw `area` in white on black, with its feather."""
    hard = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(hard)
    for row, first, end in spans(area, width, height):
        draw.line((first, row, end - 1, row), fill=255)
    feather = area.feather
    while feather >= 1:
        soft = _softened(hard, feather / 2)
        if soft.getextrema()[1] == 255:
            return ImageChops.darker(soft, hard)
        feather /= 2
    return hard


def _softened(hard: Image.Image, radius: float) -> Image.Image:
    """Fall from white to black within twice `radius` of the border of `hard`, all of it inside.

    What is at least `radius` away from the border is blurred by `radius`: the blur ends at the border.
    """
    core = _thresholded(hard.filter(ImageFilter.BoxBlur(radius)), 255)
    return core.filter(ImageFilter.BoxBlur(radius))


def _keep(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Read from `image` what is kept: its alpha, or the dark one of its two tones; and what was converted."""
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha, []
    light = _two_tone(image.convert("RGB"))
    if light is None and image.mode == "RGBA":
        raise refused("The mask is opaque everywhere: nothing may change.", _HOW)
    if light is None:
        raise refused("The mask has no transparent part and is not black and white either.", _HOW)
    if light.getextrema() == (0, 0):
        raise refused("The mask is black everywhere: nothing may change.", _HOW)
    return ImageChops.invert(light), ["its white part was made transparent"]


def _two_tone(image: Image.Image) -> Image.Image | None:
    """Return 255 where a black and white `image` is white, 0 where it is black; None if it is none."""
    red, green, blue = image.split()
    spread = ImageChops.subtract(
        ImageChops.lighter(ImageChops.lighter(red, green), blue),
        ImageChops.darker(ImageChops.darker(red, green), blue),
    )
    total = image.width * image.height
    coloured = sum(spread.histogram()[_GREY_SPREAD:])
    grey = image.convert("L")
    between = sum(grey.histogram()[_DARK_UP_TO + 1 : _LIGHT_FROM])
    return _thresholded(grey, 128) if coloured + between <= total * _STRAY_SHARE else None


def _refuse_other_ratio(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Refuse a mask whose shape differs from image 1 by more than rounding to whole pixels explains."""
    if abs(size[0] * wanted[1] - size[1] * wanted[0]) > max(wanted):
        raise refused(
            f"The mask is {size[0]}x{size[1]}, but image 1 is {wanted[0]}x{wanted[1]}, of another ratio.",
            _HOW,
        )


def _warnings(keep: Image.Image) -> list[str]:
    extremes = keep.getextrema()
    if extremes == (0, 0):
        return ["it keeps nothing: the whole picture may change"]
    if extremes[0] != 0:
        return ["no part of it is wholly transparent: what may change is only half open"]
    return []
