"""Between MCP and the tools: arguments in, one result or one clear sentence out.

Every argument is checked here before a tool runs, and every anticipated error becomes a result that says
what is known about money; nothing else turns errors into text.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import UnexpectedToolError
from mcp.server.mcpserver.tools.base import Tool
from mcp.server.mcpserver.utilities.func_metadata import func_metadata
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ContentBlock, InputRequiredResult, TextContent, ToolAnnotations
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import PrivateAttr

from darkroom.catalog.models import DEFAULT_MODEL
from darkroom.core.check import check_arguments
from darkroom.core.hiding import without_paths
from darkroom.core.records import Image
from darkroom.core.schema import tool_schema
from darkroom.core.waiting import Wait, bound_wait
from darkroom.errors import NOTHING_SENT, DarkroomError, RequestError, SettingsError
from darkroom.service.front import Front

MAX_RESULT_CHARS: Final = 200_000
"""No result is longer: hosts cut or drop what is."""

LIBRARY_URI: Final = "darkroom://images"
"""Resource that lists the newest pictures."""

TASKS: Final = "io.modelcontextprotocol/tasks"
"""Extension by which a caller says that it takes a task instead of waiting (SEP-2663)."""

log = logging.getLogger("darkroom.tools")

Links: TypeAlias = Callable[[Sequence[Image]], Awaitable[Mapping[str, str]]]
"""Return the links that a browser opens, by image id."""


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
    links: Links | None = None
    """Makes the links that this server itself serves; None on stdio, where a path is enough."""


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
        """What the host calls itself; empty if it does not say, and over HTTP, where others may cut the line."""
        if self.surroundings.links is not None:
            return ""
        try:
            params = self.context.session.client_params
        except (AttributeError, ValueError, RuntimeError):
            return ""
        return params.client_info.name if params and params.client_info else ""

    @property
    def takes_tasks(self) -> bool:
        """Whether the caller gets a task to come back for, instead of waiting here."""
        capabilities = self.context.client_capabilities
        declared = capabilities.extensions if capabilities else None
        return TASKS in (declared or {}) and self.context.protocol_version in MODERN_PROTOCOL_VERSIONS

    def wait(self, asked: int | None) -> Wait:
        """Decide how long this call waits."""
        return bound_wait(asked, self.client, self.front.settings.wait_seconds)

    async def announce_pictures(self) -> None:
        """Tell a host that listens that the library has new pictures."""
        if self.context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            await self.context.notify_resources_changed()
            await self.context.notify_resource_updated(LIBRARY_URI)
        else:
            await self.context.session.send_resource_list_changed()

    async def report(self, seconds: float, message: str) -> None:
        """Tell the host how far the call is."""
        await self.context.report_progress(seconds, None, message)


ToolAnswer: TypeAlias = CallToolResult | InputRequiredResult
"""A result, or a question to the person behind the host."""

ToolFunction: TypeAlias = Callable[..., Awaitable[ToolAnswer]]


class Receipt(CallToolResult):
    """Stands for a result that is not there yet; the caller gets a task of this id instead."""

    task_id: str
    message: str = ""
    """What the call has to say besides, such as that nothing new was sent."""


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
    ) -> ToolAnswer:
        """Check the arguments and run the tool; an anticipated error becomes a result."""
        del convert_result
        session = Session(surroundings=self._surroundings, context=context)
        front = self._surroundings.front
        try:
            default = front.settings.model if front else DEFAULT_MODEL
            checked = check_arguments(self.name, arguments, default_model=default)
            return discreet(await self.fn(session, **checked), self._surroundings)
        except DarkroomError as exc:
            return discreet(refusal(exc, sandbox=bool(front and front.settings.sandbox)), self._surroundings)
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
    """Build the result for a call that ended with an anticipated error.

    A request that was refused has sent nothing. After any other error a job that was submitted may go on, so no
    promise about money is made.
    """
    refused, message = isinstance(exc, RequestError | SettingsError), str(exc)
    if refused and "charged" not in message:
        message = f"{message} {NOTHING_SENT}"
    charge = "none" if refused else "possible"
    structured: dict[str, Any] = {"error": {"code": exc.code, "message": message, "charge": charge}}
    if sandbox:
        structured["sandbox"] = True
    return result(structured, f"{exc.code}: {message}", is_error=True)


def discreet(answer: ToolAnswer, surroundings: Surroundings) -> ToolAnswer:
    """Take this machine's paths out of an answer to a caller from elsewhere."""
    if surroundings.local or surroundings.front is None or not isinstance(answer, CallToolResult):
        return answer
    folders = surroundings.front.settings.folders()
    for block in answer.content:
        if isinstance(block, TextContent):
            block.text = without_paths(block.text, folders)
    answer.structured_content = without_paths(answer.structured_content, folders)
    return answer


def compact(value: object) -> str:
    """Write a value as short JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _no_arguments() -> None:
    """Stand in for the signature that the SDK would read; ours come from the catalog."""
