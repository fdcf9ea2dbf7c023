"""Results of jobs, as all job tools return them: text, structure, links and at most one small picture."""

import base64
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import anyio
from mcp_types import CallToolResult, ContentBlock, ImageContent, ResourceLink

from darkroom.core.hiding import without_paths
from darkroom.core.naming import MIME_TYPES
from darkroom.core.records import Image, Job
from darkroom.core.report import job_report, reports_text
from darkroom.core.tasks import Kind, task_id
from darkroom.core.waiting import Wait
from darkroom.tools.boundary import Receipt, Session, result

PREVIEW_PX = 768
PREVIEW_BYTES = 72_000
"""As base64 under 100 KB, so that a whole result stays under every host's limit."""


async def jobs_result(session: Session, jobs: Sequence[Job], warnings: Sequence[str] = ()) -> CallToolResult:
    """Build the result of a call about `jobs`, and remember those that have ended as delivered."""
    front, now = session.front, time.time()
    images = [image for job in jobs for image in job.images]
    links = await image_links(session, images)
    reports = [job_report(job, now, links=links) for job in jobs]
    if not session.surroundings.local:
        reports = [without_paths(report, ()) for report in reports]
    for report, job in zip(reports, jobs, strict=True):
        extra = [*warnings, *_waiting_warning(session, job)]
        if extra:
            report["warnings"] = [*report.get("warnings", []), *extra]
    structured: dict[str, Any] = {"jobs": reports}
    if sandbox := any(job.order.sandbox for job in jobs):
        structured["sandbox"] = True
    extra_content: list[ContentBlock] = [resource_link(image, links.get(image.image_id, "")) for image in images]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(front.delivered, jobs)
        if images and front.settings.preview != "none":
            extra_content += await _preview(session, images)
    failed = all(job.status == "failed" for job in jobs)
    answer = result(structured, reports_text(reports, sandbox=sandbox), *extra_content, is_error=failed)
    if any(job.images and job.delivered_at is None for job in jobs):
        await session.announce_pictures()
    return answer


async def await_jobs(
    session: Session,
    job_ids: Sequence[str],
    wait: Wait,
    warnings: Sequence[str] = (),
    *,
    kind: Kind = "make",
) -> CallToolResult:
    """Wait for jobs and report them; a caller who takes tasks gets one for what is not there yet."""
    until: Literal["all", "any"] = "any" if kind == "any" else "all"
    seconds = 0.0 if session.takes_tasks else wait.seconds
    sheet_px = PREVIEW_PX if session.front.settings.preview != "none" else 0
    jobs = await session.front.wait(job_ids, seconds, until=until, report=session.report, sheet_px=sheet_px)
    if session.takes_tasks and not is_over(jobs, kind):
        return Receipt(content=[], task_id=task_id(kind, job_ids), message=" ".join(warnings))
    return await jobs_result(session, jobs, warnings)


def is_over(jobs: Sequence[Job], kind: Kind) -> bool:
    """Whether a wait of this kind for these jobs is over."""
    ended = [job.status != "working" for job in jobs]
    return any(ended) if kind == "any" else all(ended)


async def image_links(session: Session, images: Sequence[Image]) -> Mapping[str, str]:
    """Return the served links to these pictures by id; none where the server serves none."""
    links = session.surroundings.links
    return await links(images) if links is not None and images else {}


def resource_link(image: Image, link: str = "") -> ResourceLink:
    """Build the link to a picture: the one that the server serves, else its file."""
    path = Path(image.path)
    return ResourceLink(
        type="resource_link",
        name=path.name,
        uri=link or _file_uri(path),
        mime_type=MIME_TYPES.get(image.format, "application/octet-stream"),
        size=image.bytes,
    )


def _file_uri(path: Path) -> str:
    try:
        return path.as_uri()
    except UnicodeEncodeError:  # a locale without the letters of the name
        return f"file://{quote(path.as_posix())}"


async def _preview(session: Session, images: Sequence[Image]) -> list[ContentBlock]:
    made = await session.front.preview(images, PREVIEW_PX, PREVIEW_BYTES)
    if made is None:
        return []
    data, mime_type = made
    return [ImageContent(type="image", data=base64.b64encode(data).decode(), mime_type=mime_type)]


def _waiting_warning(session: Session, job: Job) -> list[str]:
    """Say that a job waits for a host that holds its key."""
    if job.status != "working" or session.front.serves(job) or any(call.sent_at for call in job.calls):
        return []
    return [
        f"{job.job_id} was submitted with another key or gateway. It waits until a host with that key runs Darkroom."
    ]
