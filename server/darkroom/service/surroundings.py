"""What the worker's services share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from darkroom.adapters.journal import Journal
from darkroom.adapters.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Darkroom:
    """The journal, the library and the folders of one worker."""

    journal: Journal
    library: Library
    home: Path
    gateway_url: str
    time_scale: float
    secrets: Sequence[str]
    """Texts that no message, file or log may hold."""
    passed: Callable[[str], None] = lambda _: None
    """Told of every step of a call; see `adapters.faultpoint`."""
