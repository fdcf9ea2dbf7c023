"""Results of jobs, as all job tools return them: text, structure, links and at most one small picture."""

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp_types import CallToolResult, ContentBlock, ImageContent, ResourceLink

from darkroom.core.records import Image, Job
from darkroom.core.report import job_report, reports_text
from darkroom.service.previews import MIME_TYPES
from darkroom.tools.boundary import Session, result

PREVIEW_PX = 768
PREVIEW_BYTES = 72_000
"""As base64 under 100 KB, so that a whole result stays under every host's limit."""


async def jobs_result(session: Session, jobs: Sequence[Job], warnings: Sequence[str] = ()) -> CallToolResult:
    """Build the result of a call about `jobs`, and remember those that have ended as delivered."""
    front, now = session.front, time.time()
    reports = [job_report(job, now) for job in jobs]
    for report, job in zip(reports, jobs, strict=True):
        extra = [*warnings, *_waiting_warning(session, job)]
        if extra:
            report["warnings"] = [*report.get("warnings", []), *extra]
    structured: dict[str, Any] = {"jobs": reports}
    if sandbox := any(job.order.sandbox for job in jobs):
        structured["sandbox"] = True
    images = [image for job in jobs for image in job.images]
    extra_content: list[ContentBlock] = [resource_link(image) for image in images]
    if images and front.settings.preview != "none":
        extra_content += await _preview(session, images)
    failed = all(job.status == "failed" for job in jobs)
    answer = result(structured, reports_text(reports, sandbox=sandbox), *extra_content, is_error=failed)
    await front.delivered(jobs)
    return answer


def resource_link(image: Image) -> ResourceLink:
    """Build the link to a picture's file."""
    path = Path(image.path)
    return ResourceLink(
        type="resource_link",
        name=path.name,
        uri=path.as_uri(),
        mime_type=MIME_TYPES.get(image.format, "application/octet-stream"),
        size=image.bytes,
    )


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
