"""JSON Schemas of the tools' arguments, made from the catalog.

Rule 1: published schemas use no `oneOf anyOf allOf $ref const not`, no type lists, no `null` and no
`additionalProperties`: each of these breaks a mainstream host.
Rule 2: what is published is what is checked; `strict` only adds that nothing else may be given.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final, TypeAlias

from darkroom.catalog.limits import PIXELS_MAX_EDGE, PIXELS_MIN_EDGE
from darkroom.catalog.models import MODELS
from darkroom.catalog.spec import ModelSpec, Setting

Schema: TypeAlias = dict[str, Any]

MAX_COUNT: Final = 10
MAX_JOBS: Final = 20
MAX_LIMIT: Final = 100
MAX_WAIT_SECONDS: Final = 3600
MAX_PROMPT_CHARS: Final = max(spec.max_prompt_chars for spec in MODELS.values())
MAX_IMAGES: Final = max(spec.max_images for spec in MODELS.values())

JOB_STATUSES: Final = ("working", "completed", "failed", "cancelled")


def setting_schema(setting: Setting, *, words: bool = True) -> Schema:
    """Schema of one setting of a model; without `words` only a size is explained, whose rules no keyword holds."""
    meaning = setting.meaning if words or setting.name == "size" else ""
    if setting.kind == "choice":
        return _choice(setting.choices, meaning)
    if setting.kind == "integer":
        return _whole(meaning, setting.minimum, setting.maximum)
    return _text(meaning)


def model_schema(spec: ModelSpec, *, words: bool = True) -> Schema:
    """Schema of the settings of one model."""
    properties = {setting.name: setting_schema(setting, words=words) for setting in spec.settings}
    return _worded({"type": "object"}, spec.summary if words else "") | {"properties": properties}


def _model_argument(*, words: bool) -> Schema:
    spelled = (
        'One model with its settings, e.g. {"gpt-image-2-vip": {"size": "3840x2160"}}; of choices the first is '
        "the default."
    )
    return {
        "type": "object",
        "description": spelled if words else "As in generate_image.",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {model: model_schema(spec, words=words) for model, spec in MODELS.items()},
    }


def _models_argument(*, full: bool) -> Schema:
    """`model` of estimate_cost: one to all models; the published form names them and leaves the settings out.

    Some hosts refuse an object without properties, so the first setting of each stands for all.
    """
    return {
        "type": "object",
        "description": "Models with settings as in generate_image; left out: all, side by side.",
        "minProperties": 1,
        "maxProperties": len(MODELS),
        "properties": {
            model: model_schema(spec) if full else _named(model_schema(replace(spec, settings=spec.settings[:1])))
            for model, spec in MODELS.items()
        },
    }


def _named(schema: Schema) -> Schema:
    """Return `schema` with the types and names of its parts only: what another tool has spelled out."""
    copy: Schema = {name: schema[name] for name in ("type", "required") if name in schema}
    if "items" in schema:
        copy["items"] = _named(schema["items"])
    if "properties" in schema:
        copy["properties"] = {name: _named(part) for name, part in schema["properties"].items()}
    return copy


def _worded(schema: Schema, description: str) -> Schema:
    return schema | {"description": description} if description else schema


def _text(description: str = "", **bounds: int) -> Schema:
    return _worded({"type": "string", **bounds}, description)


def _whole(description: str, minimum: int, maximum: int | None = None) -> Schema:
    schema = _worded({"type": "integer", "minimum": minimum}, description)
    return schema if maximum is None else schema | {"maximum": maximum}


def _choice(choices: tuple[str, ...], description: str = "") -> Schema:
    return _worded({"type": "string", "enum": list(choices)}, description)


def _number(description: str = "") -> Schema:
    return {"type": "number", "description": description} if description else {"type": "number"}


_PROMPT = _text("What the picture shows.", minLength=1, maxLength=MAX_PROMPT_CHARS)
_COUNT = _whole("Pictures, each billed; default 1.", 1, MAX_COUNT)
_WAIT = _whole("Cut to what the host allows.", 0, MAX_WAIT_SECONDS)
_EDGE: Schema = {"type": "integer", "minimum": PIXELS_MIN_EDGE, "maximum": PIXELS_MAX_EDGE}
_DELIVER: Schema = {
    "type": "object",
    "description": "Exact file, made locally from the picture.",
    "required": ["width", "height"],
    "properties": {
        "width": _EDGE,
        "height": _EDGE,
        "fit": _choice(("cover", "contain", "stretch")),
        "format": _choice(("png", "jpeg", "webp")),
        "quality": {"type": "integer", "minimum": 1, "maximum": 100},
    },
}
_IMAGES: Schema = {
    "type": "array",
    "description": "Inputs in order (image 1, image 2 in the prompt): absolute path, https URL, data URL or image_id.",
    "minItems": 1,
    "maxItems": MAX_IMAGES,
    "items": {"type": "string"},
}
_MASK = _text("PNG whose transparent part may change, or two-tone picture whose white may; ratio of image 1.")
_REGIONS: Schema = {
    "type": "array",
    "description": "What may change, instead of mask; x, y: top left corner.",
    "minItems": 1,
    "maxItems": 32,
    "items": {
        "type": "object",
        "required": ["shape"],
        "properties": {
            "shape": _choice(("rectangle", "ellipse", "polygon")),
            "x": {"type": "number"},
            "y": {"type": "number"},
            "width": {"type": "number"},
            "height": {"type": "number"},
            "points": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["x", "y"],
                    "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
                },
            },
            "unit": _choice(("fraction", "pixel"), "of image 1."),
            "feather": _number("pixels, inward."),
        },
    },
}


def _making(*, words: bool, full: bool) -> dict[str, Schema]:
    """Arguments that generate_image and edit_image share; `words` where they are explained."""
    return {
        "model": _model_argument(words=words),
        "count": _COUNT,
        "save_to": _text("Folder or file name; default the output folder." if words else "", minLength=1),
        "deliver": _DELIVER if words or full else _named(_DELIVER),
        "fallback": {
            "type": "array",
            **({"description": "Models to try after a failure that cost nothing."} if words else {}),
            "items": _choice(tuple(MODELS)) if full else _text(),
        },
        "wait_seconds": _WAIT,
        "variation": _whole("Raise it to pay for the same request once more; default 1.", 1),
    }


def tool_schema(tool: str, *, full: bool = False) -> Schema:
    """Schema of one tool's arguments; `full` spells out what the published form only names."""
    job_ids: Schema = {
        "type": "array",
        "items": {"type": "string"},
        "minItems": 1,
        "maxItems": MAX_JOBS,
    }
    properties: Mapping[str, Mapping[str, Schema]] = {
        "generate_image": {"prompt": _PROMPT, **_making(words=True, full=full)},
        "edit_image": {
            "prompt": _text("The change to make.", minLength=1, maxLength=MAX_PROMPT_CHARS),
            "images": _IMAGES,
            "mask": _MASK,
            "regions": _REGIONS,
            "keep_outside": {
                "type": "boolean",
                "description": "Paste the untouched part of image 1 back, pixel for pixel (PNG).",
            },
            **_making(words=False, full=full),
        },
        "list_sizes": {
            "model": _choice(tuple(MODELS), "default all."),
            "aspect_ratio": _text("W:H, e.g. 16:9."),
        },
        "estimate_cost": {
            "prompt": _PROMPT if full else _named(_PROMPT),
            "model": _models_argument(full=full),
            "count": _whole("", 1, MAX_COUNT),
            "images": _IMAGES if full else _named(_IMAGES),
            "mask": {"type": "string"},
            "deliver": _DELIVER if full else _named(_DELIVER),
        },
        "wait_for_jobs": {
            "job_ids": job_ids,
            "until": _choice(("all", "any")),
            "wait_seconds": _WAIT,
        },
        "list_images": {
            "limit": _whole("default 20.", 1, MAX_LIMIT),
            "before": _text("next_before of the last page."),
            "image_id": _text("Show this picture's whole family instead, root first."),
            "status": _choice(JOB_STATUSES, "Only these jobs."),
        },
        "view_image": {
            "image_id": {"type": "string"},
            "max_px": _whole("Longest edge; default 1024.", 64, 2000),
        },
        "cancel_job": {"job_id": {"type": "string"}},
    }
    required = {
        "generate_image": ["prompt"],
        "edit_image": ["prompt", "images"],
        "estimate_cost": ["prompt"],
        "wait_for_jobs": ["job_ids"],
        "view_image": ["image_id"],
        "cancel_job": ["job_id"],
    }
    schema: Schema = {"type": "object", "properties": deepcopy(dict(properties[tool]))}
    if tool in required:
        schema["required"] = required[tool]
    return schema


def strict(schema: Schema) -> Schema:
    """Return a copy of `schema` in which no object may hold anything that is not named."""
    copy = dict(schema)
    if "items" in schema:
        copy["items"] = strict(schema["items"])
    if "properties" in schema:
        copy["properties"] = {name: strict(part) for name, part in schema["properties"].items()}
        copy["additionalProperties"] = False
    return copy
