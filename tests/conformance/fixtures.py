"""The tools of the task scenarios, on the same web application and with the same `Tasks` as Darkroom.

Its tasks live in memory and are told by the clock, so that nothing runs in between.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
)
from starlette.types import ASGIApp

from darkroom.protocol.tasks import Context as TaskContext
from darkroom.protocol.tasks import Tasks, TaskState
from darkroom.settings import Settings
from darkroom.tools.boundary import Receipt, Session, Surroundings
from darkroom.web.access import Address
from darkroom.web.application import guarded
from darkroom.web.bearer import Token
from darkroom.web.vault import Vault

Answers = dict[str, Any]


def said(text: str, *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)


def question(message: str, name: str) -> ElicitRequest:
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


@dataclass
class Work:
    """One task: how long it takes, what it asks, how it ends."""

    seconds: float
    end: Callable[[Answers], CallToolResult | dict[str, Any]]
    asks: dict[str, ElicitRequest] = field(default_factory=dict[str, ElicitRequest])
    answers: Answers = field(default_factory=dict[str, Any])
    began: float = field(default_factory=time.time)
    cancelled_at: float = 0.0

    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self.asks and time.time() >= self.began + self.seconds

    def state(self) -> TaskState:
        """Tell how it stands."""
        if self.cancelled_at:
            return TaskState(status="cancelled", created_at=self.began, updated_at=self.cancelled_at)
        if self.asks:
            asked = {
                name: ask.model_dump(by_alias=True, mode="json", exclude_none=True) for name, ask in self.asks.items()
            }
            return TaskState(
                status="input_required", created_at=self.began, updated_at=self.began, input_requests=asked
            )
        if not self.is_over():
            return TaskState(status="working", created_at=self.began, updated_at=self.began)
        ended = self.end(self.answers)
        if isinstance(ended, dict):
            return TaskState(status="failed", created_at=self.began, updated_at=time.time(), error=ended)
        result = ended.model_dump(by_alias=True, mode="json", exclude_none=True)
        return TaskState(status="completed", created_at=self.began, updated_at=time.time(), result=result)


class MemoryTasks:
    """Tasks of the fixtures."""

    def __init__(self) -> None:
        self.works: dict[str, Work] = {}

    def begin(self, work: Work) -> Receipt:
        """Take up work; return what stands for its result."""
        task_id = secrets.token_hex(16)
        self.works[task_id] = work
        return Receipt(content=[], task_id=task_id)

    async def state(self, task_id: str, context: TaskContext) -> TaskState | None:
        """Tell how a task stands."""
        del context
        work = self.works.get(task_id)
        return work.state() if work else None

    async def cancel(self, task_id: str, context: TaskContext) -> None:
        """End a task that has not ended."""
        del context
        work = self.works[task_id]
        if not work.is_over():
            work.cancelled_at = time.time()

    async def answer(self, task_id: str, responses: Mapping[str, Any], context: TaskContext) -> None:
        """Take answers to what was asked."""
        del context
        work = self.works[task_id]
        for name in [name for name in responses if name in work.asks]:
            work.answers[name] = responses[name]
            del work.asks[name]


class FixtureTools:
    """The tools by the names that the suite calls."""

    def __init__(self, tasks: MemoryTasks) -> None:
        self._tasks = tasks
        self._surroundings = Surroundings(front=None)

    async def greet(self, name: str) -> CallToolResult:
        """Answer at once."""
        return said(f"Hello, {name}!")

    async def slow_compute(self, ctx: Context[Any, Any], seconds: float, label: str = "") -> CallToolResult:
        """Take a while, as a task for whoever takes tasks."""
        if Session(surroundings=self._surroundings, context=ctx).takes_tasks:
            return self._tasks.begin(Work(seconds, lambda _: said(f"{label} done")))
        await anyio.sleep(seconds)
        return said(f"{label} done")

    async def failing_job(self) -> CallToolResult:
        """Fail as a tool fails."""
        return self._tasks.begin(Work(0.2, lambda _: said("It failed.", is_error=True)))

    async def protocol_error_job(self) -> CallToolResult:
        """Fail as a server fails."""
        return self._tasks.begin(Work(0.2, lambda _: {"code": -32603, "message": "It broke."}))

    async def confirm_delete(self, filename: str) -> CallToolResult:
        """Ask one thing."""
        asks = {"sure": question("Sure?", "sure")}
        return self._tasks.begin(Work(0.0, lambda _: said(f"{filename} deleted"), asks=asks))

    async def multi_input(self) -> CallToolResult:
        """Ask two things at once."""
        asks = {"one": question("One?", "one"), "two": question("Two?", "two")}
        return self._tasks.begin(Work(0.0, lambda answers: said(f"{len(answers)} answers"), asks=asks))

    async def test_tool_with_task(self, ctx: Context[Any, Any]) -> CallToolResult | InputRequiredResult:
        """Ask before it becomes a task."""
        answer = (ctx.input_responses or {}).get("user_name")
        if not isinstance(answer, ElicitResult):
            return InputRequiredResult(input_requests={"user_name": question("Who are you?", "name")})
        name = (answer.content or {}).get("name")
        return self._tasks.begin(Work(0.1, lambda _: said(f"Hello, {name}!")))


def fixture_server() -> MCPServer[None]:
    """Make the server, with the extension as Darkroom has it."""
    tasks = MemoryTasks()
    extension = Tasks(tasks, only_as_task={"failing_job", "test_tool_with_task"})
    server = MCPServer[None]("fixtures", version="1", extensions=[extension], log_level="CRITICAL")
    tools = FixtureTools(tasks)
    for name in (name for name in vars(FixtureTools) if not name.startswith("_")):
        server.add_tool(getattr(tools, name), structured_output=False)
    return server


def fixture_application(settings: Settings, address: Address) -> ASGIApp:
    """Put it behind the same checks."""
    vault = Vault(settings)
    return guarded(fixture_server(), address, Token(""), vault)
