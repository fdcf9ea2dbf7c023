"""The main job on the sandbox, as a host does it: a real MCP session over stdio with a server of its own."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import anyio
import click
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError
from rich.console import Console

from darkroom.cli.install import start_command
from darkroom.cli.session import FAILED, Answer, Tools
from darkroom.cli.showing import console, plain, seconds_range
from darkroom.cli.tables import estimates_table, table

TIME_SCALE: Final = 0.03
"""The sandbox draws this much faster than the gateway: the whole demo ends within half a minute."""

_ABOUT: Final = (
    "On the sandbox, {times:.0f} times as fast as the real models; nothing is charged. It draws a stock landscape\n"
    "of the ordered size (for an edit: image 1, tinted) with the prompt written on it, not what the prompt says.\n"
)

_IDLE_SECONDS: Final = 10
_PROMPT: Final = "A red fox in fresh snow under a paper lantern, first light"

_GENERATIONS: Final[tuple[Mapping[str, Any], ...]] = (
    {"prompt": _PROMPT, "model": {"gpt-image-2": {"size": "1536x1024", "quality": "low"}}},
    {"prompt": _PROMPT, "model": {"gpt-image-2-all": {"aspect_ratio": "16:9"}}},
    # Too short a wait on purpose: the answer is "working", and the picture comes by wait_for_jobs.
    {"prompt": _PROMPT, "model": {"gpt-image-2-vip": {"size": "2048x1152"}}, "wait_seconds": 1},
)

_EDITS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "prompt": "Make the lantern glow green",
        "model": {"gpt-image-2": {"quality": "low"}},
        "regions": [{"shape": "ellipse", "x": 0.55, "y": 0.1, "width": 0.35, "height": 0.4}],
    },
    {"prompt": "Let more snow fall", "model": {"gpt-image-2-all": {}}},
    {"prompt": "Turn it into a woodcut", "model": {"gpt-image-2-vip": {"size": "1280x848"}}},
)
"""Three turns, each on the picture of the one before."""


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it all goes; default a new temporary folder.",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(0.001, 1),
    default=TIME_SCALE,
    show_default=True,
    help="How long the sandbox takes, as a share of the real time.",
)
def demo(folder: Path | None, time_scale: float) -> None:
    """Show the main job on the sandbox, as an agent does it.

    Pictures with every model over a real MCP session. No key, no cost, half a minute.
    """
    home = (folder or Path(tempfile.mkdtemp(prefix="darkroom-demo-"))).absolute()
    try:
        status = anyio.run(_show, console(), home, time_scale)
    except* (MCPError, OSError) as group:
        reason = plain(_first(cast("BaseException", group)))
        raise click.ClickException(f"The demo's session broke ({reason}). Its log lies in {home}.") from group
    if folder is None:  # one that a person named may hold other things
        click.echo(f"{home} was made for this demo and may be deleted.")
    sys.exit(status)


def demo_environment(folder: Path, time_scale: float) -> dict[str, str]:
    """Return the environment of the demo's server: this one's, without anybody's key and settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DARKROOM_", "APIYI_"))}
    return kept | {
        "DARKROOM_SANDBOX": "1",
        "DARKROOM_HOME": str(folder / "home"),
        "DARKROOM_OUTPUT_DIR": str(folder / "pictures"),
        "DARKROOM_TIME_SCALE": str(time_scale),
        "DARKROOM_IDLE_SECONDS": str(_IDLE_SECONDS),
    }


def _first(exc: BaseException) -> BaseException:
    """Return the first error that a group of groups is about."""
    if isinstance(exc, BaseExceptionGroup):
        return _first(cast("BaseExceptionGroup[BaseException]", exc).exceptions[0])
    return exc


async def _show(out: Console, folder: Path, time_scale: float) -> int:
    command, *arguments = start_command()
    server = StdioServerParameters(command=command, args=arguments, env=demo_environment(folder, time_scale))
    began = time.monotonic()
    async with Client(stdio_client(server)) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        out.print(
            f"An MCP session over stdio, ready after {time.monotonic() - began:.1f} s. Tools: {', '.join(listed)}.",
            soft_wrap=True,
        )
        out.print(_ABOUT.format(times=1 / time_scale), soft_wrap=True)
        show = _Show(out, Tools(client))
        await show.estimate()
        made = [await show.make("generate_image", arguments) for arguments in _GENERATIONS]
        if "edit_image" in listed and all(made):
            made += await show.turns(made[0])
    show.summary(folder / "pictures")
    return 0 if all(made) else FAILED


class _Show:
    """Calls tools and tells what comes back."""

    def __init__(self, out: Console, tools: Tools) -> None:
        self._out = out
        self._tools = tools
        self._rows: list[tuple[str, ...]] = []

    async def estimate(self) -> None:
        """Price the request on every model."""
        answer = await self._call("estimate_cost", {"prompt": _PROMPT})
        self._out.print(estimates_table((answer.structured or {}).get("estimates", [])))

    async def make(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Make one picture and return its id; empty if that failed."""
        began = time.monotonic()
        answer = await self._call(tool, arguments)
        while answer.working:
            [job] = answer.jobs
            self._out.print(
                f'  status "working" after {job["elapsed_seconds"]} s: the job goes on, the agent comes back'
            )
            answer = await self._call("wait_for_jobs", {"job_ids": [job["job_id"]]})
        images = [image for job in answer.jobs for image in job["images"]]
        if not images:
            self._out.print(f"  {plain(answer.text)}\n", soft_wrap=True)
            return ""
        self._tell(tool, answer.jobs[0], images[0], time.monotonic() - began)
        return images[0]["image_id"]

    async def turns(self, image_id: str) -> list[str]:
        """Edit one picture three times, each time the result of the time before."""
        made: list[str] = []
        for arguments in _EDITS:
            image_id = await self.make("edit_image", {**arguments, "images": [image_id]})
            made.append(image_id)
            if not image_id:
                break
        return made

    def summary(self, folder: Path) -> None:
        """Tell everything once more, and where it lies."""
        made = table("", "tool", "model", "pixels", "USD", "seconds", "at the real gateway", right=("USD", "seconds"))
        for row in self._rows:
            made.add_row(*row)
        self._out.print(made)
        self._out.print(f"The pictures lie in {folder}", soft_wrap=True)

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Answer:
        self._out.print(f"{tool} {json.dumps(dict(arguments), ensure_ascii=False)}", style="bold", soft_wrap=True)
        return await self._tools.call(
            tool, arguments, lambda message: self._out.print(f"  {plain(message)}", style="dim")
        )

    def _tell(self, tool: str, job: Mapping[str, Any], image: Mapping[str, Any], seconds: float) -> None:
        pixels = f"{image['width']}x{image['height']}"
        usd = job["cost"].get("charged_usd", job["cost"]["estimate_usd"])
        self._out.print(f"  {image['path']}", soft_wrap=True)
        self._out.print(f"  {pixels} {image['format']}, would cost ${usd}, {seconds:.1f} s\n")
        typical = seconds_range(job["typical_seconds"])
        self._rows.append((tool, job["model"], pixels, usd, f"{seconds:.1f}", typical))
