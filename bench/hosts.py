"""What the measurements share: a gateway process, a host with a session, and the figures of a run."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

HERE = Path(__file__).parent


@dataclass
class Row:
    """One measurement against its bound."""

    name: str
    values: Sequence[float]
    unit: str
    bound: float | None = None
    note: str = ""
    median: float = field(init=False)

    def __post_init__(self) -> None:
        self.median = statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the median keeps the bound."""
        return "" if self.bound is None else "ok" if self.median <= self.bound else "over"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


@contextmanager
def gateway(seconds: float, kind: str) -> Generator[str]:
    """Run the bare gateway in a process of its own; yield its base URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "gateway.py"), str(seconds), kind], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


def gateway_times(base_url: str) -> list[float]:
    """Return how long the gateway took for each call."""
    return json.loads(httpx2.get(base_url).content)


def environment(folder: Path, base_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a host."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "APIYI_API_KEY": "sk-test-bench",
        "APIYI_BASE_URL": base_url,
        "DARKROOM_HOME": str(folder / "home"),
        "DARKROOM_OUTPUT_DIR": str(folder / "pictures"),
        "DARKROOM_CONCURRENCY": "50",
        "DARKROOM_IDLE_SECONDS": "30",
        **more,
    }


@asynccontextmanager
async def session(env: dict[str, str]) -> AsyncGenerator[Client]:
    """Open a session over stdio."""
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "darkroom", "serve"], env=env)
    async with Client(stdio_client(parameters)) as client:
        yield client


async def generate(client: Client, number: int, **more: Any) -> float:
    """Make pictures and return the seconds that the call took."""
    arguments = {
        "prompt": f"benchmark {number}",
        "variation": number + 1,
        "model": {"gpt-image-2": {"size": "1024x1024", "quality": "low"}},
        **more,
    }
    began = time.perf_counter()
    answer = await client.call_tool("generate_image", arguments)
    seconds = time.perf_counter() - began
    assert answer.structured_content is not None
    assert answer.structured_content["jobs"][0]["status"] == "completed", answer.content
    return seconds


def worker_of(env: dict[str, str]) -> psutil.Process:
    """Return the worker process of a home."""
    for process in psutil.process_iter(["cmdline"]):
        if (
            "worker" in (process.info["cmdline"] or [])
            and process.environ().get("DARKROOM_HOME") == env["DARKROOM_HOME"]
        ):
            return process
    raise AssertionError("no worker runs")


def end_worker(env: dict[str, str]) -> None:
    """End the worker of a home."""
    process = worker_of(env)
    process.terminate()
    process.wait(30)


def peak_mb(process: psutil.Process) -> float:
    """Return the highest memory that a process ever held, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def forget_peak(process: psutil.Process) -> None:
    """Begin to count the peak anew."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
