"""Between MCP and the tools: arguments in, one result or one clear sentence out.

Every argument is checked here before a tool runs, and every anticipated error becomes a result that says
what is known about money; nothing else turns errors into text.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import UnexpectedToolError
from mcp.server.mcpserver.tools.base import Tool
from mcp.server.mcpserver.utilities.func_metadata import func_metadata
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ContentBlock, TextContent, ToolAnnotations
from pydantic import PrivateAttr

from darkroom.core.check import check_arguments
from darkroom.core.schema import tool_schema
from darkroom.core.waiting import Wait, bound_wait
from darkroom.errors import DarkroomError, SettingsError
from darkroom.service.front import Front

MAX_RESULT_CHARS: Final = 200_000
"""No result is longer: hosts cut or drop what is."""

log = logging.getLogger("darkroom.tools")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is the same for every call of one server."""

    front: Front | None
    """None if the settings make no sense; then `trouble` says why."""
    trouble: SettingsError | None = None
    project_folder: Path | None = None
    """Folder below which `save_to` may write as well; only where the host runs on this machine."""
    local: bool = True
    """Whether the caller shares this machine's files (stdio), so that paths mean something to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One tool call: who calls, what it may use, how it says how far it is."""

    surroundings: Surroundings
    context: Context[Any, Any]

    @property
    def front(self) -> Front:
        """The front that serves this call.

        Raises:
            SettingsError: If the server's settings make no sense.
        """
        if self.surroundings.front is None:
            raise self.surroundings.trouble or SettingsError("The server has no settings.")
        return self.surroundings.front

    @property
    def client(self) -> str:
        """What the host calls itself; empty if it does not say."""
        try:
            params = self.context.session.client_params
        except (AttributeError, ValueError, RuntimeError):
            return ""
        return params.client_info.name if params and params.client_info else ""

    def wait(self, asked: int | None) -> Wait:
        """Decide how long this call waits."""
        return bound_wait(asked, self.client, self.front.settings.wait_seconds)

    async def report(self, seconds: float, message: str) -> None:
        """Tell the host how far the call is."""
        await self.context.report_progress(seconds, None, message)


ToolFunction: TypeAlias = Callable[..., Awaitable[CallToolResult]]


class AgentTool(Tool):
    """A tool whose schema comes from the catalog and whose arguments are checked before it runs."""

    _surroundings: Surroundings = PrivateAttr()

    @classmethod
    def of(
        cls,
        function: ToolFunction,
        surroundings: Surroundings,
        *,
        title: str,
        description: str,
        hints: ToolAnnotations,
    ) -> "AgentTool":
        """Make the tool of `function`, named like it."""
        name = function.__name__
        tool = cls(
            fn=function,
            name=name,
            title=title,
            description=description,
            parameters=tool_schema(name),
            fn_metadata=func_metadata(_no_arguments, structured_output=False),
            is_async=True,
            context_kwarg=None,
            annotations=hints,
        )
        tool._surroundings = surroundings
        return tool

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> CallToolResult:
        """Check the arguments and run the tool; an anticipated error becomes a result."""
        del convert_result
        session = Session(surroundings=self._surroundings, context=context)
        front = self._surroundings.front
        try:
            default = front.settings.model if front else "gpt-image-2-all"
            checked = check_arguments(self.name, arguments, default_model=default)
            return await self.fn(session, **checked)
        except DarkroomError as exc:
            return refusal(exc, sandbox=bool(front and front.settings.sandbox))
        except MCPError:
            raise
        except Exception as exc:
            # A bug: its text stays in the log, since it may hold what nobody should read.
            log.exception("tool %s failed", self.name)
            raise UnexpectedToolError(
                f"Error executing tool {self.name}: a mistake in Darkroom itself; its log file says more. "
                "What was submitted goes on: list_images shows it. Do not repeat a paid request before looking."
            ) from exc


def result(
    structured: Mapping[str, Any] | None, text: str, *extra: ContentBlock, is_error: bool = False
) -> CallToolResult:
    """Build a result of which the text and the structure are each complete."""
    return CallToolResult(
        content=[TextContent(type="text", text=text), *extra],
        structured_content=dict(structured) if structured is not None else None,
        is_error=is_error,
    )


def refusal(exc: DarkroomError, *, sandbox: bool) -> CallToolResult:
    """Build the result for a request that was refused before anything was sent."""
    message = str(exc)
    structured: dict[str, Any] = {"error": {"code": exc.code, "message": message, "charge": "none"}}
    if sandbox:
        structured["sandbox"] = True
    nothing = "" if "charged" in message else " Nothing was charged."
    return result(structured, f"{exc.code}: {message}{nothing}", is_error=True)


def compact(value: object) -> str:
    """Write a value as short JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _no_arguments() -> None:
    """Stand in for the signature that the SDK would read; ours come from the catalog."""
