"""Tools that make pictures."""

from typing import Any

from anyio import to_thread

from darkroom.core.order import Operation
from darkroom.service.orders import EditInputs, build_order
from darkroom.tools.boundary import Session, ToolAnswer
from darkroom.tools.confirming import confirm
from darkroom.tools.inputs import taken_in
from darkroom.tools.results import await_jobs


async def generate_image(session: Session, **arguments: Any) -> ToolAnswer:
    """Make new images from a text prompt. Costs money; takes 30 to 300 s.

    Waits a while; if it is not done, returns a job_id for wait_for_jobs: never submit again, the job goes on
    whatever happens to this call. estimate_cost prices it first. To change an image use edit_image.
    """
    session.front.check_key()
    return await _make(session, "generate", arguments, EditInputs())


async def edit_image(session: Session, **arguments: Any) -> ToolAnswer:
    """Edit, combine or extend images by a text prompt. Costs money; takes 30 to 300 s.

    Pass the image_id of an earlier result to go on from it, or of an older one to branch. mask or regions limit
    the change, exactly so with keep_outside. Waits like generate_image: never submit again.
    """
    session.front.check_key()
    inputs = await taken_in(session, arguments)
    return await _make(session, "edit", arguments, inputs)


def said(warning: str, *, is_new: bool = True) -> list[str]:
    """Collect what a call has to say besides its jobs."""
    repeated = (
        "This is the job that the same request made before; nothing new was sent. For another picture of the same "
        "request use another variation."
    )
    return [text for text in (warning, "" if is_new else repeated) if text]


async def _make(session: Session, operation: Operation, arguments: dict[str, Any], inputs: EditInputs) -> ToolAnswer:
    settings, project = session.front.settings, session.surroundings.project_folder
    order = await to_thread.run_sync(
        lambda: build_order(settings, operation, arguments, project_folder=project, inputs=inputs)
    )
    wait = session.wait(arguments.get("wait_seconds"))
    if (question := await confirm(session, order)) is not None:
        return question
    job, is_new = await session.front.submit(order)
    return await await_jobs(session, [job.job_id], wait, said(wait.warning, is_new=is_new))
