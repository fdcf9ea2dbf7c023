"""Resources: the pictures themselves, the newest of them as a list, and what the models offer."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from anyio import to_thread
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp_types import Resource, ResourceTemplate

from darkroom.catalog.models import MODELS
from darkroom.core.naming import MIME_TYPES
from darkroom.core.offers import sizes_offer
from darkroom.core.records import Image
from darkroom.core.report import iso
from darkroom.errors import UnknownImageError
from darkroom.service.front import Front
from darkroom.tools.boundary import LIBRARY_URI, Session, Surroundings, compact
from darkroom.tools.results import image_links

MODELS_URI: Final = "darkroom://models"
RECENT: Final = 50
"""Pictures in the list of the newest."""

LISTED: Final = 20
"""Pictures that the list of resources names, for a host whose user picks one."""

_IMAGE_URI: Final = re.compile(r"darkroom://images/(img_[0-9A-Za-z_]{1,64})")
_JSON: Final = "application/json"
_TITLE_CHARS: Final = 60

TEMPLATE: Final = ResourceTemplate(
    uri_template="darkroom://images/{image_id}",
    name="image",
    title="Image",
    description="One picture of the library, whole, as it was saved.",
)

_FIXED: Final = (
    Resource(
        uri=MODELS_URI,
        name="models",
        title="Models, sizes and prices",
        description="What each model makes and what it costs, as list_sizes tells it.",
        mime_type=_JSON,
    ),
    Resource(
        uri=LIBRARY_URI,
        name="images",
        title="Newest images",
        description="The newest pictures of the library, newest first.",
        mime_type=_JSON,
    ),
)


async def listed(surroundings: Surroundings) -> list[Resource]:
    """Name what can be read: the fixed ones, then the newest pictures."""
    return [*_FIXED, *[_named(image) for image in await newest(surroundings, LISTED)]]


async def newest(surroundings: Surroundings, limit: int) -> Sequence[Image]:
    """Return the newest pictures; none, and no database is made, where there never was one.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    front = _front_of_a_library(surroundings)
    if front is None:
        return ()
    images, _ = await front.page(limit, "")
    return images


async def is_there(surroundings: Surroundings, uri: str) -> bool:
    """Whether there is a resource of this name, without reading it.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    image_id = image_id_of(uri)
    return uri in (MODELS_URI, LIBRARY_URI) or bool(image_id and await has_picture(surroundings, image_id))


async def has_picture(surroundings: Surroundings, image_id: str) -> bool:
    """Whether the library has this picture.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    front = _front_of_a_library(surroundings)
    if front is None:
        return False
    try:
        await front.image(image_id)
    except UnknownImageError:
        return False
    return True


def image_id_of(uri: str) -> str:
    """Return which picture a resource is; empty if it is none."""
    match = _IMAGE_URI.fullmatch(uri)
    return match[1] if match else ""


async def read(session: Session, uri: str) -> ReadResourceContents | None:
    """Read one resource; None if there is none of this name, or its file is gone.

    Raises:
        DatabaseError: If the database cannot be read.
        SettingsError: If the server's settings make no sense.
    """
    if uri == MODELS_URI:
        offer = sizes_offer(list(MODELS), None, session.front.settings.price_multiplier)
        return ReadResourceContents(content=compact(offer), mime_type=_JSON)
    if uri == LIBRARY_URI:
        return ReadResourceContents(content=compact(await _recent(session)), mime_type=_JSON)
    image_id = image_id_of(uri)
    return await _picture(session, image_id) if image_id else None


def _front_of_a_library(surroundings: Surroundings) -> Front | None:
    """Return the front if there is a database, so that nobody who merely looks makes one."""
    front = surroundings.front
    if front is None:
        return None
    settings = front.settings
    return front if settings.database_url or (settings.home / "darkroom.sqlite").exists() else None


async def _picture(session: Session, image_id: str) -> ReadResourceContents | None:
    try:
        image = await session.front.image(image_id)
        content = await to_thread.run_sync(Path(image.path).read_bytes)
    except (UnknownImageError, OSError):
        return None
    return ReadResourceContents(content=content, mime_type=MIME_TYPES.get(image.format, "application/octet-stream"))


async def _recent(session: Session) -> dict[str, Any]:
    images = await newest(session.surroundings, RECENT)
    links = await image_links(session, images)
    return {"images": [_row(session, image, links.get(image.image_id, "")) for image in images]}


def _row(session: Session, image: Image, link: str) -> dict[str, Any]:
    row: dict[str, Any] = {"image_id": image.image_id, "uri": f"{LIBRARY_URI}/{image.image_id}"}
    if session.surroundings.local:
        row["path"] = image.path
    if link:
        row["url"] = link
    return row | {
        "prompt": image.prompt[:120],
        "model": image.model,
        "width": image.width,
        "height": image.height,
        "created_at": iso(image.created_at),
    }


def _named(image: Image) -> Resource:
    title = image.prompt if len(image.prompt) <= _TITLE_CHARS else f"{image.prompt[: _TITLE_CHARS - 1]}…"
    return Resource(
        uri=f"{LIBRARY_URI}/{image.image_id}",
        name=image.image_id,
        title=title or image.image_id,
        description=f"{image.model}, {image.width}x{image.height}, {iso(image.created_at)}",
        mime_type=MIME_TYPES.get(image.format, "application/octet-stream"),
        size=image.bytes,
    )
