"""From a call to its pictures: what to draw, in which size and form, and what triggers make of the bytes."""

from collections import Counter
from dataclasses import replace
from typing import Final

from darkroom.catalog.spec import ModelSpec, TokenPrice
from darkroom.sandbox import triggers
from darkroom.sandbox.answers import Made
from darkroom.sandbox.call import Call
from darkroom.sandbox.checks import integer
from darkroom.sandbox.latency import number
from darkroom.sandbox.orders import Order
from darkroom.sandbox.printing import Printer

TAKES: Final = 8
"""How many different pictures the same request makes before they repeat."""

NOT_A_PICTURE: Final = b"upstream returned a page where a picture was expected\n" * 8


class Studio:
    """Makes the pictures of calls; the same request asked again makes another take."""

    def __init__(self) -> None:
        self._printer = Printer()
        self._takes: Counter[bytes] = Counter()

    async def make(self, call: Call, spec: ModelSpec, size: tuple[int, int]) -> Made:
        """Draw what `call` ordered, in `size` pixels."""
        count = integer(call, "n") or 1
        drawn = count if isinstance(spec.price, TokenPrice) else 1
        order = order_of(call, spec, size)
        takes = [await self._printer.print(self._next_take(order)) for _ in range(drawn)]
        return Made(
            contents=[_spoiled(content, call) for content in takes],
            content_type=f"image/{order.format}",
            sizes=[size] * drawn,
            quality=_quality(call),
            billed_pictures=count,
        )

    def reset(self) -> None:
        """Begin again with the first take of everything."""
        self._takes.clear()

    def _next_take(self, order: Order) -> Order:
        digest = order.digest()
        self._takes[digest] += 1
        return replace(order, take=(self._takes[digest] - 1) % TAKES + 1)


def order_of(call: Call, spec: ModelSpec, size: tuple[int, int]) -> Order:
    """Return what is to be drawn for `call`."""
    native = isinstance(spec.price, TokenPrice)
    wanted = str(call.fields.get("output_format") or "png") if native else "png"
    see_through = native and call.fields.get("background") == "transparent" and "opaque" not in call.triggers
    mask = call.mask if spec.mask is not None else None
    return Order(
        prompt=triggers.without(call.prompt),
        model=spec.model,
        width=size[0],
        height=size[1],
        format="jpeg" if "jpeg" in call.triggers else wanted,
        compression=int(number(str(call.fields.get("output_compression") or ""), 100.0)) if native else 100,
        turn=max([call.turn, *(upload.turn + 1 for upload in call.images)]),
        transparent=see_through,
        noise="noise" in call.triggers,
        chat=call.endpoint == "chat",
        quality=_quality(call) if native or call.fields.get("quality") else "",
        inputs=tuple(upload.content for upload in call.images),
        mask=mask.content if mask else None,
    )


def _quality(call: Call) -> str:
    asked = str(call.fields.get("quality") or "auto")
    return "medium" if asked == "auto" else asked


def _spoiled(content: bytes, call: Call) -> bytes:
    if "not-an-image" in call.triggers:
        return NOT_A_PICTURE
    if "truncated-image" in call.triggers:
        return content[: len(content) // 2]
    return content
