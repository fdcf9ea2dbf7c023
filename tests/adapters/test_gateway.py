"""The gateway's line, phase by phase, against a server that does exactly what a test says: what never left is told
apart from what may have been billed, a whole answer counts though its line never ends, and no key reaches the disk."""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
import psutil
import pytest
from pydantic import SecretStr

from darkroom.adapters.gateway import Gateway, NoAnswerError, Patience, Silence
from darkroom.catalog.limits import (
    CHUNK_TIMEOUT_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    TAIL_STALL_SECONDS,
    TRANSFER_TIMEOUT_SECONDS,
)
from darkroom.wire.message import Part, WireRequest

pytestmark = pytest.mark.anyio

KEY: Final = "sk-test-gateway-0123456789"
ASKED: Final = WireRequest(path="/images/generations", json={"model": "gpt-image-2-all", "prompt": "a fox"})
ANSWER: Final = json.dumps({"created": 1, "data": [{"b64_json": "iVBORw0KGgo" + "A" * 5000}]}).encode()
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: req-1\r\n"
QUICK: Final = Patience(connect_seconds=2, chunk_seconds=0.4, tail_seconds=0.1, transfer_seconds=30)

Deed = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What the server does once it has the whole request."""


class Server:
    """A server on a loopback port that does one deed for each request."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed
        self.heard: list[bytes] = []
        self.url = ""
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and do the deed."""
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].partition(b":")[2])) if lengths else b""
        self.heard.append(head + body)
        with contextlib.suppress(ConnectionError):
            await self._deed(writer)
        writer.close()

    async def end(self) -> None:
        """End every connection."""
        for writer, task in self._open.items():
            writer.close()
            task.cancel()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        await asyncio.gather(*self._open.values(), return_exceptions=True)


@asynccontextmanager
async def serving(deed: Deed) -> AsyncGenerator[Server]:
    server = Server(deed)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
        await server.end()


@asynccontextmanager
async def opened(url: str, patience: Patience = QUICK) -> AsyncGenerator[Gateway]:
    gateway = Gateway(url, SecretStr(KEY), patience=patience)
    try:
        yield gateway
    finally:
        await gateway.close()


def said(*pieces: bytes, length: int | None = None, pause: float = 0) -> Deed:
    """Answer with `pieces`, `pause` seconds apart; without a `length` the answer is chunked and never ends."""

    async def deed(writer: asyncio.StreamWriter) -> None:
        chunked = length is None
        writer.write(
            HEAD + (b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % length) + b"\r\n\r\n"
        )
        for piece in pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if chunked:
            await silence(writer)

    return deed


async def silence(writer: asyncio.StreamWriter) -> None:
    while not writer.transport.is_closing():  # noqa: ASYNC110 - the transport has no event for it
        await asyncio.sleep(0.02)


async def hangs_up(_: asyncio.StreamWriter) -> None:
    """Close without a byte."""


async def drips(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def outcome(
    deed: Deed, folder: Path, *, timeout_seconds: float = 5, patience: Patience = QUICK
) -> tuple[Silence | bytes, list[str]]:
    """Send one request; return the answer's body or why there is none, and the files in the spool."""
    async with serving(deed) as server, opened(server.url, patience) as gateway:
        with anyio.fail_after(20):
            try:
                spooled = await gateway.send(ASKED, folder / "call.1.answer", timeout_seconds=timeout_seconds)
            except NoAnswerError as exc:
                result: Silence | bytes = exc.kind
            else:
                result = spooled.body()
        assert len(server.heard) == 1
    return result, [path.name async for path in anyio.Path(folder).iterdir()]


async def test_a_whole_answer_is_kept_with_its_status_and_headers(tmp_path: Path) -> None:
    async with serving(said(ANSWER, length=len(ANSWER))) as server, opened(server.url) as gateway:
        first: list[str] = []
        spooled = await gateway.send(
            ASKED, tmp_path / "one.answer", timeout_seconds=5, on_first_byte=lambda: first.append("byte")
        )
    assert (spooled.status, spooled.headers["x-request-id"], spooled.body(), first) == (200, "req-1", ANSWER, ["byte"])
    assert b"Bearer " + KEY.encode() in server.heard[0]


async def test_a_whole_answer_without_an_end_is_accepted_after_the_tail_stall(tmp_path: Path) -> None:
    assert await outcome(said(ANSWER), tmp_path) == (ANSWER, ["call.1.answer"])


async def test_a_whole_answer_counts_however_small_the_pieces_it_comes_in(tmp_path: Path) -> None:
    pieces = [ANSWER[start : start + 700] for start in range(0, len(ANSWER), 700)]
    assert await outcome(said(*pieces, pause=0.01), tmp_path) == (ANSWER, ["call.1.answer"])


