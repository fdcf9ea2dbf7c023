"""Tools for jobs that are under way."""

from collections.abc import Sequence
from typing import Literal

from mcp_types import CallToolResult

from darkroom.core.job import FINAL, State
from darkroom.tools.boundary import Session
from darkroom.tools.making import said
from darkroom.tools.results import await_jobs, jobs_result


async def wait_for_jobs(
    session: Session,
    job_ids: Sequence[str],
    until: Literal["all", "any"] = "all",
    wait_seconds: int | None = None,
) -> CallToolResult:
    """Wait for image jobs and return their pictures. Free; blocks until they end or the time is up.

    Call it again while a job is working; the time that a picture takes does not change by asking.
    """
    wait = session.wait(wait_seconds)
    return await await_jobs(session, list(dict.fromkeys(job_ids)), wait, said(wait.warning), kind=until)


async def cancel_job(session: Session, job_id: str) -> CallToolResult:
    """Cancel an image job: calls not yet sent are dropped; sent ones are charged, run on and are saved."""
    job, dropped = await session.front.cancel(job_id)
    out = sum(call.state in (State.SENT, State.RECEIVED) for call in job.calls)
    if not dropped and all(call.state in FINAL for call in job.calls):
        return await jobs_result(session, [job], ["The job had ended already; there was nothing to cancel."])
    text = f"{dropped} of {len(job.calls)} calls were dropped unsent and cost nothing."
    if out:
        text += f" {out} had been sent, will be charged and saved; wait_for_jobs returns them."
    return await jobs_result(session, [job], [text])
