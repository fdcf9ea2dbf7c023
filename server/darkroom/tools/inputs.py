"""What a call may name as input pictures; the code that reads pictures is imported by the first call that has some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from darkroom.core.size import Size
from darkroom.service.orders import EditInputs
from darkroom.tools.boundary import Session

if TYPE_CHECKING:
    from darkroom.service.intake import Intake


async def taken_in(session: Session, arguments: Mapping[str, Any]) -> EditInputs:
    """Check and copy the inputs of an edit.

    Raises:
        RequestError: If one of them cannot be used. Nothing was sent.
    """
    from darkroom.service.intake import take_in

    return await to_thread.run_sync(take_in, await _intake(session, arguments), arguments)


async def sizes_of(session: Session, images: Sequence[str]) -> tuple[list[Size], int]:
    """Return the pixel sizes of inputs, and how many are not known before they are fetched.

    Raises:
        RequestError: If one of them cannot be used.
    """
    if not images:
        return [], 0
    from darkroom.service.intake import look_at

    return await to_thread.run_sync(look_at, await _intake(session, {"images": images}), images)


async def _intake(session: Session, arguments: Mapping[str, Any]) -> Intake:
    from darkroom.service.intake import Intake, named_ids

    front = session.front
    images = await front.images(named_ids(arguments))
    return Intake(
        home=front.settings.home,
        input_dirs=front.settings.input_dirs,
        library={image.image_id: image for image in images},
        local=session.surroundings.local,
    )
