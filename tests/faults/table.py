"""The faults of the matrix as data: what the gateway does, and what must come of it for pictures and money.

The ground is the retry table and the error catalogue of the gateway's pages, and the rule that nothing which may
have been billed is sent twice. The expectations are written down here, not computed by the code under test.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Way: TypeAlias = Literal["generate", "edit", "chat", "chat edit"]

WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
    "gpt-image-2": ("generate", "edit"),
    "gpt-image-2-all": ("generate", "edit", "chat", "chat edit"),
    "gpt-image-2-vip": ("generate", "edit", "chat", "chat edit"),
}
"""How each model can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one job with one picture."""

    posts: int
    """Requests that the gateway saw."""
    billed: int
    """Of these, the ones it charged for."""
    saved: int
    """Pictures on disk."""
    code: str = ""
    """What the caller was told; empty for a success."""
    charge: str = "certain"
    """What the caller was told about money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the gateway misbehaves."""

    name: str
    outcome: Outcome
    prompt: str = ""
    """Triggers of the sandbox."""
    key: str = ""
    """Key of a profile of the sandbox; empty: a key that is good for everything."""
    settings: Mapping[str, str] | None = None
    """Settings of the model besides its size."""
    applies: Callable[[str, Way], bool] = lambda _model, _way: True
    seconds: float = 0
    """How long it takes by its nature, since time-outs of an answer are never shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault on one model in one way."""

    fault: Fault
    model: str
    way: Way

    @property
    def name(self) -> str:
        """The row in words."""
        return f"{self.fault.name} | {self.model} | {self.way}"


SAVED: Final = Outcome(posts=1, billed=1, saved=1)


def _saved_after(posts: int) -> Outcome:
    return Outcome(posts=posts, billed=1, saved=1)


def refused(code: str, posts: int = 1) -> Outcome:
    """Nothing was made and nothing billed."""
    return Outcome(posts=posts, billed=0, saved=0, code=code, charge="none")


def doubt(code: str, billed: int = 1) -> Outcome:
    """It was sent once, and nobody here can know whether it was billed."""
    return Outcome(posts=1, billed=billed, saved=0, code=code, charge="possible")


def _paid_for(code: str) -> Outcome:
    return Outcome(posts=1, billed=1, saved=0, code=code, charge="certain")


def _on_chat(_model: str, way: Way) -> bool:
    return way.startswith("chat")


def _on_images(_model: str, way: Way) -> bool:
    return not way.startswith("chat")


def _by_tokens(model: str, _way: Way) -> bool:
    return model == "gpt-image-2"


def _flat_on_images(model: str, way: Way) -> bool:
    return model != "gpt-image-2" and _on_images(model, way)


def _with_locked_sizes(model: str, way: Way) -> bool:
    return model == "gpt-image-2-vip" and _on_images(model, way)


NOTHING_SENT: Final = Outcome(posts=0, billed=0, saved=0, code="auth", charge="none")

_LINK: Final = "[[url]]"
"""On the chat endpoint a link comes anyway."""

PLAIN: Final = (
    Fault(name="none", outcome=SAVED),
    # Refused before any work.
    Fault(name="content policy, prompt", prompt="[[policy-input]]", outcome=refused("content_policy")),
    Fault(name="content policy, 451", prompt="[[policy-451]]", outcome=refused("content_policy")),
    Fault(name="502 with a page", prompt="[[502-html]]", outcome=refused("gateway", 3)),
    Fault(name="502 without words", prompt="[[502-json]]", outcome=refused("gateway", 3)),
    Fault(name="502 once", prompt="[[502-once]]", outcome=_saved_after(2)),
    Fault(name="503 for ever", prompt="[[503]]", outcome=refused("gateway", 3)),
    Fault(name="503 once", prompt="[[503-once]]", outcome=_saved_after(2)),
    Fault(name="503, 503, 200", prompt="[[503-twice]]", outcome=_saved_after(3)),
    Fault(name="429 for ever", prompt="[[429]]", outcome=refused("rate_limited", 4)),
    Fault(name="429 once", prompt="[[429-once]]", outcome=_saved_after(2)),
    Fault(name="429 with Retry-After", prompt="[[429-retry-after:2]]", outcome=_saved_after(2)),
    Fault(name="429 that is a parameter error", prompt="[[429-parameter]]", outcome=refused("invalid_request")),
    Fault(name="413", prompt="[[413]]", outcome=refused("too_large")),
    Fault(name="500 without a body", prompt="[[empty-body]]", outcome=refused("upstream", 2)),
    Fault(name="500 that is no UTF-8", prompt="[[invalid-utf8]]", outcome=refused("upstream", 2)),
    Fault(name="500 whose error is a text", prompt="[[error-string]]", outcome=refused("upstream", 2)),
    # Refused after the work.
    Fault(name="content policy, picture", prompt="[[policy-output]]", outcome=refused("content_policy")),
    Fault(name="content policy, Chinese", prompt="[[policy-cn]]", outcome=refused("content_policy")),
    Fault(name="500 Unknown error", prompt="[[500-unknown]]", outcome=refused("upstream", 2)),
    Fault(name="500 once", prompt="[[500-once]]", outcome=_saved_after(2)),
    Fault(name="500 nothing from upstream", prompt="[[500-no-content]]", outcome=refused("upstream", 2)),
    Fault(name="answer not written", prompt="[[write-failed]]", outcome=refused("gateway", 2)),
    Fault(name="answer not written once", prompt="[[write-failed-once]]", outcome=_saved_after(2)),
    Fault(name="504", prompt="[[504]]", outcome=doubt("timeout")),
    Fault(name="524", prompt="[[524]]", outcome=doubt("timeout")),
    Fault(name="400 that echoes the key", prompt="[[echo-key]]", outcome=refused("invalid_request")),
    # The gateway bills by status, so an error inside a 200 may have been paid.
    Fault(name="200 with an error inside", prompt="[[200-error]]", outcome=doubt("gateway", billed=0)),
    # The body differs.
    Fault(name="200 without a picture", prompt="[[text]]", outcome=_paid_for("no_image")),
    Fault(name="data URI on chat", prompt="[[datauri]]", outcome=SAVED, applies=_on_chat),
    Fault(name="bare link on chat", prompt="[[bare-url]]", outcome=SAVED, applies=_on_chat),
    Fault(name="parts on chat", prompt="[[list-parts]]", outcome=SAVED, applies=_on_chat),
    Fault(name="images body on chat", prompt="[[vipshape]]", outcome=SAVED, applies=_on_chat),
    Fault(name="data: prefix", prompt="[[prefix]]", outcome=SAVED, applies=_on_images),
    Fault(name="data: prefix as a habit", prompt="[[set:b64_prefix=data]]", outcome=SAVED, applies=_flat_on_images),
    Fault(name="url only", prompt=_LINK, outcome=SAVED, applies=_on_images),
    Fault(
        name="base64 although url asked",
        prompt="[[b64]]",
        outcome=SAVED,
        applies=_flat_on_images,
        settings={"response_format": "url"},
    ),
    Fault(name="no usage", prompt="[[no-usage]]", outcome=SAVED),
    Fault(name="usage of zeros", prompt="[[zero-usage]]", outcome=SAVED),
    # The pixels differ.
    Fault(name="JPEG though PNG asked", prompt="[[jpeg]]", outcome=SAVED),
    Fault(name="another size", prompt="[[wrong-size:720x960]]", outcome=SAVED),
    Fault(name="size ignored", prompt="[[set:vip_ignore_size=1]]", outcome=SAVED, applies=_with_locked_sizes),
    Fault(name="bytes that are text", prompt="[[not-an-image]]", outcome=_paid_for("not_an_image")),
    Fault(name="half a picture", prompt="[[truncated-image]]", outcome=SAVED),
    Fault(name="noise of megabytes", prompt="[[noise]]", outcome=SAVED),
    Fault(
        name="opaque though transparent asked",
        prompt="[[opaque]]",
        outcome=SAVED,
        applies=_by_tokens,
        settings={"background": "transparent"},
    ),
    # The line misbehaves.
    Fault(name="dropped before the work", prompt="[[drop-before]]", outcome=doubt("disconnected", billed=0)),
    Fault(name="dropped after the work", prompt="[[drop]]", outcome=doubt("disconnected")),
    Fault(name="reset after the work", prompt="[[reset]]", outcome=doubt("disconnected")),
    Fault(name="dropped in the middle of the body", prompt="[[drop-mid-body]]", outcome=doubt("disconnected")),
    Fault(name="whole body without an end", prompt="[[tail-stall]]", outcome=SAVED, seconds=5),
    Fault(name="half a body, then silence", prompt="[[stall-mid-body]]", outcome=doubt("disconnected"), seconds=30),
    Fault(name="late first byte", prompt="[[slow-first-byte:3]]", outcome=SAVED, seconds=3),
    # The link misbehaves.
    Fault(name="dead link", prompt=f"{_LINK}[[cdn-404]]", outcome=_paid_for("download_failed")),
    Fault(name="slow link", prompt=f"{_LINK}[[cdn-slow:2]]", outcome=SAVED, seconds=2),
    Fault(name="flaky link", prompt=f"{_LINK}[[cdn-flaky]]", outcome=SAVED),
    Fault(name="link to a page", prompt=f"{_LINK}[[cdn-html]]", outcome=_paid_for("download_failed")),
)
"""Faults that one prompt brings about."""

KEYS: Final = (
    Fault(name="balance too low", key="sk-broke", outcome=refused("quota")),
    Fault(name="per-call key", key="sk-per-call", outcome=refused("key_type"), applies=_by_tokens),
    Fault(name="per-call key", key="sk-per-call", outcome=SAVED, applies=lambda model, way: not _by_tokens(model, way)),
    Fault(name="saturated key", key="sk-limited", outcome=refused("rate_limited", 4)),
    Fault(name="unknown key", key="sk-mistyped-0123456789", outcome=refused("auth")),
)
"""Faults that a key brings about."""


def rows(*faults: Fault) -> Iterator[Row]:
    """Yield each of `faults` on each model in each way that it applies to; what takes long comes first."""
    for fault in sorted(faults, key=lambda fault: -fault.seconds):
        for model, ways in WAYS.items():
            yield from (Row(fault=fault, model=model, way=way) for way in ways if fault.applies(model, way))
