"""Money: what a call will cost, between which bounds, and what it did cost. Decimal US dollars throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from darkroom.catalog.prices import QUOTA_UNIT_USD
from darkroom.catalog.spec import FlatPrice, ModelSpec, TokenPrice
from darkroom.core.size import Size, nearest_sizes
from darkroom.core.tokens import MAX_PATCHES, input_image_tokens, max_text_tokens, output_tokens, text_tokens

MILLION = Decimal(1_000_000)

MAX_TOKENS = 10_000_000
"""More is no count of one picture, whatever the gateway reports: the dearest has 24,000."""

AUTO_SIZES = (Size(1024, 1024), Size(1536, 1024), Size(1024, 1536))
"""What `auto` was seen to choose when nothing fixes the shape (api probes, 2026-04/09)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Price of a request before it is sent, at list price times the multiplier."""

    usd: Decimal
    """The likely price."""
    low_usd: Decimal
    high_usd: Decimal
    """The most it can be; this much is reserved against a budget."""
    basis: str
    """`flat`: known exactly. `estimate`: by the token formulas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """What the price of one call depends on."""

    prompt: str
    size: Size | None
    """Pixels that are ordered; None where the model chooses."""
    quality: str | None
    """None or `auto` where the model chooses."""
    inputs: Sequence[Size] = ()
    unknown_inputs: int = 0
    """Input pictures whose size is not known yet; each counts as the dearest one."""


def estimate(spec: ModelSpec, pricing: Pricing, *, count: int, multiplier: Decimal) -> Estimate:
    """Price `count` calls of `spec`."""
    if isinstance(spec.price, FlatPrice):
        usd = round_up(spec.price.usd_per_call * multiplier) * count
        return Estimate(usd=usd, low_usd=usd, high_usd=usd, basis="flat")
    low, likely, high = _token_bounds(spec, spec.price, pricing)
    return Estimate(
        usd=round_up(likely * multiplier) * count,
        low_usd=round_up(low * multiplier) * count,
        high_usd=round_up(high * multiplier) * count,
        basis="estimate",
    )


def prices_of_size(spec: ModelSpec, size: Size, multiplier: Decimal) -> dict[str, str]:
    """Price of one picture of `size` by quality, without prompt and inputs; `flat` where all cost the same."""
    if isinstance(spec.price, FlatPrice):
        return {"flat": dollars(round_up(spec.price.usd_per_call * multiplier))}
    return {
        quality: dollars(
            round_up(output_tokens(size.width, size.height, grid) * spec.price.image_out / MILLION * multiplier)
        )
        for quality, grid in spec.price.grid.items()
    }


def charge(
    spec: ModelSpec,
    *,
    text_in_tokens: int | None,
    image_in_tokens: int | None,
    input_tokens: int,
    output_tokens_used: int,
    multiplier: Decimal,
) -> Decimal | None:
    """Price one call from the `usage` that the gateway reported.

    Without details all input counts as image tokens, the dearer kind, so the figure is never too low.
    None where the report cannot be priced: no tokens, or absurdly many, on a model that is priced by them.
    """
    if isinstance(spec.price, FlatPrice):
        return round_up(spec.price.usd_per_call * multiplier)
    if not 0 < output_tokens_used <= MAX_TOKENS or not 0 <= input_tokens <= MAX_TOKENS:
        return None
    text, image = text_in_tokens, image_in_tokens
    if text is None or image is None:
        text, image = 0, input_tokens
    price = spec.price
    usd = (text * price.text_in + image * price.image_in + output_tokens_used * price.image_out) / MILLION
    return round_up(usd * multiplier)


def round_up(usd: Decimal) -> Decimal:
    """Round up to the smallest amount that the gateway's ledger knows."""
    return (usd / QUOTA_UNIT_USD).to_integral_value(rounding=ROUND_CEILING) * QUOTA_UNIT_USD


def dollars(usd: Decimal) -> str:
    """Write an amount as a plain decimal string: at least two decimals, no exponent, no idle zeros."""
    text = f"{usd:.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"


def microdollars(usd: Decimal) -> int:
    """Write an amount as a whole number of millionths of a dollar, rounded up."""
    return int((usd * MILLION).to_integral_value(rounding=ROUND_CEILING))


def from_microdollars(amount: int) -> Decimal:
    """Read what `microdollars` wrote."""
    return Decimal(amount) / MILLION


def _token_bounds(spec: ModelSpec, price: TokenPrice, pricing: Pricing) -> tuple[Decimal, Decimal, Decimal]:
    """Lowest, likely and highest list price of one call."""
    sizes = [pricing.size] if pricing.size else _auto_sizes(spec, pricing.inputs)
    known = pricing.quality in price.grid
    likely_quality = pricing.quality if known and pricing.quality else "medium"
    qualities = [likely_quality] if known else list(price.grid)
    tokens = [output_tokens(size.width, size.height, price.grid[name]) for size in sizes for name in qualities]
    likely = output_tokens(sizes[0].width, sizes[0].height, price.grid[likely_quality])
    image_tokens = sum(input_image_tokens(size.width, size.height) for size in pricing.inputs)
    images = (image_tokens + pricing.unknown_inputs * MAX_PATCHES) * price.image_in
    text, most_text = (
        text_tokens(pricing.prompt) * price.text_in,
        max_text_tokens(pricing.prompt) * price.text_in,
    )
    least_text = min(text, most_text) / 2
    return (
        (least_text + images + min(tokens) * price.image_out) / MILLION,
        (text + images + likely * price.image_out) / MILLION,
        (most_text + images + max(tokens) * price.image_out) / MILLION,
    )


def _auto_sizes(spec: ModelSpec, inputs: Sequence[Size]) -> list[Size]:
    """Sizes that `auto` may choose, the likeliest first."""
    if not inputs:
        return list(AUTO_SIZES)
    scale = (1024 * 1024 / inputs[0].pixels) ** 0.5
    wanted = Size(max(1, round(inputs[0].width * scale)), max(1, round(inputs[0].height * scale)))
    return nearest_sizes(spec, wanted, 1) + list(AUTO_SIZES)
