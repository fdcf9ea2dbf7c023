"""The two halves of an HTTP exchange with the gateway, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
