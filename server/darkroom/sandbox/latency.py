"""How long a call takes: the catalog's own range, or what was asked for."""

from darkroom.catalog.spec import Latency, ModelSpec
from darkroom.sandbox.call import Call

_FALLBACK_SECONDS = 60.0


def seconds_of_work(call: Call, spec: ModelSpec, size: tuple[int, int]) -> float:
    """Return how many seconds `call` works for; the middle of the first range that fits, scaled."""
    asked = call.triggers.get("latency", "")
    if asked:
        return number(asked, 0.0)
    if call.options.latency_seconds is not None:
        return call.options.latency_seconds
    quality = str(call.fields.get("quality") or "auto")
    low, high = next(
        (row.seconds for row in spec.latencies if _fits(row, quality, size[0] * size[1])),
        (_FALLBACK_SECONDS, _FALLBACK_SECONDS),
    )
    return (low + high) / 2 * call.options.time_scale


def number(text: str, otherwise: float) -> float:
    """Read seconds from the argument of a trigger; `otherwise` if it holds none."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return otherwise


def _fits(row: Latency, quality: str, pixels: int) -> bool:
    if row.quality is not None and row.quality != quality:
        return False
    return row.above_pixels is None or pixels > row.above_pixels
