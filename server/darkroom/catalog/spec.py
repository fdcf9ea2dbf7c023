"""The shapes that the rows of the catalog have: what one hosted model accepts, costs and takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Endpoint = Literal["images", "chat"]
"""Which API of the gateway serves a call: the Images API or chat completions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a model: what may be asked for, and under which name it is sent."""

    name: str
    """The argument's name, as agents write it."""

    kind: Literal["choice", "integer", "size"]
    """`choice`: one of `choices`. `integer`: `minimum` to `maximum`. `size`: WIDTHxHEIGHT by the size rules."""

    meaning: str
    """A few words for agents, where name and range do not say it all. Of choices the first is the default."""

    choices: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int = 0

    default: str | int | None = None
    """What holds when the setting is left out; None where the model decides."""

    sent: Literal["given", "always", "never"] = "given"
    """`given`: sent when asked for. `always`: sent with its default too. `never`: steers Darkroom only."""

    source: str = ""
    """Where the facts come from, with their date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A setting that only goes with certain values of another one."""

    setting: str
    value: str | None
    """The value of `setting` that needs the other one; None: any value that is given."""

    other: str
    allowed: tuple[str, ...]
    """Values of `other` that go with it; empty: `other` must be left out."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRules:
    """Which pixel sizes a model takes that makes any size within bounds."""

    multiple_of: int
    max_edge: int
    max_ratio: int
    min_pixels: int
    max_pixels: int
    presets: tuple[str, ...]
    """Sizes the vendor names; others within the rules work as well."""
    experimental_above_pixels: int
    """Above this area the vendor calls the output experimental."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One size that a model offers, or that it was seen to return for a ratio."""

    size: str
    """`WIDTHxHEIGHT` in pixels."""
    ratio: str
    tier: str
    """`1K`, `2K` or `4K`; `hint` for a size that was seen, not promised."""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioPhrase:
    """Words that steer the shape of a model that has no size field."""

    ratio: str
    phrase: str
    """Stands in front of the prompt, joined by a full-width comma."""
    observed: str
    """Pixels seen for it, `WIDTHxHEIGHT`; empty where nothing is guaranteed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """A price per token, in US dollars per million tokens, before any group multiplier."""

    text_in: Decimal
    image_in: Decimal
    image_out: Decimal
    grid: Mapping[str, int]
    """Output-token grid of each quality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatPrice:
    """A price per call in US dollars, whatever the size; billed times `n`, which is therefore never sent."""

    usd_per_call: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWait:
    """Which calls get the longer time-out; any one condition is enough."""

    qualities: tuple[str, ...] = ()
    above_pixels: int | None = None
    from_images: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Fastest and slowest completion to expect, in seconds; the first row that fits a call holds."""

    seconds: tuple[int, int]
    quality: str | None = None
    above_pixels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRules:
    """What a model that takes a mask expects of it."""

    max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What one hosted model accepts, what it charges and how long it takes.

    Every field holds a fact that a published page or a measurement states; where two differ,
    the newer dated one holds and a comment beside the row says so.
    """

    model: str
    """The id that is sent."""

    summary: str
    """What it is good for, in one line for agents."""

    settings: tuple[Setting, ...]
    pairings: tuple[Pairing, ...]
    endpoints: tuple[Endpoint, ...]
    """The first one is used when nothing is asked for."""

    size_rules: SizeRules | None = None
    size_rows: tuple[SizeRow, ...] = ()
    """Sizes offered (or seen), in the order of the table; empty where `size_rules` hold."""
    default_size: str | None = None
    """Size that is ordered when none is asked for; None: nothing is sent and the model decides."""
    ratio_phrases: tuple[RatioPhrase, ...] = ()
    ratio_join: str = "，"

    max_prompt_chars: int
    max_images: int
    mask: MaskRules | None = None
    transparent: bool
    """Whether a transparent background can be ordered."""

    price: TokenPrice | FlatPrice
    latencies: tuple[Latency, ...]
    timeout_seconds: int
    """Longest wait for an answer; a wait too short costs the picture, one too long costs nothing."""
    long_timeout_seconds: int
    long_wait: LongWait
    request_id_headers: tuple[str, ...]
    cannot: tuple[str, ...]
    """What it cannot do, in words for agents."""
    source: str
    checked: str

    def setting(self, name: str) -> Setting | None:
        """Return the setting called `name`, or None if this model has none."""
        return next((setting for setting in self.settings if setting.name == name), None)