async def test_a_whole_answer_that_is_cut_off_before_its_promised_length_counts(tmp_path: Path) -> None:
    assert await outcome(said(ANSWER, length=len(ANSWER) + 2), tmp_path) == (ANSWER, ["call.1.answer"])


async def test_a_line_that_falls_silent_in_the_middle_is_given_up_and_may_have_been_billed(tmp_path: Path) -> None:
    assert await outcome(said(ANSWER[:3000]), tmp_path) == ("disconnected", ["call.1.answer.part"])


async def test_pauses_shorter_than_the_longest_silence_do_no_harm(tmp_path: Path) -> None:
    deed = said(ANSWER[:2000], ANSWER[2000:], length=len(ANSWER), pause=0.2)
    assert await outcome(deed, tmp_path) == (ANSWER, ["call.1.answer"])


async def test_a_piece_that_ends_like_a_whole_answer_gets_the_time_of_any_other(tmp_path: Path) -> None:
    first, rest = ANSWER[:-1], b', "usage": {"output_tokens": 196}}'
    assert first.endswith(b"}]")
    deed = said(first, rest, length=len(first + rest), pause=0.2)
    assert await outcome(deed, tmp_path) == (first + rest, ["call.1.answer"])


async def test_a_line_that_breaks_in_the_middle_may_have_been_billed(tmp_path: Path) -> None:
    deed = said(ANSWER[:3000], length=len(ANSWER))
    assert await outcome(deed, tmp_path) == ("disconnected", ["call.1.answer.part"])


async def test_a_line_that_closes_without_a_byte_may_have_been_billed(tmp_path: Path) -> None:
    assert (await outcome(hangs_up, tmp_path))[0] == "disconnected"


async def test_no_first_byte_in_time_may_have_been_billed(tmp_path: Path) -> None:
    assert (await outcome(silence, tmp_path, timeout_seconds=0.3))[0] == "timeout"


async def test_a_late_first_byte_within_the_time_is_an_answer(tmp_path: Path) -> None:
    async def late(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.8)  # longer than any silence that is allowed once the answer has begun
        await said(ANSWER, length=len(ANSWER))(writer)

    assert (await outcome(late, tmp_path))[0] == ANSWER


async def test_an_answer_that_drips_for_ever_is_given_up(tmp_path: Path) -> None:
    patience = Patience(chunk_seconds=0.4, tail_seconds=0.1, transfer_seconds=0.1)
    assert (await outcome(drips, tmp_path, timeout_seconds=0.3, patience=patience))[0] == "disconnected"


