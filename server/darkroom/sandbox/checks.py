"""Which calls are refused, in the order and the words of the service behind each kind of model."""

from collections.abc import Mapping
from typing import Any, Final

from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, Setting, SizeRules, TokenPrice
from darkroom.sandbox.call import Call
from darkroom.sandbox.refusals import (
    Refusal,
    RefusedError,
    invalid,
    listed,
    missing,
    mistyped,
    unknown,
    unsupported_value,
    user_error,
)
from darkroom.sandbox.sizes import read_size
from darkroom.sandbox.uploads import check_uploads, refuse_json

_RESPONSE_FORMATS: Final = ("b64_json", "url")
_QUALITIES: Final = ("auto", "low", "medium", "high")
_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    # The service lists its choices in an order of its own.
    "quality": ("low", "medium", "high", "auto"),
    "output_format": ("png", "webp", "jpeg"),
    "background": ("transparent", "opaque", "auto"),
}
_INTEGERS: Final[Mapping[str, tuple[int, int]]] = {"n": (1, 10), "partial_images": (0, 3)}
"""Integer fields that the token-priced service takes beside the model's settings, with their bounds."""

_PLAIN: Final = frozenset({"model", "prompt", "stream", "user", *_INTEGERS})
"""Fields that the token-priced service takes beside the model's settings."""

_FLAT_FIELDS: Final = frozenset({"model", "prompt", "response_format", "image", "image[]", "messages"})
"""Fields that mean something to every flat-priced model."""


def find_model(call: Call) -> ModelSpec:
    """Return the row of the model that `call` names.

    Raises:
        RefusedError: If it names none, an unknown one, or one that this endpoint does not serve.
    """
    name = call.fields.get("model")
    if name is None:
        raise missing("model")
    spec = MODELS.get(name) if isinstance(name, str) else None
    if spec is None:
        message = f"The model '{name}' does not exist."
        raise RefusedError(Refusal(status=404, message=message, param="model", code="model_not_found"))
    if call.endpoint == "chat" and "chat" not in spec.endpoints:
        message = "This model is not supported in the v1/chat/completions endpoint."
        raise invalid(message, "model", "unsupported_endpoint", status=404)
    return spec


def check(call: Call, spec: ModelSpec) -> None:
    """Refuse what the service behind `spec` would refuse.

    Raises:
        RefusedError: With the first refusal; nothing is billed.
    """
    if call.endpoint == "edits" and call.is_json:
        refuse_json(call)
    if call.endpoint == "chat":
        _check_prompt(call.prompt, spec)
        check_uploads(call, spec)
    elif isinstance(spec.price, TokenPrice):
        _check_native(call, spec)
    else:
        _check_flat(call, spec)


def integer(call: Call, name: str) -> int | None:
    """Read an integer field, which a form carries as text; None if it is left out.

    Raises:
        RefusedError: If it is something else.
    """
    value: object = call.fields.get(name)
    if value is None:
        return None
    if call.endpoint == "edits" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise mistyped(name, "an integer", value)
    return value


def _check_native(call: Call, spec: ModelSpec) -> None:
    """Check in the measured order: unknown keys, prompt, pictures, n, the rest."""
    _check_names(call, spec)
    _check_prompt(call.fields.get("prompt", _ABSENT), spec)
    if call.endpoint == "edits":
        check_uploads(call, spec)
    for name, bounds in _INTEGERS.items():
        _check_integer(call, name, bounds)
    for setting in spec.settings:
        _check_setting(call, setting, spec)
    _check_background(call, spec)


def _check_names(call: Call, spec: ModelSpec) -> None:
    known = {setting.name for setting in spec.settings if setting.sent != "never"} | _PLAIN
    for name in call.fields:
        if name == "input_fidelity" and call.endpoint == "edits":
            message = f"The model '{spec.model}' does not support the 'input_fidelity' parameter."
            raise user_error(message, name, "invalid_input_fidelity_model")
        if name not in known and not (call.endpoint == "edits" and name in {"image", "image[]", "mask"}):
            raise unknown(name)


_ABSENT: Final = object()


def _check_prompt(prompt: object, spec: ModelSpec) -> None:
    if prompt is _ABSENT:
        raise missing("prompt")
    if not isinstance(prompt, str):
        raise mistyped("prompt", "a string", prompt)
    if not prompt:
        message = (
            "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead."
        )
        raise invalid(message, "prompt", "empty_string")
    if len(prompt) > spec.max_prompt_chars:
        message = (
            "Invalid 'prompt': string too long. Expected a string with maximum length "
            f"{spec.max_prompt_chars}, but got a string with length {len(prompt)} instead."
        )
        raise invalid(message, "prompt", "string_above_max_length")


def _check_integer(call: Call, name: str, bounds: tuple[int, int]) -> None:
    value = integer(call, name)
    if value is None:
        return
    low, high = bounds
    if value < low:
        expected, code = f"below minimum value. Expected a value >= {low}", "integer_below_min_value"
    elif value > high:
        expected, code = f"above maximum value. Expected a value <= {high}", "integer_above_max_value"
    else:
        return
    raise invalid(f"Invalid '{name}': integer {expected}, but got {value} instead.", name, code)


