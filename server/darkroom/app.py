"""The MCP server, assembled: settings in, a server for one host out."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from mcp.server.mcpserver import MCPServer

from darkroom.errors import SettingsError
from darkroom.protocol.server import DarkroomServer
from darkroom.service.front import Front
from darkroom.settings import Settings, default_project_folder, read_settings
from darkroom.tools.boundary import Surroundings

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


def create_server(surroundings: Surroundings) -> DarkroomServer:
    """Make the server with all its tools."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as tasks:
            if surroundings.front is not None:
                tasks.start_soon(_look_after_jobs, surroundings.front)
            yield
            tasks.cancel_scope.cancel()
        if surroundings.front is not None:
            surroundings.front.close()

    return DarkroomServer(surroundings, instructions=INSTRUCTIONS, lifespan=lifespan)


def local_surroundings() -> Surroundings:
    """Read the settings for a server on this machine's stdio; one that makes no sense is told to every call."""
    try:
        settings: Settings = read_settings()
    except SettingsError as exc:
        return Surroundings(front=None, trouble=exc)
    return Surroundings(front=Front(settings), project_folder=default_project_folder())


def serve_stdio() -> None:
    """Serve one host on stdin and stdout until it hangs up; nothing but protocol goes to stdout."""
    create_server(local_surroundings()).run_stdio()


async def _look_after_jobs(front: Front) -> None:
    """See to jobs that have no worker, once the host has had its first answers."""
    await anyio.sleep(1.0)
    await front.look_after_jobs()
