"""Tools that look: at sizes, prices and the library. Free, and most work without a key."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import CallToolResult, ImageContent

from darkroom.catalog import CHECKED
from darkroom.catalog.models import MODELS
from darkroom.core.cost import dollars, from_microdollars
from darkroom.core.hiding import without_paths
from darkroom.core.job import State
from darkroom.core.offers import estimates, sizes_offer
from darkroom.core.order import Delivery
from darkroom.core.plan import Request
from darkroom.core.records import Image, Job
from darkroom.core.report import iso
from darkroom.errors import UnknownImageError
from darkroom.tools.boundary import Session, compact, result
from darkroom.tools.inputs import sizes_of
from darkroom.tools.results import image_links

PROMPT_CHARS = 120
"""Characters of a prompt that a list shows."""

_TO_THE_MINUTE = len("2026-11-22T20:05")

VIEW_BYTES = 140_000
"""Most bytes of a shown picture; as base64 the result stays under 200 KB."""


async def list_sizes(session: Session, model: str | None = None, aspect_ratio: str | None = None) -> CallToolResult:
    """List image sizes that each model makes, with price, ratio, tier and time. Free, no key needed."""
    offer = sizes_offer([model] if model else list(MODELS), aspect_ratio, session.front.settings.price_multiplier)
    return result(offer, compact(offer))


async def estimate_cost(session: Session, prompt: str, **arguments: Any) -> CallToolResult:
    """Estimate the price of making or editing images before it is spent. Free, no key needed.

    Compares all models when model is left out.
    """
    front = session.front
    models: Mapping[str, Mapping[str, str | int]] = arguments.get("model") or {name: {} for name in MODELS}
    images: Sequence[str] = arguments.get("images", ())
    sizes, unknown = await sizes_of(session, images)
    request = Request(
        operation="edit" if images else "generate",
        prompt=prompt,
        count=arguments.get("count", 1),
        deliver=Delivery(**arguments["deliver"]) if "deliver" in arguments else None,
        inputs=sizes,
        input_count=len(images),
        multiplier=front.settings.price_multiplier,
    )
    answer: dict[str, Any] = {"estimates": estimates(models, request, needs_mask="mask" in arguments)}
    if unknown:
        answer["warnings"] = [f"{unknown} of the images are not fetched before a job; each counts as the dearest."]
    if (left := await front.budget_left_usd()) is not None:
        answer["budget_left_usd"] = dollars(left)
    answer["checked"] = CHECKED
    return result(answer, compact(answer))


async def list_images(
    session: Session, limit: int = 20, before: str = "", image_id: str = "", status: str = ""
) -> CallToolResult:
    """List images made before, newest first, and jobs still working or failed. Free, no key needed."""
    front = session.front
    answer: dict[str, Any] = {"images": [], "jobs": []}
    if front.settings.sandbox:
        answer["sandbox"] = True
    if image_id:
        answer["images"] = await _rows(session, await front.family(image_id))
        return result(answer, compact(answer))
    if status in ("", "completed"):
        images, following = await front.page(limit, before)
        answer["images"] = await _rows(session, images)
        answer["next_before"] = following
    if not before:
        statuses = [status] if status else ["working", "failed"]
        shown = [name for name in statuses if name != "completed"]
        jobs = await front.recent_jobs(shown, limit) if shown else []
        answer["jobs"] = [_job_row(job) for job in jobs]
        if any(job.status == "working" for job in jobs):
            await front.ensure_worker()
    return result(answer, compact(answer))


async def view_image(session: Session, image_id: str, max_px: int = 1024) -> CallToolResult:
    """Look at one image of the library: returns the picture itself, made small. Free, no key needed."""
    image = await session.front.image(image_id)
    made = await session.front.preview([image], max_px, VIEW_BYTES)
    if made is None:
        raise UnknownImageError(
            f"The file of {image_id} is not at {image.path!r} any more, or cannot be read. "
            "Ask the user whether it was moved."
        )
    data, mime_type = made
    content = ImageContent(type="image", data=base64.b64encode(data).decode(), mime_type=mime_type)
    return CallToolResult(content=[content])


async def _rows(session: Session, images: Sequence[Image]) -> list[dict[str, Any]]:
    links = await image_links(session, images)
    rows = [_row(image, links.get(image.image_id, "")) for image in images]
    if images and not session.front.settings.sandbox:  # else the whole answer says so
        drawn = await session.front.of_sandbox(images)
        for row in rows:
            if row["image_id"] in drawn:
                row["sandbox"] = True
    return rows if session.surroundings.local else without_paths(rows, ())


def _row(image: Image, link: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "image_id": image.image_id,
        "path": image.path,
        **({"url": link} if link else {}),
        "prompt": image.prompt[:PROMPT_CHARS],
        "model": image.model,
        "width": image.width,
        "height": image.height,
        "created_at": f"{iso(image.created_at)[:_TO_THE_MINUTE]}Z",
        "derived_from": list(image.derived_from),
        "turn": image.turn,
    }
    if image.charged_microusd is not None:
        row["charged_usd"] = dollars(from_microdollars(image.charged_microusd))
    return row


def _job_row(job: Job) -> dict[str, Any]:
    row: dict[str, Any] = {
        "job_id": job.job_id,
        "status": job.status,
        "prompt": job.order.prompt[:PROMPT_CHARS],
    }
    failures = [call.failure for call in job.calls if call.failure and call.state is not State.SAVED]
    if job.status == "failed" and failures:
        worst = max(failures, key=lambda failure: ("none", "possible", "certain").index(failure.charge))
        row |= {"code": worst.code, "charge": worst.charge}
    return row
