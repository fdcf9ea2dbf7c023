"""One picture of an order: a landscape or a changed input, and under it what was asked."""

import random
from typing import Final

from PIL import Image, ImageDraw

from darkroom.sandbox.captions import PAPER, caption
from darkroom.sandbox.orders import Order
from darkroom.sandbox.pixels import stretched
from darkroom.sandbox.retouching import retouch
from darkroom.sandbox.scenery import paint

_SMOOTHED_BELOW_PIXELS: Final = 2_300_000
"""Smaller pictures are drawn twice as large and reduced, which takes the steps off the edges."""


def draw(order: Order) -> Image.Image:
    """Return the pixels of `order`; RGB, or RGBA when the background is to be transparent."""
    if order.noise:
        return _noise(order)
    if order.transparent:
        return _sticker(order)
    if order.inputs:
        return retouch(order)
    return _landscape(order, (order.width, order.height))


def _landscape(order: Order, size: tuple[int, int]) -> Image.Image:
    width, height = size
    if width * height > _SMOOTHED_BELOW_PIXELS:
        picture = paint(size, order.prompt, order.seed())
    else:
        picture = paint((width * 2, height * 2), order.prompt, order.seed()).reduce(2)
    caption(picture, order)
    return picture


def _noise(order: Order) -> Image.Image:
    chance = random.Random(order.seed())  # noqa: S311 - a picture, not a secret
    size = (order.width, order.height)
    return Image.frombytes("RGB", size, chance.randbytes(order.width * order.height * 3))


def _sticker(order: Order) -> Image.Image:
    """Leave the picture with round corners and a paper rim on nothing."""
    width, height = order.width, order.height
    unit = min(width, height) // 28
    inner = (width - 4 * unit, height - 4 * unit)
    picture = stretched(retouch(order), inner) if order.inputs else _landscape(order, inner)
    sticker = Image.new("RGBA", (width, height), (*PAPER, 0))
    sticker.putalpha(_rounded((width, height), unit, unit * 3))
    sticker.paste(picture, (2 * unit, 2 * unit), _rounded(inner, 0, unit * 2))
    return sticker


def _rounded(size: tuple[int, int], inset: int, corner: int) -> Image.Image:
    width, height = size
    big = Image.new("L", (width * 2, height * 2), 0)
    box = (inset * 2, inset * 2, (width - inset) * 2, (height - inset) * 2)
    ImageDraw.Draw(big).rounded_rectangle(box, corner * 2, fill=255)
    return big.reduce(2)
