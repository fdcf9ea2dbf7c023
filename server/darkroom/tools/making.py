"""Tools that make pictures."""

from typing import Any

from mcp_types import CallToolResult

from darkroom.service.orders import build_order
from darkroom.tools.boundary import Session
from darkroom.tools.results import jobs_result


async def generate_image(session: Session, **arguments: Any) -> CallToolResult:
    """Make new images from a text prompt. Costs money; takes 30 to 300 s.

    Waits a while; if it is not done, returns a job_id for wait_for_jobs: never submit again, the job goes on
    whatever happens to this call. estimate_cost prices it first. To change an image use edit_image.
    """
    session.front.check_key()
    order = build_order(
        session.front.settings, "generate", arguments, project_folder=session.surroundings.project_folder
    )
    wait = session.wait(arguments.get("wait_seconds"))
    job, is_new = await session.front.submit(order)
    jobs = await session.front.wait([job.job_id], wait.seconds, report=session.report)
    return await jobs_result(session, jobs, said(wait.warning, is_new=is_new))


def said(warning: str, *, is_new: bool = True) -> list[str]:
    """Collect what a call has to say besides its jobs."""
    repeated = (
        ""
        if is_new
        else (
            "This is the job that the same request made before; nothing new was sent. For another picture of the same "
            "request use another variation."
        )
    )
    return [text for text in (warning, repeated) if text]
