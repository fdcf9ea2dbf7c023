"""What a call is billed as, by the published formulas; written here on its own, so that tests can compare."""

from decimal import ROUND_UP, Decimal
from math import ceil, floor, sqrt
from typing import Any, Final

from darkroom.catalog.prices import QUOTA_UNIT_USD
from darkroom.catalog.spec import ModelSpec, TokenPrice

_AUTO_QUALITY: Final = "medium"
"""What `quality: auto` was billed as in two of three published calls."""

TOKENS_PER_PARTIAL: Final = 100
"""Output tokens of each partial picture of a stream (OpenAI's image guide)."""

_INFORMATIVE_GRID: Final = 48
"""Flat-priced models report tokens as well, of about this grid (measured 2026-09-09)."""


def picture_tokens(width: int, height: int, grid: int) -> int:
    """Output tokens of one picture of `width` x `height` pixels."""
    small, large = sorted((width, height))
    across = round(grid * small / large)
    return -(-grid * across * (2_000_000 + width * height) // 4_000_000)


def reference_tokens(width: int, height: int) -> int:
    """Input tokens of one picture: 32 px patches after the service's own scaling, 1,536 at the most."""
    wide, high = float(width), float(height)
    if max(wide, high) < 1024:
        factor = 1024 / max(wide, high)
        wide, high = round(wide * factor), round(high * factor)
    count = ceil(wide / 32) * ceil(high / 32)
    if count <= 1536:
        return count
    factor = sqrt(1536 * 32 * 32 / (wide * high))
    columns, rows = wide * factor / 32, high * factor / 32
    factor *= min(floor(columns) / columns, floor(rows) / rows)
    return ceil(floor(wide * factor) / 32) * ceil(floor(high * factor) / 32)


def prompt_tokens(prompt: str) -> int:
    """Input tokens of a prompt, as likely as they can be known without a tokenizer."""
    plain = len(prompt.encode("ascii", "ignore"))
    return ceil(8 + plain / 4 + len(prompt) - plain)


def usage(
    spec: ModelSpec,
    prompt: str,
    references: list[tuple[int, int]],
    pictures: list[tuple[int, int]],
    quality: str,
    partials: int = 0,
) -> dict[str, Any]:
    """Return the `usage` object of an answer; `references` and `pictures` are pixel sizes."""
    text, images = prompt_tokens(prompt), sum(reference_tokens(*size) for size in references)
    if not isinstance(spec.price, TokenPrice):
        out = sum(picture_tokens(*size, _INFORMATIVE_GRID) for size in pictures)
        return {"input_tokens": text + images, "output_tokens": out, "total_tokens": text + images + out}
    grid = spec.price.grid.get(quality, spec.price.grid[_AUTO_QUALITY])
    out = sum(picture_tokens(*size, grid) for size in pictures) + partials * TOKENS_PER_PARTIAL
    return {
        "input_tokens": text + images,
        "input_tokens_details": {"image_tokens": images, "text_tokens": text},
        "output_tokens": out,
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        "total_tokens": text + images + out,
    }


def charge(spec: ModelSpec, used: dict[str, Any], n: int) -> Decimal:
    """Return US dollars for one billed call, rounded up to the ledger's own unit."""
    if not isinstance(spec.price, TokenPrice):
        return spec.price.usd_per_call * n
    details = used["input_tokens_details"]
    millionths = (
        spec.price.text_in * details["text_tokens"]
        + spec.price.image_in * details["image_tokens"]
        + spec.price.image_out * used["output_tokens"]
    )
    units = (millionths / Decimal(1_000_000) / QUOTA_UNIT_USD).to_integral_value(rounding=ROUND_UP)
    return units * QUOTA_UNIT_USD
