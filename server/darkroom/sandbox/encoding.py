"""Pixels into PNG, JPEG or WebP bytes, quickly rather than small."""

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from darkroom.sandbox.orders import Order
from darkroom.sandbox.reading import TURN_KEY


def encode(picture: Image.Image, order: Order) -> bytes:
    """Return `picture` in the format of `order`; PNG notes the turn, so that the next one can be counted."""
    out = io.BytesIO()
    if order.format == "jpeg":
        picture.convert("RGB").save(out, "JPEG", quality=max(1, min(95, order.compression)))
    elif order.format == "webp":
        picture.save(out, "WEBP", quality=order.compression, method=0)
    else:
        note = PngInfo()
        note.add_text(TURN_KEY, str(order.turn))
        picture.save(out, "PNG", compress_level=0 if order.noise else 1, pnginfo=note)
    return out.getvalue()
