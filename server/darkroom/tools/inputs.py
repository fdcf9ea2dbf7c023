"""What a call may name as input pictures."""

from collections.abc import Mapping
from typing import Any

from darkroom.service.intake import Intake, named_ids
from darkroom.tools.boundary import Session


async def intake(session: Session, arguments: Mapping[str, Any]) -> Intake:
    """Collect what is needed to take in the inputs of a call.

    Raises:
        UnknownImageError: If it names an image id that the library does not hold.
    """
    front = session.front
    images = await front.images(named_ids(arguments))
    return Intake(
        home=front.settings.home,
        input_dirs=front.settings.input_dirs,
        library={image.image_id: image for image in images},
        local=session.surroundings.local,
    )
