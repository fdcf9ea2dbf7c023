"""The gateway over HTTP: one POST, one whole raw answer in the spool. Nothing is retried and nothing decided here."""

import socket
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from pydantic import SecretStr

from darkroom import __version__
from darkroom.adapters.spool import Spooled, SpoolWriter
from darkroom.catalog.limits import (
    CHUNK_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    MAX_ANSWER_BYTES,
    MODELS_PATH,
    TAIL_STALL_SECONDS,
)
from darkroom.wire.answer import is_complete
from darkroom.wire.message import Part, WireRequest, WireResponse

Silence = Literal["never_left", "timeout", "disconnected"]
"""Why there is no answer: the request never left, none came in time, or the line broke."""

Piece: TypeAlias = bytes | httpx2.TransportError
"""A part of an answer as it comes, or what broke it off."""

KEEPALIVE_IDLE_SECONDS: Final = 30
"""A line is silent for minutes while a picture is made; probes keep routers from forgetting it."""

_NEVER_LEFT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


class NoAnswerError(Exception):
    """No whole answer came. `kind` says whether the request left: if it did, a charge is possible."""

    def __init__(self, kind: Silence, reason: str, seconds: float = 0) -> None:
        self.kind: Silence = kind
        self.reason = reason
        self.seconds = seconds
        super().__init__(reason)


class Gateway:
    """One gateway with one key. Make and use it on one event loop; close it at the end."""

    def __init__(self, base_url: str, key: SecretStr) -> None:
        self.base_url = base_url
        self._key = key
        # A connection that was kept could have been closed by the other side without our noticing; a request
        # on it would fail in a way that looks like a paid call. So each call has a line of its own.
        limits = httpx2.Limits(max_keepalive_connections=0, max_connections=None)
        self._client = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(
                limits=limits, proxy=_proxy(base_url), socket_options=_keepalive_options()
            ),
            headers={"User-Agent": f"darkroom/{__version__}"},
            follow_redirects=False,
        )

    async def send(
        self,
        request: WireRequest,
        spool: Path,
        *,
        timeout_seconds: float,
        on_first_byte: Callable[[], None] = lambda: None,
    ) -> Spooled:
        """POST `request` and keep the whole answer, whatever its status, in `spool`.

        Raises:
            NoAnswerError: If no whole answer came; unless its kind is `never_left`, it may have been billed.
        """
        timeout = httpx2.Timeout(
            connect=CONNECT_TIMEOUT_SECONDS, read=timeout_seconds, write=timeout_seconds, pool=None
        )
        try:
            async with AsyncExitStack() as stack:
                writer = stack.enter_context(SpoolWriter(spool))
                response = await stack.enter_async_context(
                    self._client.stream(
                        "POST",
                        f"{self.base_url}{request.path}",
                        headers={"Authorization": f"Bearer {self._key.get_secret_value()}"},
                        timeout=timeout,
                        json=None if request.json is None else dict(request.json),
                        data=dict(request.fields) or None,
                        files=[_file(part, stack) for part in request.parts] or None,
                    )
                )
                on_first_byte()
                writer.begin(response.status_code, _headers(response))
                await _receive(response, writer)
                return writer.finish()
        except _NEVER_LEFT as exc:
            raise NoAnswerError("never_left", _reason(exc)) from exc
        except httpx2.ReadTimeout as exc:
            raise NoAnswerError("timeout", _reason(exc), timeout_seconds) from exc
        except (httpx2.TransportError, httpx2.DecodingError) as exc:
            raise NoAnswerError("disconnected", _reason(exc)) from exc

    async def list_models(self) -> WireResponse:
        """Ask which models the key may call; costs nothing.

        Raises:
            NoAnswerError: If the gateway cannot be reached.
        """
        try:
            response = await self._client.get(
                f"{self.base_url}{MODELS_PATH}",
                headers={"Authorization": f"Bearer {self._key.get_secret_value()}"},
                timeout=CONNECT_TIMEOUT_SECONDS,
            )
        except httpx2.TransportError as exc:
            raise NoAnswerError("never_left", _reason(exc)) from exc
        return WireResponse(status=response.status_code, headers=_headers(response), body=response.content)

    async def close(self) -> None:
        """Close every line."""
        await self._client.aclose()


async def _receive(response: httpx2.Response, writer: SpoolWriter) -> None:
    """Write the body as it comes; accept a whole JSON whose end never comes.

    Raises:
        httpx2.TransportError: If it broke off, stopped for too long, or is too long.
    """
    send, receive = anyio.create_memory_object_stream[Piece](1)
    # Reading happens in a task of its own, since a read that is given up cannot be taken up again.
    broken: httpx2.TransportError | None = None
    async with anyio.create_task_group() as tasks, receive:
        tasks.start_soon(_pump, response.aiter_bytes(64 * 1024), send)
        broken = await _collect(receive, writer)
        tasks.cancel_scope.cancel()
    if broken is not None and not is_complete(writer.body()):
        raise broken


async def _collect(receive: MemoryObjectReceiveStream[Piece], writer: SpoolWriter) -> httpx2.TransportError | None:
    """Write pieces until the end; return what broke the answer off, if anything did."""
    silent_seconds = 0
    while True:
        piece: Piece | None = None
        with anyio.move_on_after(TAIL_STALL_SECONDS) as waiting:
            piece = await _next(receive)
        if waiting.cancelled_caught:
            silent_seconds += TAIL_STALL_SECONDS
            if silent_seconds >= CHUNK_TIMEOUT_SECONDS or is_complete(writer.body()):
                return httpx2.ReadError(f"the answer stopped for {silent_seconds} s")
        elif not isinstance(piece, bytes):
            return piece
        else:
            silent_seconds = 0
            writer.write(piece)
            if writer.bytes_written > MAX_ANSWER_BYTES:
                return httpx2.ReadError(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")


async def _pump(chunks: AsyncIterator[bytes], send: MemoryObjectSendStream[Piece]) -> None:
    async with send:
        try:
            async for chunk in chunks:
                await send.send(chunk)
        except httpx2.TransportError as exc:
            await send.send(exc)


async def _next(receive: MemoryObjectReceiveStream[Piece]) -> Piece | None:
    try:
        return await receive.receive()
    except anyio.EndOfStream:
        return None


def _file(part: Part, stack: AsyncExitStack) -> tuple[str, tuple[str, BinaryIO, str]]:
    file = stack.enter_context(open(part.path, "rb"))  # noqa: PTH123, SIM115 - the stack closes it
    return part.field, (part.filename, file, part.content_type)


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _reason(exc: Exception) -> str:
    return " ".join(f"{type(exc).__name__}: {exc}".split())[:300]


def _proxy(base_url: str) -> str | None:
    """Return the proxy that the environment names for the gateway, as other programs read it."""
    parts = urlsplit(base_url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _keepalive_options() -> Sequence[tuple[int, int, int]]:
    intervals = [name for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL") if hasattr(socket, name)]
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *((socket.IPPROTO_TCP, getattr(socket, name), KEEPALIVE_IDLE_SECONDS) for name in intervals),
    ]
