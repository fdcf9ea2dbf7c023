"""The result links: pictures under an unguessable address, gone after a while."""

import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MAX_BYTES: Final = 512 * 1024 * 1024
"""Oldest pictures are forgotten above this."""

PATH: Final = "/r2cdn2"


@dataclass(slots=True, kw_only=True)
class Print:
    """One picture behind a link."""

    content: bytes
    content_type: str
    dies_at: float
    """On the monotonic clock, in seconds."""
    triggers: dict[str, str] = field(default_factory=dict[str, str])
    """How the link misbehaves: triggers of the stage `download`."""
    served: int = 0
    """Downloads that were begun."""


class Cdn:
    """Every picture that has a link."""

    def __init__(self) -> None:
        self._prints: OrderedDict[str, Print] = OrderedDict()
        self._bytes = 0

    def put(self, content: bytes, content_type: str, ttl_seconds: float, triggers: dict[str, str]) -> str:
        """Keep `content` and return its path below the host."""
        name = f"{uuid.uuid4()}.{content_type.removeprefix('image/')}"
        self._prints[name] = Print(
            content=content,
            content_type=content_type,
            dies_at=time.monotonic() + ttl_seconds,
            triggers=triggers,
        )
        self._bytes += len(content)
        while self._bytes > MAX_BYTES and len(self._prints) > 1:
            self._bytes -= len(self._prints.popitem(last=False)[1].content)
        return f"{PATH}/{name}"

    def find(self, name: str) -> Print | None:
        """Return the picture called `name`; None if there is none, or it is past its time."""
        kept = self._prints.get(name)
        return kept if kept is not None and time.monotonic() < kept.dies_at else None

    def expire(self) -> None:
        """Let every link die now."""
        for kept in self._prints.values():
            kept.dies_at = 0.0

    def reset(self) -> None:
        """Forget every picture."""
        self._prints.clear()
        self._bytes = 0
