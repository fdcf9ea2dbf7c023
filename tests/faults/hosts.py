"""Hosts of the matrix: MCP clients whose servers start real workers, all below one folder that goes away."""

import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import psutil
from mcp.client import Client
from PIL import Image

from darkroom.app import create_server
from darkroom.sandbox.triggers import TRIGGERS
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from faults.table import Row

Report = dict[str, Any]

SIZES: Final = {"gpt-image-2": "1024x640", "gpt-image-2-vip": "720x1280"}
"""Small sizes, since the matrix proves nothing about pixels."""

MAX_RESULT_BYTES: Final = 200_000


@dataclass(slots=True)
class Told:
    """What a caller was told about one job."""

    report: Report = field(default_factory=dict[str, Any])
    result_bytes: int = 0

    @property
    def code(self) -> str:
        """Why there is no picture; empty if there is one."""
        return "" if self.report["images"] else str(self.report["failures"][0]["code"])

    @property
    def charge(self) -> str:
        """What is known about money."""
        return "certain" if self.report["images"] else str(self.report["failures"][0]["charge"])

    @property
    def pictures(self) -> list[Path]:
        """The files of its pictures that are there."""
        return [path for image in self.report["images"] if (path := Path(image["path"])).is_file()]

    @property
    def charged_usd(self) -> str | None:
        """What it did cost, if that was told."""
        return self.report["cost"].get("charged_usd")


@dataclass(frozen=True, slots=True)
class House:
    """One home with its folder of pictures and its gateway; each host in it has a key of its own."""

    folder: Path
    base_url: str

    @property
    def home(self) -> Path:
        """State of fronts and workers."""
        return self.folder / "home"

    @property
    def pictures(self) -> Path:
        """Where the pictures go."""
        return self.folder / "pictures"

    def environment(self, key: str, **more: str) -> dict[str, str]:
        """Environment of a host with `key`; nothing in it belongs to whoever runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.folder),
            "APIYI_API_KEY": key,
            "APIYI_BASE_URL": self.base_url,
            "DARKROOM_HOME": str(self.home),
            "DARKROOM_OUTPUT_DIR": str(self.pictures),
            "DARKROOM_TIME_SCALE": "0.002",
            "DARKROOM_CONCURRENCY": "60",
            "DARKROOM_IDLE_SECONDS": "3",
            "DARKROOM_PREVIEW": "none",
            "DARKROOM_WAIT_SECONDS": "50",
            **more,
        }

    def example(self) -> Path:
        """Return a small picture to edit."""
        path = self.folder / "example.png"
        if not path.exists():
            Image.radial_gradient("L").convert("RGB").save(path)
        return path

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes of this home."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            try:
                if process.cmdline()[-1:] == ["worker"] and process.environ().get("DARKROOM_HOME") == str(self.home):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def close(self) -> None:
        """End the workers of this home, and only these."""
        for process in self.workers():
            process.kill()
            process.wait(10)

    @asynccontextmanager
    async def host(self, key: str, **more: str) -> AsyncGenerator["Host"]:
        """Open a host: an MCP client with its own server, in memory."""
        front = Front(read_settings(self.environment(key, **more)))
        async with Client(create_server(Surroundings(front=front))) as client:
            yield Host(self, client, front)


@dataclass(frozen=True, slots=True)
class Host:
    """One agent's host."""

    house: House
    client: Client
    front: Front

    async def call(self, tool: str, **arguments: Any) -> tuple[Report, int]:
        """Call a tool; return its structure and the length of the whole result."""
        result = await self.client.call_tool(tool, arguments)
        return cast("Report", result.structured_content), len(result.model_dump_json())

    async def submit(self, row: Row, marker: str, *, wait_seconds: int = 0) -> str:
        """Ask for one picture as `row` says; return the id of its job."""
        return (await self.ask(row, marker, wait_seconds=wait_seconds))["jobs"][0]["job_id"]

    async def ask(self, row: Row, marker: str, **more: Any) -> Report:
        """Ask for one picture as `row` says."""
        return (await self.call(tool_of(row), **arguments_of(self.house, row, marker), **more))[0]

    async def ends(self, job_ids: Sequence[str], *, within_seconds: float = 240) -> dict[str, Told]:
        """Wait until these jobs have ended; return what was told of each."""
        told: dict[str, Told] = {}
        end = time.monotonic() + within_seconds
        for start in range(0, len(job_ids), 20):
            left = list(job_ids[start : start + 20])
            while left:
                assert time.monotonic() < end, f"{len(left)} jobs have no end: {left}"
                report, length = await self.call("wait_for_jobs", job_ids=left)
                for job in report["jobs"]:
                    if job["status"] != "working":
                        told[job["job_id"]] = Told(job, length)
                left = [job_id for job_id in left if job_id not in told]
        return told


def tool_of(row: Row) -> str:
    """Return the tool that a row calls."""
    return "edit_image" if row.way.endswith("edit") else "generate_image"


def arguments_of(house: House, row: Row, marker: str) -> dict[str, Any]:
    """Return the arguments of a row's call, with a prompt that names it."""
    settings = dict(row.fault.settings or {})
    if row.way.startswith("chat"):
        settings["endpoint"] = "chat"
    elif row.model in SIZES:
        settings["size"] = SIZES[row.model]
    if row.model == "gpt-image-2":
        settings["quality"] = "low"
    arguments: dict[str, Any] = {
        "prompt": f"A stone in a river, plate {marker}. {row.fault.prompt}",
        "model": {row.model: settings},
    }
    if row.way.endswith("edit"):
        arguments["images"] = [str(house.example())]
    return arguments


def calls_by_marker(ledger: Sequence[Mapping[str, Any]], marker: Callable[[str], str]) -> dict[str, list[Report]]:
    """Sort the gateway's own account by the plate that each prompt names."""
    found: dict[str, list[Report]] = {}
    for call in ledger:
        found.setdefault(marker(str(call["prompt"])), []).append(dict(call))
    return found


def untested_triggers(rows: Sequence[Row]) -> set[str]:
    """Return the triggers of the sandbox that no row uses."""
    asked = " ".join(row.fault.prompt for row in rows)
    return {name for name in TRIGGERS if f"[[{name}]]" not in asked and f"[[{name}:" not in asked}
