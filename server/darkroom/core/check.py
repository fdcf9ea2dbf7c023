"""Arguments of a tool call, checked: either they are right, or one sentence for each thing to mend.

All refusals of arguments are worded here. The schema says what is allowed; this module says it in words,
with the nearest valid choice and, for a size, which other model takes it.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from darkroom.catalog.hosts import INJECTED_ARGUMENTS
from darkroom.catalog.limits import CHAT_OPENING_CHARS
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, Pairing
from darkroom.core.delivery import delivery_problems
from darkroom.core.schema import Schema, strict, tool_schema
from darkroom.core.size import (
    Size,
    accepts,
    models_taking,
    nearest_sizes,
    parse_ratio,
    parse_size,
    rule_problems,
)
from darkroom.core.text import text_problems
from darkroom.errors import NOTHING_SENT, ArgumentError

_LOOSE_SIZE: Final = re.compile(r"\s*([1-9][0-9]{0,4})\s*[xX×*,: ]\s*([1-9][0-9]{0,4})\s*")
"""A size as people write it, to name its neighbours."""

_MAX_PROBLEMS: Final = 8
"""Problems that are told; a list of thirty wrong points would bury what to do."""

_OTHER_WORDS: Final = {
    "n": "count",
    "num_images": "count",
    "number": "count",
    "image": "images",
    "image_url": "images",
    "image_ids": "images",
    "reference_images": "images",
    "filename": "save_to",
    "output_path": "save_to",
    "output_dir": "save_to",
    "resolution": "size",
    "dimensions": "size",
    "ratio": "aspect_ratio",
    "job_id": "job_ids",
    "timeout": "wait_seconds",
    "circle": "ellipse",
    "oval": "ellipse",
    "box": "rectangle",
    "square": "rectangle",
    "jpg": "jpeg",
}
"""Words that other image tools and their users have for ours."""

_MAX_UNKNOWN: Final = 5
"""Unknown names that one refusal spells out."""

_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def check_arguments(tool: str, arguments: Mapping[str, Any], *, default_model: str) -> dict[str, Any]:
    """Return the arguments of `tool`, normalised: `model` an object, whole numbers as `int`.

    Raises:
        ArgumentError: With one sentence for each problem. Nothing was sent, nothing was charged.
    """
    given = {name: value for name, value in arguments.items() if name not in INJECTED_ARGUMENTS}
    given = {name: _normalised(name, value, tool) for name, value in given.items()}
    if tool in ("generate_image", "edit_image") and "model" not in given:
        given["model"] = {default_model: {}}
    problems = [sentence for error in _errors(tool, given) if (sentence := _sentence(error, tool))]
    problems = problems or _further_problems(given)
    if problems:
        told = list(dict.fromkeys(problems))
        if len(told) > _MAX_PROBLEMS:
            told[_MAX_PROBLEMS:] = [f"There are {len(told) - _MAX_PROBLEMS} more problems of the kind."]
        raise ArgumentError([*told, NOTHING_SENT])
    return _typed(given, tool_schema(tool, full=True))


def setting_problems(spec: ModelSpec, settings: Mapping[str, Any]) -> list[str]:
    """Say what is wrong between the settings of one model, beyond each one's own range."""
    problems: list[str] = []
    size = settings.get("size")
    if spec.size_rules is not None and isinstance(size, str) and size != "auto":
        parsed = parse_size(size)
        broken = rule_problems(parsed, spec.size_rules) if parsed else []
        if parsed is None or broken:
            problems.append(_size_sentence(spec, size, broken))
    problems += [sentence for pairing in spec.pairings if (sentence := _pairing_problem(spec, pairing, settings))]
    return problems


def _normalised(name: str, value: Any, tool: str) -> Any:
    """Read what some hosts and models write: JSON text for an object or list, a bare model name."""
    kind = tool_schema(tool)["properties"].get(name, {}).get("type")
    if kind in ("object", "array") and isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if name == "model" and kind == "object" and isinstance(value, str) and value in MODELS:
        return {value: {}}
    return value


@cache
def _validator(tool: str) -> Any:
    # Imported here: it is not needed before the first call, and start-up is counted in milliseconds.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(strict(tool_schema(tool, full=True)))


def _errors(tool: str, given: Mapping[str, Any]) -> list[Any]:
    return sorted(_validator(tool).iter_errors(given), key=lambda error: [str(part) for part in error.path])


