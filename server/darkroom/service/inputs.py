"""Inputs of an edit: fetched, checked and prepared once a job, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from darkroom.core.records import Job
from darkroom.service.develop import Darkroom
from darkroom.service.finish import Finishing
from darkroom.wire.chat import Turn
from darkroom.wire.message import InputFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the calls of a job send besides words."""

    images: Sequence[InputFile] = ()
    mask: InputFile | None = None
    turns: Sequence[Turn] = ()
    """Earlier prompts and answers, for the chat endpoint."""
    finishing: Finishing = Finishing()

    def smaller(self) -> tuple["Inputs", str]:
        """Return smaller inputs for a retry, and what to say about it."""
        return self, ""


async def prepare_inputs(room: Darkroom, job: Job) -> Inputs:
    """Prepare the inputs of `job`; nothing to do for pictures made from words."""
    del room, job
    return Inputs()
