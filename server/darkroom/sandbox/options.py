"""How one sandbox behaves where the gateway's pages and measurements differ, switch by switch."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from darkroom.catalog.limits import RESULT_URL_SECONDS

_PAIR = re.compile(r"([a-z0-9_]+)=([^+\]]*)")

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "b64_prefix": ("none", "data"),
    "all_size": ("ignore", "reject"),
    "all_quality": ("reject", "ignore"),
    "vip_off_table": ("reject", "rewrite"),
    "vip_quality": ("accept", "reject"),
    "response_format": ("b64_json", "url"),
    "auto_size": ("1024x1024", "1254x1254"),
    "n": ("bill", "reject"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Behaviour of a sandbox; every switch may also be set for one call.

    For one call: `[[set:all_size=reject]]` in the prompt, or a key such as `sk-test-label+all_size=reject`.
    """

    time_scale: float = 1.0
    """Factor on every latency and delay of the profile; 0 is no delay at all."""

    latency_seconds: float | None = None
    """Seconds that every call takes instead of the catalog's profile, not scaled; None follows it."""

    ledger_path: Path | None = None
    """File that every ledger event is appended to, one JSON object a line; None keeps it in memory only."""

    b64_prefix: Literal["none", "data"] = "none"
    """Whether `b64_json` of the flat-priced models starts with `data:image/png;base64,`."""

    all_size: Literal["ignore", "reject"] = "ignore"
    """What a model without sizes does with `size`."""

    all_quality: Literal["reject", "ignore"] = "reject"
    """What a model without sizes does with `quality` and `aspect_ratio`."""

    vip_off_table: Literal["reject", "rewrite"] = "reject"
    """What a model with a table of sizes does with another size: 400, or the nearest multiple of 16."""

    vip_ignore_size: bool = False
    """Whether a model with a table of sizes makes about 1K of the right shape whatever was asked."""

    vip_quality: Literal["accept", "reject"] = "accept"
    """What a model with a table of sizes does with `quality`."""

    response_format: Literal["b64_json", "url"] = "b64_json"
    """Form of the answer of a flat-priced model that was not told."""

    echo_fields: bool = True
    """Whether the token-priced model repeats `size`, `quality`, `background` and `output_format`."""

    transparent_enabled: bool = True
    """Whether a transparent background can be had; it could not before 2026-08-21."""

    auto_size: Literal["1024x1024", "1254x1254"] = "1024x1024"
    """What the token-priced model makes of `auto` without a picture; a probe saw the second."""

    n: Literal["bill", "reject"] = "bill"
    """What a flat-priced model does with `n` above 1: one picture and n charges, or 400."""

    url_ttl_seconds: float = RESULT_URL_SECONDS
    """How long a result link lives, not scaled; then 404."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}.")

    def switched(self, text: str) -> "Options":
        """Return these options with the pairs of `text`, `name=value` joined by `+`, put in.

        Raises:
            ValueError: If `text` names no switch or gives it an impossible value.
        """
        changes = {name: self._read(name, value) for name, value in _PAIR.findall(text)}
        return replace(self, **changes) if changes else self

    def _read(self, name: str, value: str) -> object:
        if name not in SWITCHES:
            raise ValueError(f"No switch is called {name!r}.")
        if name in _CHOICES:
            return value
        if isinstance(getattr(self, name), bool):
            return value in {"1", "true", "yes"}
        return float(value)


SWITCHES: Final = tuple(
    field.name for field in dataclasses.fields(Options) if field.name not in {"ledger_path", "time_scale"}
)
"""Names of the options that one call may set for itself."""
