"""Plans: what exactly is sent to a model for a request, what it costs and how long it may take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import Endpoint, Latency, ModelSpec
from darkroom.core.cost import Estimate, Pricing, estimate
from darkroom.core.delivery import size_for_delivery
from darkroom.core.order import Attempt, Delivery, Operation
from darkroom.core.size import Size, accepts, nearest_ratio, nearest_sizes, parse_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose arguments have been checked, without the model."""

    operation: Operation
    prompt: str
    count: int = 1
    deliver: Delivery | None = None
    inputs: Sequence[Size] = ()
    """Pixel sizes of the input pictures that are known already; image 1 first."""
    input_count: int = 0
    multiplier: Decimal = Decimal(1)


def plan(model: str, settings: Mapping[str, str | int], request: Request) -> Attempt:
    """Decide what is sent to `model`, and price one call of it."""
    spec = MODELS[model]
    endpoint: Endpoint = "chat" if settings.get("endpoint") == "chat" else spec.endpoints[0]
    size, warnings = ordered_size(spec, settings, request, endpoint)
    price = _price(spec, settings, request, size, count=1)
    quality = _quality(spec, settings)
    return Attempt(
        model=model,
        endpoint=endpoint,
        fields=_fields(spec, settings, request, size, endpoint),
        requested_size=str(size) if size else "",
        usd=price.usd,
        high_usd=price.high_usd,
        basis=price.basis,
        typical_seconds=typical_seconds(spec, quality, size),
        timeout_seconds=timeout_seconds(spec, quality, size, request.input_count),
        warnings=tuple(warnings),
    )


def price(model: str, settings: Mapping[str, str | int], request: Request) -> Estimate:
    """Price the whole request on `model`: `count` calls."""
    spec = MODELS[model]
    endpoint: Endpoint = "chat" if settings.get("endpoint") == "chat" else spec.endpoints[0]
    size, _ = ordered_size(spec, settings, request, endpoint)
    return _price(spec, settings, request, size, count=request.count)


def ordered_size(
    spec: ModelSpec, settings: Mapping[str, str | int], request: Request, endpoint: Endpoint
) -> tuple[Size | None, list[str]]:
    """Decide which pixels are ordered, and what to say about it; None where the model chooses.

    What was asked for holds. Else an exact delivery orders a size that covers it, an edit keeps the
    size of image 1 or the nearest valid one, and the model's own default is last.
    """
    asked = settings.get("size")
    if endpoint == "chat" or spec.setting("size") is None or asked == "auto":
        return None, []
    if isinstance(asked, str):
        return parse_size(asked), []
    if request.deliver and (
        size := size_for_delivery(spec, request.deliver.width, request.deliver.height, request.deliver.fit)
    ):
        return size, []
    if request.operation == "edit" and request.inputs:
        return _size_of_edit(spec, request.inputs[0])
    return (parse_size(spec.default_size) if spec.default_size else None), []


def typical_seconds(spec: ModelSpec, quality: str | None, size: Size | None) -> tuple[int, int]:
    """Fastest and slowest completion to expect, in seconds."""
    return next(row.seconds for row in spec.latencies if _fits(row, quality, size))


def timeout_seconds(spec: ModelSpec, quality: str | None, size: Size | None, input_count: int) -> int:
    """Longest wait for an answer, in seconds."""
    long = spec.long_wait
    is_long = (
        (quality or "auto") in long.qualities
        or (long.above_pixels is not None and size is not None and size.pixels > long.above_pixels)
        or (long.from_images is not None and input_count >= long.from_images)
    )
    return spec.long_timeout_seconds if is_long else spec.timeout_seconds


def _size_of_edit(spec: ModelSpec, image: Size) -> tuple[Size | None, list[str]]:
    if accepts(spec, image):
        return image, []
    near = nearest_sizes(spec, image, 1)
    if not near:
        return None, []
    return near[0], [f"{spec.model} does not make {image}, the size of image 1, so {near[0]} was ordered."]


def _fields(
    spec: ModelSpec,
    settings: Mapping[str, str | int],
    request: Request,
    size: Size | None,
    endpoint: Endpoint,
) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"model": spec.model, "prompt": _steered_prompt(spec, settings, request)}
    if endpoint == "chat":
        return fields
    for setting in spec.settings:
        value = settings.get(setting.name, setting.default if setting.sent == "always" else None)
        if setting.name == "size" and value is None and size is not None:
            value = str(size)
        if value is not None and setting.sent != "never":
            fields[setting.name] = value
    return fields


def _steered_prompt(spec: ModelSpec, settings: Mapping[str, str | int], request: Request) -> str:
    """Put the phrase for the wanted shape in front of the prompt of a model that has no size field."""
    if not spec.ratio_phrases:
        return request.prompt
    ratio = settings.get("aspect_ratio")
    if ratio is None and request.deliver:
        ratio = nearest_ratio(spec, request.deliver.width / request.deliver.height)
    phrase = next((row.phrase for row in spec.ratio_phrases if row.ratio == ratio), "")
    return f"{phrase}{spec.ratio_join}{request.prompt}" if phrase else request.prompt


def _quality(spec: ModelSpec, settings: Mapping[str, str | int]) -> str | None:
    return str(settings.get("quality", "auto")) if spec.setting("quality") else None


def _price(
    spec: ModelSpec, settings: Mapping[str, str | int], request: Request, size: Size | None, *, count: int
) -> Estimate:
    pricing = Pricing(
        prompt=request.prompt,
        size=size,
        quality=_quality(spec, settings),
        inputs=tuple(request.inputs),
        unknown_inputs=max(0, request.input_count - len(request.inputs)),
    )
    return estimate(spec, pricing, count=count, multiplier=request.multiplier)


def _fits(row: Latency, quality: str | None, size: Size | None) -> bool:
    if row.quality is not None and row.quality != quality:
        return False
    return row.above_pixels is None or (size is not None and size.pixels > row.above_pixels)
