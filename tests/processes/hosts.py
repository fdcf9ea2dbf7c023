"""Hosts, fronts and workers as real processes, and a look at what they leave behind."""

import contextlib
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import psutil
import sqlalchemy as sa
from anyio import to_thread
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult

from darkroom.adapters.database import fact, open_database
from darkroom.adapters.engine import Enqueuer, queue_name
from darkroom.adapters.journal import Journal
from darkroom.core.check import check_arguments
from darkroom.core.records import Job
from darkroom.sandbox.server import Running
from darkroom.service.address import gateway_address
from darkroom.service.orders import build_order
from darkroom.settings import read_settings

SMALL = {"gpt-image-2": {"size": "832x832", "quality": "low"}}
"""Model and settings whose pictures are drawn quickest."""

PATIENCE_SECONDS = 60.0
"""Bound on every wait for something that must happen; on an idle machine it takes a second or two."""

_MARK = "DARKROOM_TEST_PROCESS"


async def until(happened: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `happened`, looking often."""
    with anyio.move_on_after(seconds):
        while not await to_thread.run_sync(happened):  # noqa: ASYNC110 - it happens in another process
            await anyio.sleep(0.03)
        return
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Host:
    """One host: a real MCP session over stdio with a front process of its own."""

    client: Client
    process: psutil.Process
    """The front."""
    progress: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return the structured result."""
        return structured(await self.answer(tool, **arguments))

    async def answer(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool and return the whole result."""

        async def note(progress: float, total: float | None, message: str | None) -> None:
            self.progress.append((progress, message or ""))

        return await self.client.call_tool(tool, arguments, progress_callback=note)

    async def generate(self, prompt: str, **arguments: Any) -> dict[str, Any]:
        """Ask for small pictures and return the one job."""
        return only((await self.call("generate_image", prompt=prompt, model=SMALL, **arguments))["jobs"])

    async def finish(self, job_id: str) -> dict[str, Any]:
        """Wait for a job, as often as it takes, and return it."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while True:
                job = only((await self.call("wait_for_jobs", job_ids=[job_id], wait_seconds=30))["jobs"])
                if job["status"] != "working":
                    return job

    def kill(self) -> None:
        """Kill the front with SIGKILL."""
        self.process.kill()


class Home:
    """One DARKROOM_HOME with one key: its fronts, its workers, its files and its part of the ledger."""

    def __init__(self, sandbox: Running, environment: dict[str, str]) -> None:
        self.sandbox = sandbox
        self.environment = environment
        self.path = Path(environment["DARKROOM_HOME"])
        self.pictures = Path(environment["DARKROOM_OUTPUT_DIR"])
        self._engine: sa.Engine | None = None

    @property
    def engine(self) -> sa.Engine:
        """The database, opened at the first need."""
        if self._engine is None:
            self._engine = open_database(self.path, "")
        return self._engine

    @property
    def journal(self) -> Journal:
        """The jobs."""
        return Journal(self.engine)

    def job(self, job_id: str) -> Job:
        """One job as the database has it."""
        return self.journal.job(job_id)

    def posts(self, key: str = "") -> list[dict[str, Any]]:
        """Calls that the gateway got from this home's key, or from `key`."""
        label = (key or self.environment["APIYI_API_KEY"]).removeprefix("sk-test-")
        return self.sandbox.calls(label)

    def files(self) -> list[str]:
        """Names of all files below the output folder, hidden ones too."""
        return sorted(path.name for path in self.pictures.rglob("*") if path.is_file())

    def workers(self, **environment: str) -> list[psutil.Process]:
        """Worker processes of this home, with these variables if some are given."""
        wanted = {"DARKROOM_HOME": str(self.path), **environment}
        return [process for process in _darkroom_processes("worker") if wanted.items() <= _environ(process).items()]

    @asynccontextmanager
    async def host(self, **changes: str) -> AsyncGenerator[Host]:
        """Open a session with a new front; on leaving, the host closes its stdin."""
        mark = uuid.uuid4().hex
        environment = self.environment | changes | {_MARK: mark}
        parameters = StdioServerParameters(
            command=sys.executable, args=["-m", "darkroom", "serve"], env=environment, cwd=tempfile.gettempdir()
        )
        with (self.path.parent / "front.err").open("a") as errors:
            async with Client(stdio_client(parameters, errlog=errors)) as client:
                [front] = [each for each in _darkroom_processes("serve") if _environ(each).get(_MARK) == mark]
                yield Host(client=client, process=front)

    @contextmanager
    def worker(self, **changes: str) -> Generator["subprocess.Popen[bytes]"]:
        """Run a worker by hand, and end it if it still runs on leaving."""
        with subprocess.Popen(
            [sys.executable, "-m", "darkroom", "worker"],
            env=self.environment | changes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def submit(self, prompt: str, **arguments: Any) -> str:
        """Write down a job as a front does, without starting a worker; return its id."""
        settings = read_settings(self.environment)
        asked = {"prompt": prompt, "model": SMALL, **arguments}
        checked = check_arguments("generate_image", asked, default_model=settings.model)
        order = build_order(settings, "generate", checked, project_folder=None)
        job_id, _ = self.journal.submit(
            order, self.queue, order.digest(self.queue), lambda _: "", Enqueuer(self.engine).enqueue
        )
        return job_id

    @property
    def queue(self) -> str:
        """Name of the queue of this home's gateway and key."""
        settings = read_settings(self.environment)
        key = settings.api_key.get_secret_value()
        return queue_name(fact(self.engine, "secret"), gateway_address(settings), key)

    def end(self) -> None:
        """End every process of this home, and close the database."""
        for process in [*self.workers(), *_darkroom_processes("serve")]:
            if _environ(process).get("DARKROOM_HOME") == str(self.path):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        if self._engine is not None:
            self._engine.dispose()


@contextmanager
def home_at(sandbox: Running, environment: dict[str, str]) -> Generator[Home]:
    """Keep a home, and end its processes at the end."""
    with ExitStack() as stack:
        home = Home(sandbox, environment)
        stack.callback(home.end)
        yield home


def structured(result: CallToolResult) -> dict[str, Any]:
    """Return what a result holds besides text."""
    assert result.structured_content is not None, result
    return result.structured_content


def only(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the one item."""
    assert len(items) == 1, items
    return items[0]


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended; one that nobody has asked for its exit status has too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(process: "subprocess.Popen[bytes]", seconds: float = PATIENCE_SECONDS) -> int:
    """Wait until a process that we started has ended; return its exit status."""
    return process.wait(seconds)


def overlap(calls: list[dict[str, Any]]) -> int:
    """Return how many of these calls were under way at the same time, at the most."""
    moments = [(call["time"], 1) for call in calls] + [(call["ended_time"], -1) for call in calls]
    now = most = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most


def elapsed_since(began: float) -> float:
    """Seconds since `began`, by the monotonic clock."""
    return time.monotonic() - began


def _darkroom_processes(command: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _cmdline(process)[-3:] == ["-m", "darkroom", command]]


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _environ(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}
