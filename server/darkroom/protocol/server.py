"""The server with everything that MCP offers beside tools, on the SDK's own class."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import anyio
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    GetPromptResult,
    Prompt,
    PromptReference,
    Resource,
    ResourceTemplate,
    ResourceTemplateReference,
)
from pydantic import AnyUrl

from darkroom import __version__
from darkroom.protocol import resources
from darkroom.protocol.completion import completed
from darkroom.protocol.icons import server_icons, tool_icons
from darkroom.protocol.jobs import JobTasks
from darkroom.protocol.listening import LibraryBus
from darkroom.protocol.prompts import PROMPTS, missing_arguments, worded
from darkroom.protocol.refusing import missing, spoken
from darkroom.protocol.stdio import serve_streams
from darkroom.protocol.tasks import Tasks
from darkroom.tools.boundary import Session, Surroundings
from darkroom.tools.table import agent_tools

WEBSITE: Final = "https://github.com/darkroom-mcp/darkroom"

_FIXED: Final = CacheHint(ttl_ms=3_600_000, scope="public")
"""For what only a new version changes."""

CACHE_HINTS: Final[dict[CacheableMethod, CacheHint]] = {
    "server/discover": _FIXED,
    "tools/list": _FIXED,
    "prompts/list": _FIXED,
    "resources/templates/list": _FIXED,
    "resources/list": CacheHint(ttl_ms=0, scope="private"),
    "resources/read": CacheHint(ttl_ms=0, scope="private"),
}

Lifespan = Callable[[MCPServer[None]], AbstractAsyncContextManager[None]]


class DarkroomServer(MCPServer[None]):
    """An MCP server over one front."""

    def __init__(self, surroundings: Surroundings, *, instructions: str, lifespan: Lifespan) -> None:
        self._surroundings = surroundings
        self._bus = LibraryBus(surroundings)
        tools = agent_tools(surroundings)
        for tool in tools:
            tool.icons = tool_icons(tool.name)
        super().__init__(
            "darkroom",
            title="Darkroom",
            description="Makes and edits pictures, and never loses or pays twice for one.",
            website_url=WEBSITE,
            icons=server_icons(),
            version=__version__,
            instructions=instructions,
            lifespan=_also(lifespan, self._bus),
            tools=list(tools),
            extensions=[Tasks(JobTasks(surroundings, self._bus))],
            subscriptions=self._bus,
            cache_hints=CACHE_HINTS,
            log_level="ERROR",
        )
        self.completion()(self._complete)
        self._bus.serve_streams(self._lowlevel_server)

    def run_stdio(self) -> None:
        """Serve one host on stdin and stdout until it hangs up; nothing but protocol goes to stdout."""
        self._bus.serve_subscriptions(self._lowlevel_server)
        anyio.run(serve_streams, self._lowlevel_server)

    async def list_resources(self) -> list[Resource]:
        """List the fixed resources and the newest pictures."""
        with spoken():
            return await resources.listed(self._surroundings)

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """List the one template: a picture by its id."""
        return [resources.TEMPLATE]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[None, Any] | None = None
    ) -> Iterable[ReadResourceContents]:
        """Read a resource; one that is not there is refused with the code of the caller's era."""
        context = context or Context(mcp_server=self, subscriptions=self._bus)
        session = Session(surroundings=self._surroundings, context=context)
        with spoken():
            content = await resources.read(session, str(uri))
        if content is None:
            raise missing(str(uri), context.protocol_version)
        return [content]

    async def list_prompts(self) -> list[Prompt]:
        """List the prompts."""
        return [row.prompt for row in PROMPTS.values()]

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[None, Any] | None = None
    ) -> GetPromptResult:
        """Word a prompt; an unknown one, or one that lacks an argument, is refused."""
        del context
        given = {key: str(value) for key, value in (arguments or {}).items()}
        with spoken():
            found = await worded(self._surroundings, name, given)
        if found is not None:
            return found
        if name not in PROMPTS:
            raise MCPError(INVALID_PARAMS, f"There is no prompt {name[:80]!r}. There are: {', '.join(PROMPTS)}.")
        missing = missing_arguments(PROMPTS[name].prompt, given)
        raise MCPError(INVALID_PARAMS, f"{name} needs {', '.join(missing)}.")

    async def _complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        del ref, context
        with spoken():
            return await completed(self._surroundings, argument.name, argument.value)


def _also(lifespan: Lifespan, bus: LibraryBus) -> Lifespan:
    """Have `bus` look at the library as long as the server lives."""

    @asynccontextmanager
    async def both(server: MCPServer[None]) -> AsyncGenerator[None]:
        async with lifespan(server), anyio.create_task_group() as tasks:
            tasks.start_soon(bus.run)
            yield
            tasks.cancel_scope.cancel()

    return both
