"""A host on raw pipes: it writes lines and reads lines, so that nothing of an SDK smooths over what is really said."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from types import TracebackType
from typing import Any, Self

MODERN = "2026-07-28"
HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
Message = dict[str, Any]

TASKS: Message = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


class Pipe:
    """One server process with its standard streams; `said` holds every line that it wrote."""

    def __init__(self, environment: Mapping[str, str], capabilities: Message | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "darkroom", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
        )
        self._ids = count(1)
        self._capabilities = capabilities or {}
        self.is_modern = True
        self.said: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def meta(self) -> Message:
        """What each request of the newest era carries."""
        return {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "a-pipe", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": self._capabilities,
        }

    def initialize(self, version: str) -> Message:
        """Shake hands in an older era; return the server's answer."""
        self.is_modern = False
        info = {"name": "a-pipe", "version": "1"}
        answer = self.ask(
            "initialize", {"protocolVersion": version, "capabilities": self._capabilities, "clientInfo": info}
        )
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer["result"]

    def ask(self, method: str, params: Message | None = None) -> Message:
        """Send a request and return the answer to it, error or result."""
        asked = self.begin(method, params)
        return self.answer_to(asked)

    def call(self, tool: str, **arguments: Any) -> Message:
        """Call a tool and return its result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]

    def begin(self, method: str, params: Message | None = None) -> int:
        """Send a request without waiting; return its id."""
        params = dict(params or {})
        if self.is_modern:
            params["_meta"] = {**self.meta, **params.get("_meta", {})}
        asked = next(self._ids)
        self.write({"jsonrpc": "2.0", "id": asked, "method": method, "params": params})
        return asked

    def answer_to(self, asked: int | None) -> Message:
        """Read until the answer to a request comes."""
        while True:
            message = self.read()
            if message.get("id") == asked and "method" not in message:
                return message

    def until(self, method: str) -> Message:
        """Read until a message of this method comes."""
        while True:
            message = self.read()
            if message.get("method") == method:
                return message

    def write(self, message: Message | bytes) -> None:
        """Write one line."""
        assert self._process.stdin is not None
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def read(self) -> Message:
        """Read one line, which must be one JSON-RPC message."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the server hung up"
        message: Message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        self.said.append(message)
        return message

    def hang_up(self) -> tuple[int, str]:
        """Close stdin; return the exit status and what was said on stderr. Nothing more may be on stdout."""
        out, err = self._process.communicate(timeout=15)
        for line in out.splitlines():
            assert json.loads(line)["jsonrpc"] == "2.0"
        return self._process.returncode, err.decode()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit status."""
        self._process.send_signal(number)
        return self._process.wait(15)
