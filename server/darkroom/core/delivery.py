"""Which size to order so that a delivery of exact pixels loses least, and which deliveries cannot be made."""

import math
from typing import Final

from darkroom.catalog.limits import PIXELS_MAX_EDGE, PIXELS_MIN_EDGE
from darkroom.catalog.spec import ModelSpec
from darkroom.core.size import Size, nearest_larger_size, nearest_sizes

_UNSEEN_LOSS: Final = 0.02
"""A crop, padding or distortion of 2 % is not noticed: among such sizes the cheapest is ordered."""
_ALL: Final = 1000

WEBP_MAX_EDGE: Final = 16_383
"""The format's own bound (WebP container specification: 14 bits)."""


def size_for_delivery(spec: ModelSpec, width: int, height: int, fit: str) -> Size | None:
    """Return the size of `spec` to order for a delivery of `width` by `height` pixels; None if it takes none.

    What counts is how much has to be cropped, padded or distorted, and how much enlarged; among sizes that
    lose next to nothing the one with the fewest pixels, which is the cheapest and quickest.
    """
    if spec.setting("size") is None:
        return None
    wanted = Size(width, height)
    near = _into_ratio(spec, wanted, fit)
    candidates = set(nearest_sizes(spec, near, _ALL))
    if larger := nearest_larger_size(spec, near):
        candidates.add(larger)
    return min(
        candidates,
        key=lambda size: (round(_loss(size, wanted, fit), 3), size.pixels, size),
        default=None,
    )


def delivery_problems(width: int, height: int, picture_format: str) -> list[str]:
    """Say why a file of this size and format cannot be made, one sentence each; empty if it can."""
    problems = [
        f"deliver.{side} is {pixels}. Use {PIXELS_MIN_EDGE} to {PIXELS_MAX_EDGE}."
        for side, pixels in (("width", width), ("height", height))
        if not PIXELS_MIN_EDGE <= pixels <= PIXELS_MAX_EDGE
    ]
    if not problems and picture_format == "webp" and max(width, height) > WEBP_MAX_EDGE:
        problems.append(f"A WebP file has at most {WEBP_MAX_EDGE} pixels a side. Use png or jpeg in deliver.format.")
    return problems


def _into_ratio(spec: ModelSpec, wanted: Size, fit: str) -> Size:
    """Return what to look for where `wanted` is longer than the model makes: more to crop, less to pad."""
    rules = spec.size_rules
    long_edge, short_edge = max(wanted.width, wanted.height), min(wanted.width, wanted.height)
    if rules is None or long_edge <= rules.max_ratio * short_edge:
        return wanted
    if fit == "contain":
        long_edge = rules.max_ratio * short_edge
    else:
        short_edge = math.ceil(long_edge / rules.max_ratio)
    return Size(long_edge, short_edge) if wanted.width > wanted.height else Size(short_edge, long_edge)


def _loss(size: Size, wanted: Size, fit: str) -> float:
    """How much is lost from `size` to `wanted`: the share cut, padded, distorted, and enlarged."""
    across, down = wanted.width / size.width, wanted.height / size.height
    enlarged = min(across, down) if fit == "contain" else max(across, down)
    return max(_UNSEEN_LOSS, abs(math.log(across / down))) + max(0.0, math.log(enlarged))
