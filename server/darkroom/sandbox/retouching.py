"""Edits: image 1 as it was, a little drifted, with what was asked drawn into it."""

import io
import math
import random
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from darkroom.sandbox.captions import PAPER, caption, tag
from darkroom.sandbox.orders import Order
from darkroom.sandbox.palettes import Color, mixed
from darkroom.sandbox.pixels import mapped, stretched
from darkroom.sandbox.typesetting import type_of

_TINTS: Final[tuple[Color, ...]] = (
    (236, 142, 84),
    (84, 150, 206),
    (196, 92, 132),
    (96, 168, 120),
    (232, 186, 84),
    (134, 108, 190),
)
_DRIFT_PX: Final = 3
"""How far everything shifts: a real model draws the whole frame anew, mask or not."""


def retouch(order: Order) -> Image.Image:
    """Return image 1 of `order` changed: wholly without a mask, within the transparent part with one."""
    size = (order.width, order.height)
    chance = random.Random(order.seed())  # noqa: S311 - a picture, not a secret
    tint = chance.choice(_TINTS)
    base = _drifted(_opened(order.inputs[0], size))
    if order.mask is None:
        picture = _tinted(base, tint, 0.30)
        _balloon(picture, (0, 0, *size), chance, tint)
        strip = _thumbnails(order, size)
        caption(picture, order, right_margin=strip.width if strip else 0)
        _place_strip(picture, strip)
        return picture
    region = _region(order.mask, size)
    changed = _tinted(base, tint, 0.62)
    box = region.getbbox() or (0, 0, *size)
    _balloon(changed, box, chance, tint)
    _label(changed, box, order)
    return Image.composite(changed, base, region)


def _opened(content: bytes, size: tuple[int, int]) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        picture.draft("RGB", size)
        flat = _flattened(picture)
    if flat.size == size:
        return flat
    return ImageOps.fit(flat, size, Image.Resampling.BILINEAR)


def _flattened(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    paper = Image.new("RGB", picture.size, PAPER)
    paper.paste(layered, mask=layered)
    return paper


def _drifted(picture: Image.Image) -> Image.Image:
    """Shift by a few pixels and change the light a little, as a model that redraws everything does."""
    moved = picture.copy()
    moved.paste(picture, (_DRIFT_PX, _DRIFT_PX))
    return mapped(moved, [min(255, round(value * 0.975 + 5)) for value in range(256)] * 3)


def _tinted(picture: Image.Image, tint: Color, share: float) -> Image.Image:
    dark, bright = mixed(tint, (8, 8, 16), 0.85), mixed(tint, (255, 255, 255), 0.82)
    toned = ImageOps.colorize(picture.convert("L"), dark, bright, mid=tint)
    return Image.blend(picture, toned, share)


def _region(mask: bytes, size: tuple[int, int]) -> Image.Image:
    """Return what may change as white on black."""
    with Image.open(io.BytesIO(mask)) as picture:
        alpha = picture.getchannel("A") if "A" in picture.getbands() else Image.new("L", picture.size, 0)
    region = ImageOps.invert(alpha)
    return region if region.size == size else stretched(region, size, smooth=False)


def _balloon(picture: Image.Image, box: tuple[int, int, int, int], chance: random.Random, tint: Color) -> None:
    """Draw a balloon into `box`, at four times its size and reduced, for a clean edge."""
    left, top, right, bottom = box
    wide = max(8, round(min(right - left, (bottom - top) * 0.75) * chance.uniform(0.16, 0.24)))
    if right - left < picture.width:
        wide = max(8, round(min(right - left, bottom - top) * 0.42))
    high = round(wide * 1.42)
    x = left + round((right - left - wide) * chance.uniform(0.12, 0.88))
    y = top + round(max(0, bottom - top - high) * chance.uniform(0.08, 0.34))
    drawn = _balloon_alone(wide, chance.choice([color for color in _TINTS if color != tint]))
    picture.paste(drawn, (x, y), drawn)


def _balloon_alone(wide: int, color: Color) -> Image.Image:
    scale = 4 if wide < 400 else 2
    edge, high = wide * scale, round(wide * 1.42) * scale
    picture = Image.new("RGBA", (edge, high), (*color, 0))
    canvas = ImageDraw.Draw(picture)
    middle, line = edge / 2, max(1, edge // 90)
    basket = (middle - edge * 0.1, high - edge * 0.16, middle + edge * 0.1, high - 1)
    for side in (-1, 1):
        canvas.line(
            (middle + side * edge * 0.3, edge * 0.92, middle + side * edge * 0.09, basket[1]),
            (60, 44, 40),
            line,
        )
    stripes = 5
    skirt = [(middle - edge * 0.34, edge * 0.87), (middle + edge * 0.34, edge * 0.87),
             (middle + edge * 0.1, edge * 1.13), (middle - edge * 0.1, edge * 1.13)]  # fmt: skip
    canvas.polygon(skirt, fill=mixed(color, (20, 16, 24), 0.25))
    for stripe in range(stripes):
        half = edge / 2 * math.cos(stripe * math.pi / 2 / stripes)
        shade = color if stripe % 2 == 0 else PAPER
        canvas.ellipse((middle - half, 0, middle + half, edge - 1), fill=shade)
    canvas.rounded_rectangle(basket, edge // 40, fill=(104, 72, 48))
    return picture.reduce(scale)


def _label(picture: Image.Image, box: tuple[int, int, int, int], order: Order) -> None:
    """Write what was asked into the part that may change, if it has the room."""
    left, top, right, bottom = box
    letters = type_of(min(right - left, bottom - top) / 12)
    room = right - left - letters.size * 2
    if room < letters.size * 4:
        return
    row = letters.wrap(order.prompt, room, 1)[0]
    wide = letters.width(row) + letters.size * 2 // 3
    at = (round((left + right - wide) / 2), round(bottom - (bottom - top) * 0.14 - letters.size))
    tag(picture, at, row, letters)


def _thumbnails(order: Order, size: tuple[int, int]) -> Image.Image | None:
    """Return the inputs in a row, each with its number; None if there is no room for them."""
    unit = min(size)
    edge = round(unit * (0.13 if len(order.inputs) <= 4 else 0.085))
    gap, rim = max(4, edge // 8), max(2, edge // 40)
    shown = order.inputs[: max(1, (size[0] // 2) // (edge + gap))]
    letters = type_of(edge / 7)
    foot = round(letters.size * 1.6)
    strip = Image.new("RGBA", ((edge + gap) * len(shown) + gap, edge + foot), (0, 0, 0, 0))
    canvas = ImageDraw.Draw(strip)
    for place, content in enumerate(shown):
        x = gap + place * (edge + gap)
        canvas.rectangle((x, 0, x + edge - 1, edge - 1), fill=(*PAPER, 255))
        strip.paste(_small(content, edge - 2 * rim), (x + rim, rim))
        text = f"image {place + 1}"
        letters.write(canvas, (x + (edge - letters.width(text)) / 2, edge + letters.size * 0.2), text, PAPER)
    return strip


def _small(content: bytes, edge: int) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        picture.draft("RGB", (edge * 2, edge * 2))
        picture.thumbnail((edge * 3, edge * 3), Image.Resampling.BILINEAR, reducing_gap=1.5)
        return ImageOps.fit(_flattened(picture), (edge, edge), Image.Resampling.BILINEAR)


def _place_strip(picture: Image.Image, strip: Image.Image | None) -> None:
    if strip is None:
        return
    margin = round(min(picture.size) / 40)
    at = (picture.width - strip.width - margin // 2, picture.height - strip.height - margin)
    picture.paste(strip, at, strip)