def _check_setting(call: Call, setting: Setting, spec: ModelSpec) -> None:
    value: Any = call.fields.get(setting.name)
    if value is None or setting.sent == "never":
        return
    if setting.kind == "integer":
        _check_integer(call, setting.name, (setting.minimum, setting.maximum))
    elif setting.kind == "size" and spec.size_rules is not None:
        _check_size(value, spec.size_rules)
    else:
        choices = _ORDERS.get(setting.name, setting.choices)
        if not isinstance(value, str):
            raise mistyped(setting.name, f"one of {listed(choices, 'or')}", value)
        if value not in choices:
            raise unsupported_value(setting.name, value, listed(choices, "and"))


def _check_size(value: object, rules: SizeRules) -> None:
    if not isinstance(value, str):
        raise mistyped("size", "a string", value)
    if value == "auto":
        return
    size = read_size(value)
    problem = _size_problem(size, rules) if size else "Expected WIDTHxHEIGHT, for example '1824x1024'."
    if problem:
        raise user_error(f"Invalid size '{value}'. {problem}", "size", "invalid_value")


def _size_problem(size: tuple[int, int], rules: SizeRules) -> str:
    width, height = size
    pixels = width * height
    broken = (
        (
            width % rules.multiple_of or height % rules.multiple_of,
            f"Width and height must both be divisible by {rules.multiple_of}.",
        ),
        (max(size) > rules.max_edge, f"The longest edge must be less than or equal to {rules.max_edge}."),
        (
            # The service's own words for this rule are not published.
            max(size) > rules.max_ratio * min(size),
            f"Long-edge to short-edge ratio must be less than or equal to {rules.max_ratio}:1.",
        ),
        (pixels < rules.min_pixels, "Requested resolution is below the current minimum pixel budget."),
        (pixels > rules.max_pixels, "Requested resolution exceeds the current pixel budget."),
    )
    return next((problem for fails, problem in broken if fails), "")


def _check_background(call: Call, spec: ModelSpec) -> None:
    if call.fields.get("background") != "transparent":
        return
    if not (spec.transparent and call.options.transparent_enabled):
        message = "Transparent background is not supported for this model."
        raise user_error(message, "background", "invalid_value")
    allowed = next((p.allowed for p in spec.pairings if p.setting == "background"), ())
    wanted = call.fields.get("output_format") or "png"
    if allowed and wanted not in allowed:
        message = f"Transparent background is not supported for {str(wanted).upper()} output format"
        raise user_error(message, "background", "invalid_value")


def _check_flat(call: Call, spec: ModelSpec) -> None:
    """Check what the flat-priced lines check, which is less; the rest has no effect and is noted."""
    _check_prompt(call.fields.get("prompt", _ABSENT), spec)
    if call.endpoint == "edits":
        check_uploads(call, spec)
    asked: object = call.fields.get("response_format")
    if asked is not None and asked not in _RESPONSE_FORMATS:
        raise unsupported_value("response_format", asked, listed(_RESPONSE_FORMATS, "and"))
    _check_flat_count(call)
    _check_flat_size(call, spec)
    _check_flat_quality(call, spec)
    call.ignored += [name for name in call.fields if name not in _FLAT_FIELDS and not _acts(spec, name)]
    call.ignored += ["mask"] if call.mask else []


def _acts(spec: ModelSpec, name: str) -> bool:
    return name == "n" or (bool(spec.size_rows) and name in {"quality", "size"})


def _check_flat_count(call: Call) -> None:
    count = integer(call, "n")
    if call.options.n == "reject" and count not in {None, 1}:
        raise invalid(f"Invalid value for 'n': {count}. Only 1 is supported.", "n", "invalid_value")


def _check_flat_size(call: Call, spec: ModelSpec) -> None:
    asked: object = call.fields.get("size")
    if asked is None:
        return
    if not spec.size_rows:
        if call.options.all_size == "reject":
            raise unknown("size")
        return
    if asked == "auto" or any(asked == row.size for row in spec.size_rows):
        return
    if call.options.vip_off_table == "reject" or read_size(asked) is None:
        raise user_error(f"Invalid size '{asked}'. Supported sizes are the ones of the model.", "size", "invalid_value")


def _check_flat_quality(call: Call, spec: ModelSpec) -> None:
    if call.options.all_quality == "reject":
        refused = {"aspect_ratio"} if spec.size_rows else {"aspect_ratio", "quality"}
        for name in call.fields:
            if name in refused:
                raise unknown(name)
    asked: object = call.fields.get("quality")
    if asked is None or not spec.size_rows:
        return
    if call.options.vip_quality == "reject":
        raise unknown("quality")
    if asked not in _QUALITIES:
        # A parameter error under the status of a rate limit, as measured 2026-09-09.
        raise user_error_429(f"quality must be one of {', '.join(_QUALITIES)}", "quality")


def user_error_429(message: str, param: str) -> RefusedError:
    """Return a parameter error that calls itself a rate limit."""
    return invalid(message, param, "invalid_value", kind="image_generation_user_error", status=429)
