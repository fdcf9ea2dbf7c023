"""MCP tasks (SEP-2663, extension `io.modelcontextprotocol/tasks`), over whatever does the work.

A caller who declares the extension gets a task instead of waiting. What a task is, its source knows: for Darkroom the
durable jobs of the database, so that it outlives this process. Others never meet this: they wait a bounded time.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp_types import HEADER_MISMATCH, INVALID_PARAMS, CallToolRequestParams, RequestParams
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import Field

from darkroom.core.report import iso
from darkroom.tools.boundary import TASKS, Receipt

TaskStatus: TypeAlias = Literal["working", "input_required", "completed", "failed", "cancelled"]
Context: TypeAlias = ServerRequestContext[Any, Any]

_VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)


class TaskParams(RequestParams):
    """Which task a request is about."""

    task_id: str


class AnswerParams(TaskParams):
    """Answers to what a task asked."""

    input_responses: dict[str, Any] = Field(default_factory=dict[str, Any])
    request_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """How a task stands. Times are seconds since 1970."""

    status: TaskStatus
    created_at: float
    updated_at: float
    message: str = ""
    result: Mapping[str, Any] | None = None
    """The very result that the call would have had; also when the tool itself failed, as its `isError` says."""
    error: Mapping[str, Any] | None = None
    """The JSON-RPC error that the call would have had."""
    input_requests: Mapping[str, Any] = field(default_factory=dict[str, Any])
    poll_interval_ms: int = 2000


class TaskSource(Protocol):
    """Whoever does the work of tasks."""

    async def state(self, task_id: str, context: Context) -> TaskState | None:
        """Return how a task stands; None if there is none of this id."""
        ...

    async def cancel(self, task_id: str, context: Context) -> None:
        """Stop what can still be stopped; a task that has ended stays as it is."""
        ...

    async def answer(self, task_id: str, responses: Mapping[str, Any], context: Context) -> None:
        """Take answers to what a task asked."""
        ...


class Tasks(Extension):
    """The extension: turns a receipt into a task, and serves the requests about tasks."""

    identifier: ClassVar[str] = TASKS  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, source: TaskSource, *, only_as_task: Set[str] = frozenset()) -> None:
        self._source = source
        self._only_as_task = only_as_task
        """Tools that make no sense without a task; none of Darkroom's."""

    def methods(self) -> Sequence[MethodBinding]:
        """Return the requests about tasks; they exist in the eras that have the extension."""
        return (
            MethodBinding("tasks/get", TaskParams, self._get, _VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, _VERSIONS),
            MethodBinding("tasks/update", AnswerParams, self._update, _VERSIONS),
        )

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Give a task to a caller whose call has begun something."""
        if params.name in self._only_as_task:
            require_client_extension(ctx, self.identifier)
        answer = await call_next(ctx)
        if not isinstance(answer, Receipt):
            return answer
        state = await self._known(answer.task_id, ctx)
        created = _wire(answer.task_id, state, with_outcome=False)
        return {**created, "resultType": "task", **({"statusMessage": answer.message} if answer.message else {})}

    async def _get(self, ctx: Context, params: TaskParams) -> HandlerResult:
        self._check(ctx, params)
        return _wire(params.task_id, await self._known(params.task_id, ctx), with_outcome=True)

    async def _cancel(self, ctx: Context, params: TaskParams) -> HandlerResult:
        self._check(ctx, params)
        await self._known(params.task_id, ctx)
        await self._source.cancel(params.task_id, ctx)
        return {}

    async def _update(self, ctx: Context, params: AnswerParams) -> HandlerResult:
        self._check(ctx, params)
        await self._known(params.task_id, ctx)
        await self._source.answer(params.task_id, params.input_responses, ctx)
        return {}

    def _check(self, ctx: Context, params: TaskParams) -> None:
        require_client_extension(ctx, self.identifier)
        headers: Mapping[str, str] | None = getattr(ctx.request, "headers", None)
        if headers is not None and headers.get("mcp-name") != params.task_id:
            raise MCPError(HEADER_MISMATCH, "The Mcp-Name header is not the taskId of the body.")

    async def _known(self, task_id: str, ctx: Context) -> TaskState:
        state = await self._source.state(task_id, ctx)
        if state is None:
            raise MCPError(INVALID_PARAMS, f"There is no task {task_id[:80]!r}.")
        return state


def _wire(task_id: str, state: TaskState, *, with_outcome: bool) -> dict[str, Any]:
    task: dict[str, Any] = {
        "taskId": task_id,
        "status": state.status,
        "createdAt": iso(state.created_at),
        "lastUpdatedAt": iso(state.updated_at),
        "ttlMs": None,  # a job is kept until the user deletes it
        "pollIntervalMs": state.poll_interval_ms,
    }
    if state.message:
        task["statusMessage"] = state.message
    if not with_outcome:
        return task
    if state.result is not None:
        task["result"] = dict(state.result)
    if state.error is not None:
        task["error"] = dict(state.error)
    if state.input_requests:
        task["inputRequests"] = dict(state.input_requests)
    return task
