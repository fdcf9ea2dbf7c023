"""Orders: what one job does, decided by the front and carried to the worker as JSON."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from darkroom.catalog.spec import Endpoint

Operation = Literal["generate", "edit"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Delivery(_Value):
    """The exact file that the caller wants, made locally from the picture."""

    width: int
    height: int
    """Pixels."""
    fit: Literal["cover", "contain", "stretch"] = "cover"
    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int = 90
    """1 to 100, for jpeg and webp."""


class Source(_Value):
    """One input picture or mask as the caller named it."""

    kind: Literal["file", "url", "image"]
    """`file`: copied into the job's folder already. `url`: the worker fetches it. `image`: from the library."""
    path: str = ""
    """File to read; for `url` the place where the download goes."""
    url: str = ""
    image_id: str = ""
    named: str = ""
    """How the caller wrote it, shortened; for messages."""
    sha256: str = ""
    """Of the bytes (`file`), else of the name, so that the same request is known again."""


class Attempt(_Value):
    """The part of an order that depends on the model: what is sent, what it costs, how long it takes."""

    model: str
    endpoint: Endpoint
    fields: Mapping[str, str | int]
    """Exactly the text fields that are sent, `model` and `prompt` included."""
    requested_size: str = ""
    """Pixels that are ordered as `WIDTHxHEIGHT`; empty where the model chooses."""
    usd: Decimal
    high_usd: Decimal
    """Likely and highest price of one call, multiplier included."""
    basis: str
    typical_seconds: tuple[int, int]
    timeout_seconds: int
    """Longest silence before the first byte of the answer."""
    warnings: tuple[str, ...] = ()


class Order(_Value):
    """Everything that the front decided about one job; the worker adds nothing but the key."""

    operation: Operation
    prompt: str
    attempt: Attempt
    """With the model that was asked for."""
    fallback: tuple[Attempt, ...] = ()
    """To try in turn after a failure that was certainly not charged."""
    settings: Mapping[str, str | int] = {}
    """The model's settings as the caller gave them."""
    count: int = 1
    variation: int = 1
    multiplier: Decimal = Decimal(1)
    sandbox: bool = False
    folder: str
    """Folder that the pictures go to; it was writable when the job was submitted."""
    file_name: str = ""
    """File name the caller asked for, without folder; empty: date, words of the prompt, short id."""
    save_to: str = ""
    """As the caller wrote it."""
    deliver: Delivery | None = None
    images: tuple[Source, ...] = ()
    mask: Source | None = None
    regions: tuple[Mapping[str, object], ...] = ()
    keep_outside: bool = False
    budget_usd: Decimal | None = None
    """The asking front's cap on any 24 hours; checked again when a fallback costs more."""
    max_call_usd: Decimal | None = None

    def attempts(self) -> tuple[Attempt, ...]:
        """Return the models to try, in turn."""
        return (self.attempt, *self.fallback)

    def digest(self, queue: str) -> str:
        """Fingerprint of the request: the same arguments on the same gateway and key give the same one."""
        asked = {
            "queue": queue,
            "operation": self.operation,
            "model": self.attempt.model,
            "prompt": self.prompt,
            "settings": dict(sorted(self.settings.items())),
            "count": self.count,
            "variation": self.variation,
            "save_to": self.save_to,
            "deliver": self.deliver.model_dump() if self.deliver else None,
            "fallback": [attempt.model for attempt in self.fallback],
            "images": [source.sha256 for source in self.images],
            "mask": self.mask.sha256 if self.mask else None,
            "regions": [dict(region) for region in self.regions],
            "keep_outside": self.keep_outside,
        }
        text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()
