"""The server with everything that MCP offers beside tools, on the SDK's own class."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import anyio
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
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
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import AnyUrl

from darkroom import __version__
from darkroom.errors import DarkroomError
from darkroom.protocol import resources
from darkroom.protocol.completion import completed
from darkroom.protocol.icons import server_icons, tool_icons
from darkroom.protocol.jobs import JobTasks
from darkroom.protocol.prompts import PROMPTS, missing_arguments, worded
from darkroom.protocol.stdio import serve_streams
from darkroom.protocol.tasks import Tasks
from darkroom.tools.boundary import Session, Surroundings
from darkroom.tools.table import agent_tools

WEBSITE: Final = "https://github.com/darkroom-mcp/darkroom"

RESOURCE_NOT_FOUND: Final = -32002
"""Code of the handshake eras; 2026-07-28 made it INVALID_PARAMS."""

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
        self._bus = InMemorySubscriptionBus()
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
            lifespan=lifespan,
            tools=list(tools),
            extensions=[Tasks(JobTasks(surroundings, self._bus))],
            subscriptions=self._bus,
            cache_hints=CACHE_HINTS,
            log_level="ERROR",
        )
        self.completion()(self._complete)

    def run_stdio(self) -> None:
        """Serve one host on stdin and stdout until it hangs up; nothing but protocol goes to stdout."""
        anyio.run(serve_streams, self._lowlevel_server)

    async def list_resources(self) -> list[Resource]:
        """List the fixed resources and the newest pictures."""
        try:
            return await resources.listed(self._surroundings)
        except DarkroomError as exc:
            raise MCPError(INTERNAL_ERROR, str(exc)) from exc

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """List the one template: a picture by its id."""
        return [resources.TEMPLATE]

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[None, Any] | None = None
    ) -> Iterable[ReadResourceContents]:
        """Read a resource; one that is not there is refused with the code of the caller's era."""
        context = context or Context(mcp_server=self, subscriptions=self._bus)
        session = Session(surroundings=self._surroundings, context=context)
        try:
            content = await resources.read(session, str(uri))
        except DarkroomError as exc:
            raise MCPError(INTERNAL_ERROR, str(exc)) from exc
        if content is None:
            is_old = context.protocol_version in HANDSHAKE_PROTOCOL_VERSIONS
            code = RESOURCE_NOT_FOUND if is_old else INVALID_PARAMS
            raise MCPError(code, "There is no such resource. list_images shows the images.", {"uri": str(uri)[:200]})
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
        try:
            found = await worded(self._surroundings, name, given)
        except DarkroomError as exc:
            raise MCPError(INTERNAL_ERROR, str(exc)) from exc
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
        try:
            return await completed(self._surroundings, argument.name, argument.value)
        except DarkroomError as exc:
            raise MCPError(INTERNAL_ERROR, str(exc)) from exc
