"""Completion of what a person types for a prompt or a resource: picture ids, model names, shapes."""

from collections.abc import Sequence
from typing import Final

from mcp_types import Completion

from darkroom.catalog.models import MODELS
from darkroom.protocol.prompts import SHAPES
from darkroom.protocol.resources import newest
from darkroom.tools.boundary import Surroundings

MAX_VALUES: Final = 100
"""Most values of one answer (MCP specification, completion)."""


async def completed(surroundings: Surroundings, argument: str, typed: str) -> Completion:
    """Return what `typed` may become as the value of `argument`; nothing for free text.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    if argument == "image_id":
        images = await newest(surroundings, MAX_VALUES)
        return _starting([image.image_id for image in images], typed)
    if argument == "models":
        before, comma, last = typed.rpartition(",")
        return _starting([f"{before}{comma}{name}" for name in MODELS], f"{before}{comma}{last.strip()}")
    return _starting({"model": tuple(MODELS), "shape": SHAPES}.get(argument, ()), typed)


def _starting(values: Sequence[str], typed: str) -> Completion:
    found = [value for value in values if value.startswith(typed)]
    return Completion(values=found[:MAX_VALUES], total=len(found), has_more=len(found) > MAX_VALUES)
