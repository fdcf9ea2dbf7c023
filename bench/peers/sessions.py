"""The gateway's process, and a session with a server in a folder of its own."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
from servers import Server
from talking import Talk

sys.path.insert(0, str(Path(__file__).parents[1]))
from hosts import end_worker, environment, worker_of

GATEWAY_SECONDS = 0.3
LARGE_BYTES = 24_000_000
ASK_AGAIN_SECONDS = 0.01


class Gateway:
    """The gateway, as the measurements see it."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.base_url = f"{origin}/v1"

    def answer_with(self, name: str) -> None:
        """Change the answer and begin to count anew."""
        httpx2.get(f"{self.origin}/answer/{name}").raise_for_status()

    def seen(self) -> dict[str, Any]:
        """Return what was counted since."""
        return httpx2.get(f"{self.origin}/seen").json()


@contextmanager
def gateway() -> Generator[Gateway]:
    """Run the gateway in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent / "answering.py"), str(GATEWAY_SECONDS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Gateway(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Outcome:
    """What one call came to."""

    seconds: float
    result_bytes: int
    """Of the lines that the agent needs to know of the picture: the call's, and the last one of the asking."""
    is_made: bool
    said: str


@dataclass(frozen=True)
class Session:
    """An open session."""

    server: Server
    talk: Talk
    env: dict[str, str]
    folder: Path

    def generate(self, number: int) -> Outcome:
        """Ask for one picture and wait until it is made or has failed."""
        began = time.perf_counter()
        result, size = self._call("generate_image", {"prompt": f"benchmark {number}", **self.server.arguments})
        is_made = not result.get("isError")
        if is_made and self.server.status is not None:
            result, more, is_made = self._asked_until_done(result)
            size += more
        return Outcome(time.perf_counter() - began, size, is_made, _text(result))

    def _asked_until_done(self, first: dict[str, Any]) -> tuple[dict[str, Any], int, bool]:
        status = self.server.status
        assert status is not None
        known = {status.argument: json.loads(_text(first))[status.argument]}
        while True:
            result, size = self._call(status.tool, known)
            state = json.loads(_text(result))["status"]
            if state != status.working:
                return result, size, state == "completed"
            time.sleep(ASK_AGAIN_SECONDS)

    def _call(self, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], int]:
        return self.talk.ask("tools/call", {"name": tool, "arguments": arguments})

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return the processes that do the work, by what they are."""
        server = psutil.Process(self.talk.process.pid)
        tree = [server, *server.children(recursive=True)]
        if not self.server.has_worker:
            return {"server": tree}
        worker = worker_of(self.env)
        working = [worker, *worker.children(recursive=True)]
        return {"front": [process for process in tree if process not in working], "worker": working}

    def has_saved_large(self) -> bool:
        """Whether a picture of 25 MB lies in the folder."""
        return any(path.stat().st_size > LARGE_BYTES for path in self.folder.rglob("*.png"))


@contextmanager
def session(server: Server, command: Sequence[str], base_url: str) -> Generator[Session]:
    """Open a session with a server that has made nothing before; end all its processes afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-peers-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = {key: text.format(folder=folder, base_url=base_url) for key, text in server.settings.items()}
        env = environment(folder, base_url, **settings)
        try:
            with Talk(command, env, folder) as talk:
                yield Session(server, talk, env, folder)
        finally:
            if server.has_worker:
                with suppress(AssertionError):  # it made nothing, so there is none
                    end_worker(env)


def _text(result: dict[str, Any]) -> str:
    return next((block["text"] for block in result["content"] if block["type"] == "text"), "")
