"""Which pixel size a call comes out in: what was ordered, what a phrase hints at, or what the model likes."""

import math
import re
from typing import Final

from darkroom.catalog.spec import ModelSpec, RatioPhrase
from darkroom.sandbox.call import Call

Pixels = tuple[int, int]

UNGUIDED: Final[Pixels] = (1254, 1254)
"""What a model without sizes makes when nothing steers it (seen by probes in 2026)."""

_AUTO_BY_SHAPE: Final[tuple[Pixels, ...]] = ((1024, 1024), (1536, 1024), (1024, 1536))
"""What the token-priced model makes of `auto` when it edits: the nearest shape."""

_CHAT_OPENINGS: Final = ("生成图片：", "Generate an image: ", "Generate an image:")
_LEAST_PIXELS: Final = 816 * 816
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


def read_size(text: object) -> Pixels | None:
    """Read `WIDTHxHEIGHT`; None if `text` is not of that form."""
    match = _SIZE.fullmatch(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def output_size(call: Call, spec: ModelSpec) -> Pixels:
    """Return the width and height in pixels of what `call` makes."""
    forced = read_size(call.triggers.get("wrong-size", ""))
    if forced:
        return forced
    if spec.size_rules is not None:
        return read_size(call.fields.get("size")) or _auto(call)
    if spec.size_rows:
        return _table_size(call, spec)
    return _hinted_size(call, spec)


def rewritten(size: Pixels) -> Pixels:
    """Return what became of a size outside the table on 2026-09-09: multiples of 16, and not tiny."""
    width, height = (math.ceil(edge / 16) * 16 for edge in size)
    if width * height >= _LEAST_PIXELS:
        return width, height
    grow = math.sqrt(_LEAST_PIXELS / (width * height))
    return math.ceil(width * grow / 16) * 16, math.ceil(height * grow / 16) * 16


def _auto(call: Call) -> Pixels:
    if not call.images:
        return read_size(call.options.auto_size) or UNGUIDED
    return _nearest(_AUTO_BY_SHAPE, _shape(call))


def _table_size(call: Call, spec: ModelSpec) -> Pixels:
    rows = [size for row in spec.size_rows if (size := read_size(row.size))]
    asked = read_size(call.fields.get("size"))
    if call.endpoint == "chat" or call.options.vip_ignore_size:
        small = [size for row in spec.size_rows if row.tier == "1K" and (size := read_size(row.size))]
        return _nearest(small, asked[0] / asked[1]) if asked and call.endpoint != "chat" else UNGUIDED
    if asked:
        return asked if asked in rows else rewritten(asked)
    if call.images:
        return _nearest(
            [size for row in spec.size_rows if row.tier == "2K" and (size := read_size(row.size))],
            _shape(call),
        )
    return read_size(spec.default_size) or UNGUIDED


def _hinted_size(call: Call, spec: ModelSpec) -> Pixels:
    known = [size for phrase in spec.ratio_phrases if (size := read_size(phrase.observed))]
    phrase = _phrase(call.prompt, spec)
    if phrase is not None:
        wide, high = (int(edge) for edge in phrase.ratio.split(":"))
        return read_size(phrase.observed) or _nearest(known, wide / high)
    if call.images and known:
        return _nearest(known, _shape(call))
    return UNGUIDED


def _phrase(prompt: str, spec: ModelSpec) -> RatioPhrase | None:
    """Find the phrase that the prompt begins with; the longest, for `4:3` may begin another one."""
    text = prompt.lstrip()
    for opening in _CHAT_OPENINGS:
        text = text.removeprefix(opening).lstrip()
    found = [phrase for phrase in spec.ratio_phrases if text.startswith(phrase.phrase)]
    return max(found, key=lambda phrase: len(phrase.phrase), default=None)


def _shape(call: Call) -> float:
    width, height = call.images[0].size
    return width / height if width and height else 1.0


def _nearest(sizes: tuple[Pixels, ...] | list[Pixels], ratio: float) -> Pixels:
    return min(sizes, key=lambda size: abs(math.log(size[0] / size[1] / ratio)))
