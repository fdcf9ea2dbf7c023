"""One call as it arrived: its fields, files and messages, and what its prompt asks of the sandbox."""

from dataclasses import dataclass, field
from typing import Any, Literal

from darkroom.catalog.spec import ModelSpec
from darkroom.sandbox.options import Options

Endpoint = Literal["generations", "edits", "chat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file that came with a call, looked at once."""

    field: str
    filename: str
    content_type: str
    content: bytes
    sha256: str = ""
    """Empty until the file has been looked at."""
    format: str = ""
    """As Pillow names it; empty if the bytes cannot be decoded."""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    alpha: tuple[int, int] | None = None
    """Lowest and highest alpha; None without an alpha channel."""
    turn: int = 0
    """Which turn of a conversation this picture was, if the sandbox drew it."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One POST, read but not yet judged."""

    call_id: str
    request_id: str
    endpoint: Endpoint
    key: str
    """The bearer key itself; it goes nowhere but into the echo that a trigger asks for."""
    label: str
    options: Options
    origin: str
    """Scheme and host that the client called, for result links."""
    is_json: bool = True
    """Whether the body was JSON rather than a form."""
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    uploads: list[Upload] = field(default_factory=list[Upload])
    prompt: str = ""
    triggers: dict[str, str] = field(default_factory=dict[str, str])
    spec: ModelSpec | None = None
    ignored: list[str] = field(default_factory=list[str])
    """Fields that were accepted and had no effect."""
    turn: int = 1

    @property
    def images(self) -> list[Upload]:
        """The pictures to work from, in order; not the mask."""
        return [upload for upload in self.uploads if upload.field != "mask"]

    @property
    def mask(self) -> Upload | None:
        """The mask, if one was sent."""
        return next((upload for upload in self.uploads if upload.field == "mask"), None)
