"""Commands call the very tools that agents call, through an MCP session inside this process."""

import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, TypeVar, cast

import anyio
import click
from mcp.client import Client
from mcp_types import CallToolResult, TextContent

from darkroom.app import create_server, local_surroundings
from darkroom.settings import read_settings

T = TypeVar("T")
Structured: TypeAlias = Mapping[str, Any]
Progress: TypeAlias = Callable[[str], None]
"""Told how far a wait is, in one line."""

DONE: Final = 0
FAILED: Final = 1
STILL_WORKING: Final = 3
INTERRUPTED: Final = 130

_PAUSE_SECONDS: Final = 1.0
"""Least time between two waiting calls, for a DARKROOM_WAIT_SECONDS near zero."""


class Answer:
    """What a tool said: the structure for programs, the text for people."""

    def __init__(self, result: CallToolResult) -> None:
        self.structured = cast("Structured | None", result.structured_content)
        self.text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        self.is_error = bool(result.is_error)

    @property
    def jobs(self) -> Sequence[Structured]:
        """Job reports; none if the answer is a refusal."""
        return (self.structured or {}).get("jobs", [])

    @property
    def working(self) -> list[str]:
        """Ids of the jobs that have not ended."""
        return [job["job_id"] for job in self.jobs if job["status"] == "working"]

    @property
    def is_refusal(self) -> bool:
        """Whether the request was refused as a whole."""
        return self.is_error and not self.jobs


class Tools:
    """The tools of one session."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.job_ids: list[str] = []
        """Jobs that this session has heard of, for whoever interrupts it."""

    async def call(self, tool: str, arguments: Mapping[str, Any], tell: Progress | None = None) -> Answer:
        """Call a tool; a refusal is an answer too."""

        async def report(progress: float, total: float | None, message: str | None) -> None:
            del progress, total
            if tell is not None and message:
                tell(message)

        result = await self._client.call_tool(tool, dict(arguments), progress_callback=report)
        answer = Answer(result)
        self.job_ids = [job["job_id"] for job in answer.jobs] or self.job_ids
        return answer

    async def see_to_end(self, answer: Answer, progress: Progress, *, any_will_do: bool = False) -> Answer:
        """Wait until all jobs of `answer` (or one of them) have ended."""
        job_ids = [job["job_id"] for job in answer.jobs]
        while answer.working and not (any_will_do and len(answer.working) < len(job_ids)):
            began = time.monotonic()
            until = "any" if any_will_do else "all"
            answer = await self.call("wait_for_jobs", {"job_ids": job_ids, "until": until}, progress)
            if answer.working:
                await anyio.sleep(max(0.0, _PAUSE_SECONDS - (time.monotonic() - began)))
        return answer


def run(work: Callable[[Tools], Awaitable[T]]) -> T:
    """Do `work` with the tools; an interrupt says that jobs go on, and how to come back to them.

    Raises:
        SettingsError: If an environment variable makes no sense.
    """
    read_settings()
    opened: list[Tools] = []

    async def main() -> T:
        async with _tools() as tools:
            opened.append(tools)
            return await work(tools)

    try:
        return anyio.run(main)
    except KeyboardInterrupt:
        job_ids = [job_id for tools in opened for job_id in tools.job_ids]
        if job_ids:
            click.echo(
                f"\nThe job goes on without this command. To come back to it: darkroom wait {' '.join(job_ids)}",
                err=True,
            )
        sys.exit(INTERRUPTED)


def exit_status(answer: Answer) -> int:
    """Return the exit status that the jobs of an answer stand for."""
    statuses = {job["status"] for job in answer.jobs}
    if answer.is_error or statuses & {"failed", "cancelled"}:
        return FAILED
    return STILL_WORKING if "working" in statuses else DONE


@asynccontextmanager
async def _tools() -> AsyncGenerator[Tools]:
    async with Client(create_server(local_surroundings())) as client:
        yield Tools(client)
