"""Refusals in the words of the protocol, for requests whose results have no place for one."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from darkroom.errors import DarkroomError

RESOURCE_NOT_FOUND: Final = -32002
"""Code of the handshake eras; 2026-07-28 made it INVALID_PARAMS."""


def missing(uri: str, version: str | None) -> MCPError:
    """Return the refusal of a resource that is not there, with the code of the caller's era."""
    code = RESOURCE_NOT_FOUND if version in HANDSHAKE_PROTOCOL_VERSIONS else INVALID_PARAMS
    return MCPError(code, "There is no such resource. list_images shows the images.", {"uri": uri[:200]})


@contextmanager
def spoken() -> Generator[None]:
    """Turn an anticipated error into one of the protocol, for requests that have no other way to say it."""
    try:
        yield
    except DarkroomError as exc:
        raise MCPError(INTERNAL_ERROR, str(exc)) from exc
