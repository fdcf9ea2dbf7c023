"""A session over stdio, spoken line by line, so that each server is asked alike and each byte of an answer counts."""

import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

LIMIT_SECONDS = 120
"""A session that takes longer is ended."""


class SilentError(Exception):
    """The server ended, was ended, or answered with an error of the protocol."""


class Talk:
    """A server's process and the session with it; ends both on leaving."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.began = time.perf_counter()
        self._said = folder / "stderr.txt"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment, cwd=folder
            )
        self._limit = threading.Timer(LIMIT_SECONDS, self.process.kill)
        self._asked = 0

    def __enter__(self) -> Self:
        """Open the session."""
        self._limit.start()
        client = {"name": "bench", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        self._say({"method": "notifications/initialized"})
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, by closing its input and by force if that does not do."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self._limit.cancel()

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], int]:
        """Return the result of a request, and the bytes of the line that it came in.

        Raises:
            SilentError: no result came.
        """
        self._asked += 1
        self._say({"id": self._asked, "method": method, "params": params or {}})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                answer = json.loads(line)
            except ValueError:  # something else than the protocol on stdout
                continue
            if answer.get("id") == self._asked and "method" not in answer:
                if "result" not in answer:
                    raise SilentError(str(answer.get("error")))
                return answer["result"], len(line)
        said = self._said.read_text(errors="replace").strip().splitlines() or ["nothing said"]
        raise SilentError(f"the server ended: {said[-1]}")

    def _say(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as exc:
            raise SilentError("the server ended before it was asked") from exc