@pytest.mark.parametrize("line", [b"X-Filler: more\r\n", b""], ids=["headers", "interim answers"])
async def test_headers_that_never_end_are_given_up_and_may_have_been_billed(tmp_path: Path, line: bytes) -> None:
    async def goes_on(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" if line else b"")
        while True:
            writer.write(line or b"HTTP/1.1 102 Processing\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.2)

    patience = replace(QUICK, transfer_seconds=0.5)
    assert (await outcome(goes_on, tmp_path, timeout_seconds=0.5, patience=patience))[0] == "timeout"


async def test_what_is_no_http_may_have_been_billed(tmp_path: Path) -> None:
    async def gibberish(writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x01 this is no answer\r\n\r\n")

    assert (await outcome(gibberish, tmp_path))[0] == "disconnected"


async def test_a_refused_connection_never_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with opened(f"http://127.0.0.1:{port}/v1") as gateway:
        with pytest.raises(NoAnswerError) as caught:
            await gateway.send(ASKED, tmp_path / "one.answer", timeout_seconds=5)
    assert caught.value.kind == "never_left"


async def test_a_host_that_does_not_take_the_connection_never_left(tmp_path: Path) -> None:
    with socket.socket() as full, contextlib.ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # fill the queue of connections that nobody takes
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        async with opened(f"http://127.0.0.1:{full.getsockname()[1]}/v1", Patience(connect_seconds=0.3)) as gateway:
            with pytest.raises(NoAnswerError) as caught:
                await gateway.send(ASKED, tmp_path / "one.answer", timeout_seconds=5)
    assert caught.value.kind == "never_left"


async def test_a_redirect_is_not_followed_so_that_the_key_goes_nowhere_else(tmp_path: Path) -> None:
    async with serving(hangs_up) as elsewhere:

        async def redirect(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 307 Go\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % elsewhere.url.encode())

        async with serving(redirect) as server, opened(server.url) as gateway:
            spooled = await gateway.send(ASKED, tmp_path / "one.answer", timeout_seconds=5)
        assert (spooled.status, elsewhere.heard) == (307, [])


async def test_inputs_go_as_a_form_with_their_types(tmp_path: Path) -> None:
    picture = tmp_path / "image-1.png"
    picture.write_bytes(b"\x89PNG bytes")
    request = WireRequest(
        path="/images/edits",
        fields={"model": "gpt-image-2", "prompt": "bluer"},
        parts=(Part(field="image[]", filename="image-1.png", content_type="image/png", path=str(picture)),),
    )
    async with serving(said(ANSWER, length=len(ANSWER))) as server, opened(server.url) as gateway:
        await gateway.send(request, tmp_path / "one.answer", timeout_seconds=5)
    assert b'name="image[]"; filename="image-1.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG bytes' in server.heard[0]


@pytest.mark.parametrize("cut", range(1, len(KEY), 5))
async def test_a_key_that_an_answer_echoes_is_not_on_disk_wherever_its_pieces_end(tmp_path: Path, cut: int) -> None:
    before, after = KEY[:cut].encode(), KEY[cut:].encode()
    body = b'{"error":{"message":"Bearer ' + KEY.encode() + b' is odd, sk-test-gate is not"}}'
    start = body.index(KEY.encode()) + cut
    await outcome(said(body[:start], body[start:], length=len(body), pause=0.05), tmp_path)
    kept = (tmp_path / "call.1.answer").read_bytes()
    assert kept.endswith(b'{"error":{"message":"Bearer [key] is odd, sk-test-gate is not"}}')
    assert before + after not in kept


async def test_a_key_in_a_header_or_in_an_answer_cut_off_is_not_on_disk(tmp_path: Path) -> None:
    async def echo(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + f"X-Echo: Bearer {KEY}\r\nContent-Length: 999\r\n\r\n".encode())
        writer.write(f'{{"key": "{KEY}", "half": "{KEY[:12]}'.encode())
        await writer.drain()

    assert await outcome(echo, tmp_path) == ("disconnected", ["call.1.answer.part"])
    kept = (tmp_path / "call.1.answer.part").read_text()
    assert (KEY in kept, kept.count("[key]")) == (False, 2)


async def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(said(ANSWER, length=len(ANSWER))) as proxy, serving(hangs_up) as here:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "inside.test")
        async with opened("http://gateway.test/v1") as gateway:
            await gateway.send(ASKED, tmp_path / "one.answer", timeout_seconds=5)
        assert proxy.heard[0].startswith(b"POST http://gateway.test/v1/images/generations ")
        async with opened(here.url) as gateway:
            with pytest.raises(NoAnswerError):
                await gateway.send(ASKED, tmp_path / "two.answer", timeout_seconds=5)
        assert (len(proxy.heard), len(here.heard)) == (1, 1)


async def test_long_silent_lines_are_kept_alive_by_probes(tmp_path: Path) -> None:
    found: list[int] = []
    async with serving(said(ANSWER, length=len(ANSWER))) as server, opened(server.url) as gateway:

        def look() -> None:
            port = int(server.url.removesuffix("/v1").rpartition(":")[2])
            ours = [line.fd for line in psutil.Process().net_connections() if line.raddr and line.raddr.port == port]
            for descriptor in ours:
                with socket.socket(fileno=os.dup(descriptor)) as line:
                    found.append(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

        await gateway.send(ASKED, tmp_path / "one.answer", timeout_seconds=5, on_first_byte=look)
    assert found == [1]


async def test_each_call_has_a_line_of_its_own(tmp_path: Path) -> None:
    connections: set[object] = set()

    async def remember(writer: asyncio.StreamWriter) -> None:
        connections.add(writer.get_extra_info("peername"))
        await said(ANSWER, length=len(ANSWER))(writer)

    async with serving(remember) as server, opened(server.url) as gateway:
        for number in range(3):
            await gateway.send(ASKED, tmp_path / f"{number}.answer", timeout_seconds=5)
    assert len(connections) == 3


async def test_a_free_question_about_models_tells_an_unreachable_gateway(tmp_path: Path) -> None:
    async with serving(said(b"{}", length=2)) as server, opened(server.url) as gateway:
        assert (await gateway.list_models()).status == 200
    async with opened(server.url) as gateway:
        with pytest.raises(NoAnswerError):
            await gateway.list_models()


def test_the_waits_of_the_pages_hold_outside_tests() -> None:
    patience = Patience()
    assert (patience.connect_seconds, patience.chunk_seconds) == (CONNECT_TIMEOUT_SECONDS, CHUNK_TIMEOUT_SECONDS)
    assert (patience.tail_seconds, patience.transfer_seconds) == (TAIL_STALL_SECONDS, TRANSFER_TIMEOUT_SECONDS)
    assert (CONNECT_TIMEOUT_SECONDS, TAIL_STALL_SECONDS, CHUNK_TIMEOUT_SECONDS) == (10, 5, 30)
