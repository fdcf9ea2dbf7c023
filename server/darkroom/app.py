"""The MCP server, assembled: settings in, tools out."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from mcp.server.mcpserver import MCPServer

from darkroom import __version__
from darkroom.errors import DarkroomError, SettingsError
from darkroom.service.front import Front
from darkroom.settings import Settings, default_project_folder, read_settings
from darkroom.tools.boundary import Surroundings
from darkroom.tools.table import agent_tools

INSTRUCTIONS: Final = """\
Darkroom makes and edits pictures with paid models; each picture costs money and takes 30 to 300 seconds.
- A call that returns status "working" has not failed: call wait_for_jobs with its job_id until it ends. Never \
submit the same request again to hurry it; the job goes on even if a call times out or the host restarts.
- After a lost answer, list_images shows what was made and what still works.
- estimate_cost prices a request on every model first; list_sizes lists sizes. Both are free.
- Models: gpt-image-2 for exact sizes, masks, transparency and quality (priced by tokens); gpt-image-2-all for \
cheap, quick pictures and text in pictures (shape by hint); gpt-image-2-vip for locked sizes up to 4K at a flat price.
- charge "none": nothing was paid, mend and ask again. "possible" or "certain": tell the user before asking again \
with another variation.
- Results name a file path: show it to the user. view_image shows you the picture."""


def create_server(surroundings: Surroundings) -> MCPServer[None]:
    """Make the server with all its tools."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            if surroundings.front is not None:
                tasks.start_soon(_take_up_left_jobs, surroundings.front)
            yield
            tasks.cancel_scope.cancel()

    return MCPServer(
        "darkroom",
        title="Darkroom",
        version=__version__,
        instructions=INSTRUCTIONS,
        lifespan=lifespan,
        tools=list(agent_tools(surroundings)),
        log_level="ERROR",
    )


def local_surroundings() -> Surroundings:
    """Read the settings for a server on this machine's stdio; one that makes no sense is told to every call."""
    try:
        settings: Settings = read_settings()
    except SettingsError as exc:
        return Surroundings(front=None, trouble=exc)
    return Surroundings(front=Front(settings), project_folder=default_project_folder())


def serve_stdio() -> None:
    """Serve one host on stdin and stdout until it hangs up; nothing but protocol goes to stdout."""
    create_server(local_surroundings()).run("stdio")


async def _take_up_left_jobs(front: Front) -> None:
    """See to jobs that an earlier front left, once the host has had its first answers."""
    await anyio.sleep(1.0)
    try:
        await front.start_worker_for_left_jobs()
    except DarkroomError:
        return  # the call that needs the database will say so
