"""How an answer reaches the client: whole, slowly, in part, or not at all."""

import socket
import struct
from asyncio.trsock import TransportSocket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

import anyio
from starlette.types import Scope, Send

TRANSPORT: Final = "darkroom.transport"
"""Key of the scope's extensions under which the server hands over the connection."""


class Transport(Protocol):
    """The part of an asyncio transport that ends a connection."""

    def close(self) -> None:
        """Close after what is buffered has been written."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...

    def get_extra_info(self, name: str) -> object:
        """Return the `socket` below."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer, ready to go."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"


class Line:
    """The connection to one client."""

    def __init__(self, scope: Scope, send: Send, gone: anyio.Event) -> None:
        self._send = send
        self._gone = gone
        self._closed_here = False
        extensions = cast("dict[str, object]", scope.get("extensions") or {})
        self._transport = cast("Transport | None", extensions.get(TRANSPORT))

    @property
    def gone(self) -> bool:
        """Whether the client has hung up, rather than been hung up on."""
        return self._gone.is_set() and not self._closed_here

    async def deliver(self, reply: Reply, triggers: Mapping[str, str]) -> None:
        """Send `reply`, in the way that the first trigger of the table of ways asks for."""
        for name, way in _WAYS.items():
            if name in triggers:
                await way(self, reply)
                return
        await self.whole(reply)

    async def whole(self, reply: Reply) -> None:
        """Send everything."""
        await self._begin(reply, length=len(reply.body))
        await self._send({"type": "http.response.body", "body": reply.body})

    def abort(self) -> None:
        """Reset the connection and do not wait."""
        self._closed_here = not self._gone.is_set()
        if self._transport is not None:
            _send_nothing_more(self._transport)
            self._transport.abort()

    async def close(self) -> None:
        """Close the connection as it is, and wait until it is closed."""
        self._closed_here = not self._gone.is_set()
        if self._transport is not None:
            self._transport.close()
        await self._gone.wait()

    async def reset(self, _: Reply | None = None) -> None:
        """Reset the connection without a word."""
        self.abort()
        await self._gone.wait()

    async def drop(self, _: Reply) -> None:
        """Close without a byte."""
        await self.close()

    async def drop_mid_body(self, reply: Reply) -> None:
        """Send half of the body, then close."""
        await self._half(reply)
        await self.close()

    async def stall_mid_body(self, reply: Reply) -> None:
        """Send half of the body, then nothing until the client leaves."""
        await self._half(reply)
        await self.silence()

    async def tail_stall(self, reply: Reply) -> None:
        """Send the whole body in chunks without the end, then nothing until the client leaves."""
        await self._begin(reply, length=None)
        await self._send({"type": "http.response.body", "body": reply.body, "more_body": True})
        await self.silence()

    async def silence(self, _: Reply | None = None) -> None:
        """Say nothing until the client leaves."""
        await self._gone.wait()
        await self.close()

    async def _half(self, reply: Reply) -> None:
        await self._begin(reply, length=len(reply.body))
        half = reply.body[: len(reply.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})

    async def _begin(self, reply: Reply, *, length: int | None) -> None:
        headers = {"content-type": reply.content_type, **reply.headers}
        if length is not None:
            headers["content-length"] = str(length)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": raw})


def _send_nothing_more(transport: Transport) -> None:
    """Make the close that follows a reset: without a time to linger, the peer gets RST instead of FIN."""
    wire = transport.get_extra_info("socket")
    if isinstance(wire, TransportSocket) and wire.fileno() >= 0:  # the client may have hung up already
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_WAYS: Final = {
    "drop": Line.drop,
    "reset": Line.reset,
    "drop-mid-body": Line.drop_mid_body,
    "stall-mid-body": Line.stall_mid_body,
    "tail-stall": Line.tail_stall,
    "hang": Line.silence,
}
"""Triggers of the stage `delivery` that act on the finished answer."""