def _further_problems(given: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    for model, settings in given.get("model", {}).items() if isinstance(given.get("model"), dict) else ():
        problems += setting_problems(MODELS[model], settings)
        problems += _prompt_problems(MODELS[model], settings, given)
    if "prompt" in given and not given["prompt"].strip():
        problems.append("prompt is empty. Say what the picture shows.")
    problems += text_problems(given)
    if deliver := given.get("deliver"):
        problems += delivery_problems(deliver["width"], deliver["height"], deliver.get("format", "png"))
    ratio = given.get("aspect_ratio")
    if isinstance(ratio, str) and parse_ratio(ratio) is None:
        problems.append(f"aspect_ratio={_shown(ratio)} is not of the form W:H. Use for example 16:9.")
    return problems


def _prompt_problems(spec: ModelSpec, settings: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Say if no room is left in the prompt for the words that are put in front of it."""
    reasons = [name for name in ("aspect_ratio",) if name in settings]
    reasons += ["deliver"] if spec.ratio_phrases and "deliver" in given else []
    room = max(len(row.phrase) for row in spec.ratio_phrases) + len(spec.ratio_join) if reasons else 0
    if settings.get("endpoint") == "chat":
        reasons.append("endpoint chat")
        room += CHAT_OPENING_CHARS
    most = spec.max_prompt_chars - room
    if not reasons or len(given["prompt"]) <= most:
        return []
    length, given_with = len(given["prompt"]), " and ".join(reasons)
    words = f"{spec.model} with {given_with} takes at most {most}, since words are put in front of it."
    return [f"prompt has {length} characters. {words}"]


def _sentence(error: Any, tool: str) -> str:
    """Word one finding of the validator; empty if another finding says more about the same value."""
    name = _name(error.absolute_path)
    value, limit, kind = error.instance, error.validator_value, error.validator
    if kind == "additionalProperties":
        return _unknown_sentence(error, tool, name)
    if kind == "enum":
        return _enum_sentence(error, name)
    if kind == "required":
        missing = [_name([*error.absolute_path, key]) for key in limit if key not in value]
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing. {name or tool} needs it."
    if kind == "type":
        return _type_sentence(error, name)
    if kind in ("minimum", "maximum"):
        low, high = error.schema.get("minimum"), error.schema.get("maximum")
        allowed = f"at least {low}" if high is None else f"{low} to {high}"
        return f"{name}={_shown(value)} is out of range. Use {allowed}; the nearest is {limit}."
    return _length_sentence(name, value, kind, limit)


def _type_sentence(error: Any, name: str) -> str:
    value, kind = error.instance, error.validator_value
    if "enum" in error.schema:
        return ""
    if name == "model":
        example = f'{{"{next(iter(MODELS))}": {{}}}}'
        return f"model={_shown(value)} is none of {', '.join(MODELS)}. Give an object such as {example}."
    wanted = _KINDS.get(kind, kind)
    inside = ""
    if kind == "object":
        needed = error.schema.get("required", [])
        others = [key for key in error.schema["properties"] if key not in needed]
        inside = f" with {' and '.join(needed)}" if needed else ""
        inside += f"{', and if wanted' if needed else ' with'} {', '.join(others)}" if others else ""
    elif kind == "array" and isinstance(value, str):
        inside = f", for example [{_shown(value)}]"
    return f"{name}={_shown(value)} is not {wanted}. Give {wanted}{inside}."


def _length_sentence(name: str, value: Any, kind: str, limit: Any) -> str:
    if name == "model" and kind in ("minProperties", "maxProperties"):
        named = ", ".join(value) or "none"
        return f"model names {named}. Give exactly one of {', '.join(MODELS)}, with its settings inside."
    if kind in ("minLength", "maxLength"):
        if not value:
            return f"{name} is empty. Give at least {limit} character."
        return f"{name} has {len(value)} characters. Give at {'least' if kind == 'minLength' else 'most'} {limit}."
    return f"{name} holds {len(value)} items. Give at {'least' if kind == 'minItems' else 'most'} {limit}."


def _unknown_sentence(error: Any, tool: str, name: str) -> str:
    known = list(error.schema["properties"])
    unknown = sorted(str(key) for key in error.instance if key not in known)
    sentences = [_unknown_name_sentence(key, error.instance, known, tool, name) for key in unknown[:_MAX_UNKNOWN]]
    if len(unknown) > _MAX_UNKNOWN:
        sentences.append(f"{len(unknown) - _MAX_UNKNOWN} more names are unknown as well.")
    owner = "Models are" if name == "model" else f"{name.removeprefix('model.') or tool} takes"
    return " ".join([*sentences, f"{owner} {', '.join(known)}."])


def _unknown_name_sentence(unknown: str, given: Mapping[str, Any], known: Sequence[str], tool: str, name: str) -> str:
    near = difflib.get_close_matches(unknown, known, 1, 0.6)
    meant = _OTHER_WORDS.get(unknown, "")
    hint = f" Use {meant}." if meant in known else f" Did you mean {near[0]}?" if near else ""
    if name == "model":
        return f"{_shown(unknown)} is not a model.{hint}"
    if name.startswith("model."):
        model = name.removeprefix("model.")
        hint = hint or _setting_hint(MODELS[model], unknown, given[unknown])
        return f"{_name([unknown])} is not a setting of {model}.{hint}"
    if not hint and "model" in known:
        hint = _model_hint(unknown, given)
    return f"{_name([unknown])} is not an argument of {name or tool}.{hint}"


def _setting_hint(spec: ModelSpec, unknown: str, value: Any) -> str:
    """Say what to use instead of a setting that this model has not: another of its settings, or another model."""
    ratio = parse_ratio(value) if isinstance(value, str) else None
    if unknown == "aspect_ratio" and ratio and (near := nearest_sizes(spec, Size(round(1152 * ratio), 1152), 1)):
        return f" Use size, for example {near[0]} for {value}."
    if _OTHER_WORDS.get(unknown) == "count":
        return " count is an argument of the tool, beside model."
    takers = [model for model, other in MODELS.items() if other.setting(unknown)]
    return f" {' and '.join(takers)} {'take' if len(takers) > 1 else 'takes'} it." if takers else ""


def _model_hint(unknown: str, given: Mapping[str, Any]) -> str:
    """Show where a setting of a model goes; with the model that was asked for, if it has it."""
    takers = [model for model, spec in MODELS.items() if spec.setting(unknown)]
    if not takers:
        return ""
    value, asked = given[unknown], given.get("model")
    size = parse_size(value) if isinstance(value, str) else None
    exact = [model for model in takers if unknown != "size" or (size and accepts(MODELS[model], size))]
    chosen = [model for model in takers if isinstance(asked, dict) and model in asked]
    model = [*chosen, *reversed(exact), *takers][0]
    return f' It is a setting of a model: {{"model": {{"{model}": {{"{unknown}": {_shown(value)}}}}}}}.'


def _enum_sentence(error: Any, name: str) -> str:
    value, allowed = error.instance, error.validator_value
    path = list(error.absolute_path)
    if len(path) == 3 and path[0] == "model" and path[2] == "size":
        return _size_sentence(MODELS[path[1]], value, [])
    meant = _OTHER_WORDS.get(str(value), "")
    near = [meant] if meant in allowed else difflib.get_close_matches(str(value), [str(x) for x in allowed], 1, 0.5)
    sentence = f"{name} does not accept {_shown(value)}. Use one of {', '.join(map(str, allowed))}."
    return f"{sentence} Nearest: {near[0]}." if near and near[0] != value else sentence


def _size_sentence(spec: ModelSpec, value: Any, reasons: Sequence[str]) -> str:
    """Refuse a size: why, the nearest valid ones, and who takes it exactly."""
    sentence = f"{spec.model} does not accept size={_shown(value)}"
    sentence += f": {'; '.join(reasons)}." if reasons else "."
    parsed = parse_size(value) if isinstance(value, str) else None
    if parsed is None:
        sentence = f"{sentence[:-1]}: it is not of the form WIDTHxHEIGHT."
    loose = _LOOSE_SIZE.fullmatch(value) if isinstance(value, str) else None
    like = parsed or (Size(int(loose[1]), int(loose[2])) if loose else Size(1024, 1024))
    near = [str(size) for size in nearest_sizes(spec, like)]
    sentence += f" Nearest valid sizes: {', '.join(near)}." if near else ""
    takers = [model for model in models_taking(parsed) if model != spec.model] if parsed else []
    if takers and parsed:
        sentence += f" {' and '.join(takers)} {'take' if len(takers) > 1 else 'takes'} {parsed} exactly."
    elif parsed and not accepts(spec, parsed):
        sentence += f" No model makes {parsed} by itself; deliver makes any exact size from a picture."
    return sentence


def _pairing_problem(spec: ModelSpec, pairing: Pairing, settings: Mapping[str, Any]) -> str:
    given = settings.get(pairing.setting)
    if given is None or (pairing.value is not None and given != pairing.value):
        return ""
    default = spec.setting(pairing.other)
    other = settings.get(pairing.other, default.default if default and pairing.allowed else None)
    shown = f"{pairing.setting}={_shown(given)}"
    if not pairing.allowed:
        if pairing.other not in settings:
            return ""
        return f"{spec.model} with {shown} does not take {pairing.other}: {pairing.reason}. Leave {pairing.other} out."
    if other in pairing.allowed:
        return ""
    return (
        f"{spec.model} with {shown} needs {pairing.other} to be {' or '.join(pairing.allowed)}, not "
        f"{_shown(other)}: {pairing.reason}."
    )


def _name(path: Iterable[Any]) -> str:
    """Write a path as an agent would: `model.gpt-image-2.size`, `images[2]`."""
    text = ""
    for part in path:
        shown = str(part)[:80]
        text += f"[{part}]" if isinstance(part, int) else f".{shown}" if text else shown
    return text


def _shown(value: Any) -> str:
    """Write a value in a sentence, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _typed(value: Any, schema: Schema) -> Any:
    """Turn 2.0, which JSON Schema counts as a whole number, into 2 where a whole number was asked for."""
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return {key: _typed(part, parts.get(key, {})) for key, part in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_typed(part, schema.get("items", {})) for part in cast("list[Any]", value)]
    return int(value) if schema.get("type") == "integer" and isinstance(value, float) else value
