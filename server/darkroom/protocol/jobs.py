"""Jobs as tasks: what the database knows of a job, in the words of the extension."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from mcp.server.mcpserver import Context as ToolContext
from mcp.server.subscriptions import SubscriptionBus
from mcp_types import CallToolResult

from darkroom.core.records import Job
from darkroom.core.report import progress_message
from darkroom.core.tasks import TaskName, read_task_id
from darkroom.errors import DarkroomError, UnknownJobError
from darkroom.protocol.tasks import Context, TaskState
from darkroom.tools.boundary import Session, Surroundings, discreet, refusal
from darkroom.tools.results import is_over, jobs_result


class JobTasks:
    """Tasks that are jobs. Holds nothing itself: every answer comes from the database."""

    def __init__(self, surroundings: Surroundings, bus: SubscriptionBus) -> None:
        self._surroundings = surroundings
        self._bus = bus

    async def state(self, task_id: str, context: Context) -> TaskState | None:
        """Return how the jobs of a task stand; with their result once the wait for them is over."""
        name = read_task_id(task_id)
        if name is None:
            return None
        session = self._session(context)
        try:
            jobs = await session.front.wait(name.job_ids, 0.0)
        except UnknownJobError:
            return None
        return await _state(session, name, jobs)

    async def cancel(self, task_id: str, context: Context) -> None:
        """Drop the unsent calls of the job that the task is for; the end of a mere wait stops no job."""
        name = read_task_id(task_id)
        if name is not None and name.kind == "make":
            for job_id in name.job_ids:
                await self._session(context).front.cancel(job_id)

    async def answer(self, task_id: str, responses: Mapping[str, Any], context: Context) -> None:
        """Take answers; a job asks nothing, so none is awaited."""
        del task_id, responses, context

    def _session(self, context: Context) -> Session:
        return Session(
            surroundings=self._surroundings, context=ToolContext(request_context=context, subscriptions=self._bus)
        )


async def _state(session: Session, name: TaskName, jobs: Sequence[Job]) -> TaskState:
    began = min(job.created_at for job in jobs)
    if not is_over(jobs, name.kind):
        now = time.time()
        return TaskState(status="working", created_at=began, updated_at=now, message=progress_message(jobs, now))
    ended = max(job.ended_at or job.created_at for job in jobs)
    if all(job.status == "cancelled" for job in jobs):
        return TaskState(
            status="cancelled", created_at=began, updated_at=ended, message="Nothing was sent and nothing was charged."
        )
    result = cast("CallToolResult", discreet(await _result(session, jobs), session.surroundings))
    wire = result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return TaskState(status="completed", created_at=began, updated_at=ended, result=wire)


async def _result(session: Session, jobs: Sequence[Job]) -> CallToolResult:
    try:
        return await jobs_result(session, jobs)
    except DarkroomError as exc:
        return refusal(exc, sandbox=session.front.settings.sandbox)
