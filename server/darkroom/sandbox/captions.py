"""The band under a picture: the prompt in words, and beside it model, size, take and turn."""

from PIL import Image, ImageDraw

from darkroom.sandbox.orders import Order
from darkroom.sandbox.pixels import mapped, ramp, stretched
from darkroom.sandbox.typesetting import Type, type_of

PAPER = (250, 246, 238)
_INK = (16, 18, 28)
_FAINT = (206, 204, 200)


def caption(picture: Image.Image, order: Order, right_margin: int = 0) -> None:
    """Draw the band of `order` along the foot of `picture`.

    Under an edit it is as high as any, so that it covers the one that image 1 has.
    `right_margin` pixels at the right of the words stay free.
    """
    width, height = picture.size
    unit = (min(width, height) * max(width, height) ** 0.5) ** (2 / 3)
    large, small = type_of(unit / 26), type_of(unit / 44)
    margin = round(unit / 26)
    room = width - 2 * margin - right_margin
    lines = 2 if height >= width / 2.2 else 1
    rows = _balanced(large, order.prompt or "(no words)", room, lines)
    facts = small.wrap(facts_of(order), room, 2)
    words = len(rows) * large.size * 1.24 + len(facts) * small.size * 1.36 + small.size * 0.35
    tall = round(margin * 1.5 + (lines if order.inputs else len(rows)) * large.size * 1.24 + small.size * 1.7)
    _darken(picture, tall, opaque=bool(order.inputs))
    canvas = ImageDraw.Draw(picture)
    top = height - words - margin * 0.7
    for row in rows:
        large.write(canvas, (margin, top), row, PAPER)
        top += large.size * 1.24
    top += small.size * 0.35
    for row in facts:
        small.write(canvas, (margin, top), row, _FAINT)
        top += small.size * 1.36


def facts_of(order: Order) -> str:
    """Return the line of small print."""
    words = [order.model, f"{order.width} x {order.height}"]
    words += [order.quality] if order.quality else []
    words += ["chat"] if order.chat else []
    words += [f"{len(order.inputs)} inputs" if len(order.inputs) > 1 else "1 input"] if order.inputs else []
    words += [f"turn {order.turn}", f"take {order.take}", "sandbox"]
    return "   ·   ".join(words)


def tag(picture: Image.Image, at: tuple[int, int], text: str, letters: Type) -> None:
    """Set a small label on a dark plate whose top left corner is `at`."""
    pad = letters.size // 3
    box = (at[0], at[1], round(at[0] + letters.width(text) + 2 * pad), at[1] + letters.size + 2 * pad)
    canvas = ImageDraw.Draw(picture)
    canvas.rounded_rectangle(box, pad, fill=_INK)
    letters.write(canvas, (at[0] + pad, at[1] + pad * 0.7), text, PAPER)


def _balanced(letters: Type, text: str, room: float, lines: int) -> list[str]:
    """Break `text` into lines of about one length, so that no word is left alone."""
    rows = letters.wrap(text, room, lines)
    if len(rows) < 2 or rows[-1].endswith("…"):
        return rows
    for share in (0.55, 0.65, 0.75, 0.85):
        closer = letters.wrap(text, room * share, lines)
        if not closer[-1].endswith("…"):
            return closer
    return rows


def _darken(picture: Image.Image, tall: int, *, opaque: bool) -> None:
    """Lay a dark veil over the foot of the picture that fades in from above."""
    width, height = picture.size
    top = max(0, height - round(tall * 1.2))
    veil = mapped(ramp(height - top), [min(255 if opaque else 205, value * 5) for value in range(256)])
    picture.paste(_INK, (0, top), stretched(veil, (width, height - top), smooth=False))
