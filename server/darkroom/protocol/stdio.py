"""One host on stdin and stdout, of whatever era, until it hangs up.

The SDK lets a connection's first request choose its era for good. Some hosts ask `server/discover` first and
go on with the `initialize` of an older era on the same pipe (github/copilot-cli#4525, anthropics/claude-code#96183,
2026), so discovery is answered here and the request after it chooses.
"""

import json
import os
import signal
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeAlias, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client import Client
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    PROTOCOL_VERSION_META_KEY,
    ErrorData,
    JSONRPCError,
    JSONRPCRequest,
    JSONRPCResponse,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from darkroom.protocol.batches import asks_for_batches, messages_of

Incoming: TypeAlias = SessionMessage | Exception
"""A message of the host, or why a line of it could not be read."""

Streams: TypeAlias = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]

_JSON_ERROR: Final = "json_invalid"
"""What pydantic calls text that is no JSON at all."""


async def serve_streams(server: Server[Any], transport: AbstractAsyncContextManager[Any] | None = None) -> None:
    """Serve `server` over `transport` (this process's stdin and stdout) until the host hangs up or SIGTERM comes."""
    async with anyio.create_task_group() as tasks:
        if transport is None and sys.platform != "win32":
            tasks.start_soon(_leave_on_signal)
        async with transport or cast("AbstractAsyncContextManager[Any]", stdio_server()) as streams:
            await _serve(server, *cast("Streams", streams))
        tasks.cancel_scope.cancel()


async def _serve(
    server: Server[Any],
    reading: MemoryObjectReceiveStream[Incoming],
    writing: MemoryObjectSendStream[SessionMessage],
) -> None:
    sending, receiving = anyio.create_memory_object_stream[Incoming](0)
    options = server.create_initialization_options(NotificationOptions(resources_changed=True))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sort, server, reading, writing, sending)
        await server.run(receiving, writing, options)
        tasks.cancel_scope.cancel()


async def _sort(
    server: Server[Any],
    reading: MemoryObjectReceiveStream[Incoming],
    writing: MemoryObjectSendStream[SessionMessage],
    sending: MemoryObjectSendStream[Incoming],
) -> None:
    """Pass messages on to the server; answer discovery before an era is chosen, and lines that are no message."""
    is_open, takes_batches = True, False
    discovered: dict[str, Any] | None = None
    async with sending:
        async for item in reading:
            if isinstance(item, Exception):
                batch = messages_of(item) if takes_batches else ()
                for one in batch:
                    await sending.send(SessionMessage(one))
                if not batch:
                    await writing.send(SessionMessage(_unreadable(item)))
                continue
            message = item.message
            takes_batches = takes_batches or asks_for_batches(message)
            if is_open and isinstance(message, JSONRPCRequest):
                if _is_discovery(message):
                    discovered = discovered or await _discovery(server)
                    answer = JSONRPCResponse(jsonrpc="2.0", id=message.id, result=discovered)
                    await writing.send(SessionMessage(answer))
                    continue
                is_open = False
            await sending.send(item)


def _is_discovery(request: JSONRPCRequest) -> bool:
    meta = (request.params or {}).get("_meta")
    version = cast("dict[str, Any]", meta).get(PROTOCOL_VERSION_META_KEY) if isinstance(meta, dict) else None
    return request.method == "server/discover" and version in MODERN_PROTOCOL_VERSIONS


async def _discovery(server: Server[Any]) -> dict[str, Any]:
    """What the server says of itself to a modern host; asked once, when a host first wants it."""
    async with Client(server) as client:
        found = client.session.discover_result
    return found.model_dump(by_alias=True, mode="json", exclude_none=True) if found else {}


def _unreadable(exc: Exception) -> JSONRPCError:
    """Word the answer to a line that is no JSON, or JSON that is no message."""
    no_json = isinstance(exc, ValidationError) and exc.errors(include_input=False)[0]["type"] == _JSON_ERROR
    error = (
        ErrorData(
            code=PARSE_ERROR,
            message="Parse error: this line is no JSON in valid Unicode. Send one JSON-RPC message a line.",
        )
        if no_json
        else ErrorData(code=INVALID_REQUEST, message="This line is no JSON-RPC message. Send one message a line.")
    )
    return JSONRPCError(jsonrpc="2.0", id=_request_id(exc), error=error)


def _request_id(exc: Exception) -> int | str | None:
    """Find the id in a line that a laxer reader understands, so that the host's call gets its answer.

    A host that cuts an emoji in half writes such lines: its text holds one half of a surrogate pair.
    """
    line = exc.errors()[0]["input"] if isinstance(exc, ValidationError) else None
    try:
        message: object = json.loads(line) if isinstance(line, (str, bytes)) else None
    except (ValueError, RecursionError):
        return None
    found = cast("dict[str, object]", message).get("id") if isinstance(message, dict) else None
    return found if isinstance(found, (int, str)) and not isinstance(found, bool) else None


async def _leave_on_signal() -> None:
    """End the process when it is asked to; what it asked for goes on in the worker.

    The thread that reads stdin cannot be woken, so the interpreter would wait for it at an orderly end.
    """
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            os._exit(0)
