"""The gateway over HTTP: one POST, one whole raw answer in the spool. Nothing is retried and nothing decided here."""

import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio import to_thread
from pydantic import SecretStr

from darkroom import __version__
from darkroom.adapters.scrubbing import Scrubber
from darkroom.adapters.spool import Spooled, SpoolWriter
from darkroom.catalog.limits import (
    CHUNK_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    MAX_ANSWER_BYTES,
    MODELS_PATH,
    TAIL_STALL_SECONDS,
    TRANSFER_TIMEOUT_SECONDS,
)
from darkroom.wire.answer import is_complete
from darkroom.wire.folding import fold
from darkroom.wire.message import Part, WireRequest, WireResponse

Silence = Literal["never_left", "timeout", "disconnected"]
"""Why there is no answer: the request never left, none came in time, or the line broke."""

KEEPALIVE_IDLE_SECONDS: Final = 30
"""A line is silent for minutes while a picture is made; probes keep routers from forgetting it."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""This machine, where the sandbox listens; a proxy elsewhere would look for it on its own."""

_NEVER_LEFT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


_BROKEN: Final = (httpx2.TransportError, httpx2.DecodingError)


class NoAnswerError(Exception):
    """No whole answer came. `kind` says whether the request left: if it did, a charge is possible."""

    def __init__(self, kind: Silence, reason: str, seconds: float = 0) -> None:
        self.kind: Silence = kind
        self.reason = reason
        self.seconds = seconds
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each phase of a call may take, but for the wait for the first byte, which each call brings."""

    connect_seconds: float = CONNECT_TIMEOUT_SECONDS
    chunk_seconds: float = CHUNK_TIMEOUT_SECONDS
    tail_seconds: float = TAIL_STALL_SECONDS
    transfer_seconds: float = TRANSFER_TIMEOUT_SECONDS


class Gateway:
    """One gateway with one key. Make and use it on one event loop; close it at the end."""

    def __init__(self, base_url: str, key: SecretStr, *, patience: Patience | None = None) -> None:
        self.base_url = base_url
        self._key = key
        self._patience = patience or Patience()
        # A connection that was kept could have been closed by the other side without our noticing; a request
        # on it would fail in a way that looks like a paid call. So each call has a line of its own.
        limits = httpx2.Limits(max_keepalive_connections=0, max_connections=None)
        self._client = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(
                limits=limits, proxy=_proxy(base_url), socket_options=_keepalive_options()
            ),
            # Uncompressed, since a compressed answer that stalls cannot be told to be whole.
            headers={"User-Agent": f"darkroom/{__version__}", "Accept-Encoding": "identity"},
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
        """POST `request` and keep the whole answer, whatever its status, in `spool`; without the key if it echoes it.

        Raises:
            NoAnswerError: If no whole answer came; unless its kind is `never_left`, it may have been billed.
            OSError: If an answer came that the spool could not keep; it may have been billed.
        """
        timeout = httpx2.Timeout(
            connect=self._patience.connect_seconds, read=timeout_seconds, write=timeout_seconds, pool=None
        )
        until = time.monotonic() + timeout_seconds + self._patience.transfer_seconds
        scrubber = Scrubber([self._key.get_secret_value()])
        try:
            async with AsyncExitStack() as stack:
                writer, files = _opened(spool, request, stack)
                # Each wait for a byte is bounded by httpx; headers that come one by one could go on for ever.
                response: httpx2.Response | None = None
                with anyio.move_on_after(until - time.monotonic()):
                    response = await stack.enter_async_context(
                        self._client.stream(
                            "POST",
                            f"{self.base_url}{request.path}",
                            headers={"Authorization": f"Bearer {self._key.get_secret_value()}"},
                            timeout=timeout,
                            json=None if request.json is None else dict(request.json),
                            data=dict(request.fields) or None,
                            files=files or None,
                        )
                    )
                if response is None:
                    raise httpx2.ReadTimeout("the answer's headers did not come to an end")
                on_first_byte()
                writer.begin(
                    response.status_code, {name: scrubber.text(value) for name, value in _headers(response).items()}
                )
                await _Reception(writer, scrubber, self._patience, until).receive(response)
                return await to_thread.run_sync(writer.finish)
        except _NEVER_LEFT as exc:
            raise NoAnswerError("never_left", _reason(exc)) from exc
        except httpx2.ReadTimeout as exc:
            raise NoAnswerError("timeout", _reason(exc), timeout_seconds) from exc
        except _BROKEN as exc:
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


class _Reception:
    """The body of one answer on its way to the spool."""

    def __init__(self, writer: SpoolWriter, scrubber: Scrubber, patience: Patience, until: float) -> None:
        self._writer = writer
        self._scrubber = scrubber
        self._patience = patience
        self._until = until

    async def receive(self, response: httpx2.Response) -> None:
        """Write the body as it comes; accept a whole JSON whose end never comes.

        Raises:
            httpx2.TransportError: If it broke off, stopped or went on for too long, or is too long.
            OSError: If the disk does not take it.
        """
        broken: httpx2.RequestError | None = None
        try:
            # In pieces as they come: pieces of a fixed size would hold back the last one until the end.
            await self._collect(response.aiter_bytes(), _length(response))
        except _BROKEN as exc:
            broken = exc
        self._writer.write(self._scrubber.flush())
        if broken is not None and not await to_thread.run_sync(self._is_whole):
            raise broken

    async def _collect(self, pieces: AsyncIterator[bytes], expected_bytes: int) -> None:
        """Write pieces until the end.

        Raises:
            httpx2.TransportError: If the end does not come.
        """
        may_be_whole = False
        while (piece := await self._next(pieces, may_be_whole=may_be_whole)) is not None:
            self._writer.write(self._scrubber.feed(piece))
            if self._writer.bytes_written > MAX_ANSWER_BYTES:
                raise httpx2.ReadError(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > self._until:
                raise httpx2.ReadError("the answer had begun, but was not whole in time")
            # Of an answer that says its length, the end comes at once.
            ends_like_json = piece.rstrip()[-1:] in (b"", b"}", b"]")
            may_be_whole = ends_like_json and self._writer.bytes_written != expected_bytes

    async def _next(self, pieces: AsyncIterator[bytes], *, may_be_whole: bool) -> bytes | None:
        """Return the next piece, or None at the end; if the JSON is whole, wait for the end a short time only."""
        patience_seconds = self._patience.chunk_seconds
        piece: bytes | httpx2.RequestError | None = b""
        with anyio.move_on_after(patience_seconds) as waiting:
            if not may_be_whole:
                piece = await anext(pieces, None)
            else:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._give_up_if_whole, waiting)
                    try:
                        piece = await anext(pieces, None)
                    except _BROKEN as exc:
                        piece = exc  # raised outside, since the group would wrap it
                    tasks.cancel_scope.cancel()
        if waiting.cancelled_caught:
            raise httpx2.ReadError(f"the answer stopped for up to {patience_seconds:g} s")
        if isinstance(piece, httpx2.RequestError):
            raise piece
        return piece

    async def _give_up_if_whole(self, waiting: anyio.CancelScope) -> None:
        await anyio.sleep(self._patience.tail_seconds)
        if await to_thread.run_sync(self._is_whole):
            waiting.cancel()

    def _is_whole(self) -> bool:
        """Whether the JSON is whole although the answer has not ended."""
        return is_complete(fold(self._writer.read_at))


def _opened(
    spool: Path, request: WireRequest, stack: AsyncExitStack
) -> tuple[SpoolWriter, list[tuple[str, tuple[str, BinaryIO, str]]]]:
    """Open every file that a call needs, before anything leaves."""
    try:
        return stack.enter_context(SpoolWriter(spool)), [_file(part, stack) for part in request.parts]
    except OSError as exc:
        raise NoAnswerError("never_left", _reason(exc)) from exc


def _file(part: Part, stack: AsyncExitStack) -> tuple[str, tuple[str, BinaryIO, str]]:
    file = stack.enter_context(open(part.path, "rb"))  # noqa: PTH123, SIM115 - the stack closes it
    return part.field, (part.filename, file, part.content_type)


def _length(response: httpx2.Response) -> int:
    """Return how long the body says it is, in bytes; -1 if it does not say."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isdecimal() else -1


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _reason(exc: Exception) -> str:
    return " ".join(f"{type(exc).__name__}: {exc}".split())[:300]


def _proxy(base_url: str) -> str | None:
    """Return the proxy that the environment names for the gateway, as other programs read it."""
    parts = urlsplit(base_url)
    if not parts.hostname or parts.hostname in _LOOPBACK or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _keepalive_options() -> Sequence[tuple[int, int, int]]:
    intervals = [name for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL") if hasattr(socket, name)]
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *((socket.IPPROTO_TCP, getattr(socket, name), KEEPALIVE_IDLE_SECONDS) for name in intervals),
    ]
