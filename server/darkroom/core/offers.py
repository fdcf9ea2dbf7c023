"""What `list_sizes` and `estimate_cost` say, from the catalog."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from darkroom.catalog import CHECKED
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec
from darkroom.core.check import setting_problems
from darkroom.core.cost import dollars, prices_of_size
from darkroom.core.plan import Request, plan, price
from darkroom.core.size import Size, parse_ratio, parse_size, sizes_of_ratio

RATIO_TOLERANCE = 0.03
"""How far a size's shape may be from the asked ratio, as a share of it: 16:9 is met by 1672x941."""


def sizes_offer(models: Sequence[str], aspect_ratio: str | None, multiplier: Decimal) -> dict[str, Any]:
    """List the sizes of `models` with prices, only those of `aspect_ratio` (`W:H`) if given."""
    ratio = parse_ratio(aspect_ratio) if aspect_ratio else None
    return {
        "models": [_model_offer(MODELS[model], ratio, multiplier) for model in models],
        "checked": CHECKED,
    }


def estimates(
    models: Mapping[str, Mapping[str, str | int]],
    request: Request,
    *,
    needs_mask: bool,
    keep_outside: bool = False,
) -> list[dict[str, Any]]:
    """Price `request` on each of `models` with its settings, with what each could not honour."""
    return [
        _estimate(MODELS[model], settings, request, needs_mask and not keep_outside)
        for model, settings in models.items()
    ]


def _estimate(spec: ModelSpec, settings: Mapping[str, str | int], request: Request, needs_mask: bool) -> dict[str, Any]:
    total = price(spec.model, settings, request)
    attempt = plan(spec.model, settings, request)
    problems = setting_problems(spec, settings)
    if needs_mask and spec.mask is None:
        problems.append(f"{spec.model} takes no mask; with keep_outside the original is put back outside it.")
    if request.deliver and (not spec.size_rules and not spec.size_rows):
        problems.append(f"{spec.model} makes no exact size; deliver resizes what comes, about 1.5 megapixels.")
    if total.basis == "estimate" and settings.get("quality", "auto") == "auto":
        problems.append("quality is auto, so the price has a wide range; set quality to fix it.")
    return {
        "model": spec.model,
        "usd": dollars(total.usd),
        "low_usd": dollars(total.low_usd),
        "high_usd": dollars(total.high_usd),
        "basis": total.basis,
        "size": attempt.requested_size or "auto",
        "typical_seconds": list(attempt.typical_seconds),
        "problems": [*problems, *attempt.warnings],
    }


def _model_offer(spec: ModelSpec, ratio: float | None, multiplier: Decimal) -> dict[str, Any]:
    rows = [
        {"size": str(size), "ratio": name, "tier": tier, "usd": prices_of_size(spec, size, multiplier)}
        for size, name, tier in _sizes(spec, ratio)
    ]
    latencies = [row.seconds for row in spec.latencies]
    return {
        "model": spec.model,
        "summary": spec.summary,
        "sizes": rows,
        "rules": _rules(spec),
        "cannot": list(spec.cannot),
        "typical_seconds": [min(low for low, _ in latencies), max(high for _, high in latencies)],
    }


def _sizes(spec: ModelSpec, ratio: float | None) -> list[tuple[Size, str, str]]:
    """Sizes with the name of their ratio and tier."""
    named = [(row.size, row.ratio, row.tier) for row in spec.size_rows]
    named += [(row.observed, row.ratio, "hint") for row in spec.ratio_phrases]
    found = [(size, name, tier) for text, name, tier in named if (size := parse_size(text))]
    if spec.size_rules is not None:
        sizes = sizes_of_ratio(spec, ratio) if ratio else [parse_size(text) for text in spec.size_rules.presets]
        found += [(size, _ratio_name(size), _tier(size)) for size in sizes if size]
    if ratio is None:
        return found
    return [item for item in found if abs(item[0].ratio / ratio - 1) <= RATIO_TOLERANCE]


def _rules(spec: ModelSpec) -> str:
    if spec.size_rules is not None:
        rules = spec.size_rules
        return (
            f"any WIDTHxHEIGHT: multiples of {rules.multiple_of}, no edge above {rules.max_edge}, ratio at most "
            f"{rules.max_ratio}:1, {rules.min_pixels} to {rules.max_pixels} pixels; or auto"
        )
    if spec.size_rows:
        return "only these sizes, or auto"
    return "no size: aspect_ratio is a hint, and these are the pixels seen for it"


def _tier(size: Size) -> str:
    """Name the class of a size by its long edge, as the table of the locked sizes does."""
    long_edge = max(size.width, size.height)
    return "1K" if long_edge < 1792 else "2K" if long_edge < 2880 else "4K"


def _ratio_name(size: Size) -> str:
    """Name a ratio in small whole numbers where one is near."""
    names = (
        "1:1",
        "16:9",
        "9:16",
        "4:3",
        "3:4",
        "3:2",
        "2:3",
        "5:4",
        "4:5",
        "5:2",
        "2:5",
        "21:9",
        "9:21",
        "2:1",
        "1:2",
        "3:1",
        "1:3",
    )
    near = min(names, key=lambda name: abs((parse_ratio(name) or 1) / size.ratio - 1))
    return near if abs((parse_ratio(near) or 1) / size.ratio - 1) < RATIO_TOLERANCE else f"{size.ratio:.2f}:1"
