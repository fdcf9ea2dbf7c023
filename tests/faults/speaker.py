"""A host that speaks to a real `darkroom serve` over stdio, and can hang up or kill it at any moment."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import psutil
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

PROTOCOL = "2025-06-18"


class GoneError(Exception):
    """The server ended before it answered."""


class Speaker:
    """One server process and what was asked of it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._answers: dict[int, dict[str, Any]] = {}
        self._news = anyio.Event()
        self._gone = False
        self._asked = 0

    async def request(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one request and return its result.

        Raises:
            GoneError: If the server ended first.
        """
        self._asked += 1
        number = self._asked
        await self._say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while number not in self._answers:
            if self._gone:
                raise GoneError
            await self._news.wait()
        answer = self._answers[number]
        if "result" not in answer:
            raise GoneError(str(answer["error"]))  # the server ends, and says so to whoever still waits
        return answer["result"]

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its structure."""
        return (await self.request("tools/call", name=tool, arguments=arguments))["structuredContent"]

    async def hang_up(self) -> None:
        """Close stdin, as a host does that ends, and let the server go."""
        if self.process.stdin is not None:
            await self.process.stdin.aclose()

    def kill(self) -> None:
        """End the server without a word, if it still runs."""
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self.process.pid).kill()  # asyncio's own way takes the exit status from its watcher

    async def listen(self) -> None:
        """Read answers until the server ends."""
        assert self.process.stdout is not None
        rest = ""
        async for text in TextReceiveStream(self.process.stdout):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                message: dict[str, Any] = json.loads(line)
                if "id" in message and "method" not in message:
                    self._answers[message["id"]] = message
            self._tell()
        self._gone = True
        self._tell()

    async def greet(self) -> None:
        """Shake hands."""
        info = {"name": "a-host-of-the-tests", "version": "1"}
        await self.request("initialize", protocolVersion=PROTOCOL, capabilities={}, clientInfo=info)
        await self._say({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _tell(self) -> None:
        news, self._news = self._news, anyio.Event()
        news.set()

    async def _say(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            await self.process.stdin.send(json.dumps(message).encode() + b"\n")
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as exc:
            raise GoneError from exc


@asynccontextmanager
async def speaking(environment: Mapping[str, str]) -> AsyncGenerator[Speaker]:
    """Start a server and shake hands; it is gone at the end, its worker is not."""
    command = [sys.executable, "-m", "darkroom", "serve"]
    process = await anyio.open_process(command, env=dict(environment), stderr=subprocess.DEVNULL)
    speaker = Speaker(process)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speaker.listen)
            await speaker.greet()
            yield speaker
            tasks.cancel_scope.cancel()
    finally:
        speaker.kill()
        with anyio.CancelScope(shield=True):
            await process.wait()
            await process.aclose()
