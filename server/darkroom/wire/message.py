"""The two halves of an HTTP exchange with the gateway, as values, and reading JSON of unknown shape."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

_MAX_DIGITS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A prepared input picture or mask, on disk until it is sent."""

    path: str
    format: Literal["png", "jpeg", "webp"]
    """Of its bytes, whatever its name says."""
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a multipart body; its bytes stay on disk until they are sent."""

    field: str
    filename: str
    """With the extension of its real format: some gateways guess the type from it."""
    content_type: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """One POST. `path` is relative to the gateway's base URL; the key is not in here."""

    path: str
    json: Mapping[str, Any] | None = None
    """Body of a JSON request; None for multipart."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Text fields of a multipart request."""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireResponse:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


def read_json(body: bytes) -> object:
    """Return the JSON document in `body`; a byte that is no UTF-8 is replaced rather than losing the rest.

    Raises:
        ValueError: If `body` is no JSON document, or one nested beyond all reason.
    """
    try:
        return json.loads(body.decode("utf-8-sig", "replace"), parse_int=_whole_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _whole_number(text: str) -> int:
    """Read a number; one of absurd length counts as 0, rather than losing the picture beside it."""
    return int(text) if len(text) <= _MAX_DIGITS else 0


def as_object(value: object) -> Mapping[str, object]:
    """Return `value` if it is a JSON object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> Sequence[object]:
    """Return `value` if it is a JSON array, the only item of a list if it is an object, else nothing."""
    if isinstance(value, dict):
        return (cast("object", value),)
    return cast("list[object]", value) if isinstance(value, list) else ()


def as_text(value: object) -> str:
    """Return `value` if it is a string, else an empty one; half characters, which no file takes, replaced."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
