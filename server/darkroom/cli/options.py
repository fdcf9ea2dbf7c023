"""Options that several commands share, and reading what people write in them."""

import json
from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from darkroom.catalog.models import MODELS
from darkroom.settings import read_settings

F = TypeVar("F", bound=Callable[..., Any])

SETTING_NAMES: Final = tuple(dict.fromkeys(setting.name for spec in MODELS.values() for setting in spec.settings))
"""Every setting that some model has."""

REGION_FORM: Final = (
    "What may change, in fractions of image 1 from its top left corner; repeatable. rectangle:X,Y,WIDTH,HEIGHT, "
    "ellipse:X,Y,WIDTH,HEIGHT (the box around it) or polygon:X,Y,X,Y,X,Y; or JSON, such as "
    '{"shape": "polygon", "points": [{"x": 0.1, "y": 0.9}, {"x": 0.5, "y": 0.2}, {"x": 0.9, "y": 0.9}]}.'
)

_DELIVER_FORM: Final = "WIDTHxHEIGHT[:cover|contain|stretch[:png|jpeg|webp]], for example 1920x1080:cover:jpeg"


def as_json(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the tool's result as JSON, nothing else.")(
        command
    )


def settings_options(command: F) -> F:
    """Add `--model`, an option for each setting of any model, and `--set`."""
    command = click.option(
        "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A setting of the model by its name; repeatable."
    )(command)
    for name in reversed(SETTING_NAMES):
        takers = ", ".join(model for model, spec in MODELS.items() if spec.setting(name))
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, f"setting_{name}", metavar="VALUE", help=f"Setting of {takers}.")(command)
    return command


def deliver_option(command: F) -> F:
    """Add `--deliver`."""
    return click.option("--deliver", callback=_read_deliver, metavar="WxH[:FIT[:FORMAT]]", help=_DELIVER_FORM)(command)


def model_settings(pairs: Sequence[str], options: Mapping[str, Any]) -> dict[str, str | int]:
    """Collect the settings of a model from `--set` pairs and the options that are named after settings."""
    found = {name: str(value) for name in SETTING_NAMES if (value := options.get(f"setting_{name}")) is not None}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not of the form NAME=VALUE.", param_hint="--set")
        found[name.strip().replace("-", "_")] = value.strip()
    return {name: _typed(name, value) for name, value in found.items()}


def one_model(model: str | None, settings: Mapping[str, str | int]) -> dict[str, Any]:
    """Return the `model` argument; none if nothing was said, so that the tool's default holds."""
    if model is None and not settings:
        return {}
    return {"model": {read_settings().model if model is None else model: dict(settings)}}


def local_source(text: str) -> str:
    """Write a picture on this machine as a whole path; links, data and ids stay as they are."""
    if not text or text.startswith(("data:", "http://", "https://", "darkroom://", "img_")):
        return text
    return str(Path(text).expanduser().absolute())


def read_region(text: str) -> Mapping[str, Any]:
    """Read a region of `REGION_FORM`.

    Raises:
        click.BadParameter: If it is neither.
    """
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        shape, _, numbers = text.partition(":")
        read = [float(number) for number in numbers.split(",")]
        if shape == "polygon":
            return {"shape": shape, "points": [{"x": x, "y": y} for x, y in zip(read[::2], read[1::2], strict=True)]}
        x, y, width, height = read
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no region. {REGION_FORM}",
            param_hint="--region",
        ) from None
    return {"shape": shape, "x": x, "y": y, "width": width, "height": height}


def given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that were given: not those that are None, a flag left out, or an empty list.

    Numbers are left to the tool, 0 among them, and so are empty words: what makes no sense is refused, not dropped.
    """
    return {name: value for name, value in arguments.items() if not (value is None or value is False or _empty(value))}


def _empty(value: object) -> bool:
    return isinstance(value, Sized) and not isinstance(value, str) and not len(value)


def _read_deliver(_context: click.Context, _option: click.Parameter, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    size, *rest = text.split(":")
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()) or len(rest) > 2:
        raise click.BadParameter(f"{text!r} is not of the form {_DELIVER_FORM}.")
    return {"width": int(width), "height": int(height), **dict(zip(("fit", "format"), rest, strict=False))}


def _typed(name: str, value: str) -> str | int:
    """Read a whole number where some model's setting of this name is one; what is none is left to the refusal."""
    whole = any((setting := spec.setting(name)) and setting.kind == "integer" for spec in MODELS.values())
    return int(value) if whole and value.lstrip("-").isdecimal() else value
