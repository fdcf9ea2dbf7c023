"""Which key may do what: the profiles that stand for types and states of real keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from darkroom.catalog.spec import ModelSpec, TokenPrice
from darkroom.sandbox.refusals import Refusal

TEST_PREFIX: Final = "sk-test-"
"""Any key that begins so is good for everything; what follows is its label in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a key is to the gateway."""

    label: str
    """How the ledger calls the key, which it never holds."""
    known: bool = True
    switches: str = ""
    """Switches that the key sets for its calls, `name=value` joined by `+`."""
    refusal: Callable[[ModelSpec], Refusal | None] = lambda _: None
    """Why this key cannot call a model; None if it can."""


INVALID_KEY: Final = Refusal(status=401, message="无效的令牌", code="")


def _billed_per_call_only(spec: ModelSpec) -> Refusal | None:
    if not isinstance(spec.price, TokenPrice):
        return None
    # Status unpublished, 503 in the family of programs that the gateway belongs to; the text is of 2024.
    message = f"当前分组 default 下对于模型 {spec.model} 计费模式 [按次计费] 无可用渠道"
    return Refusal(status=503, message=message, code=None)


def _broke(_: ModelSpec) -> Refusal:
    return Refusal(
        status=403,
        message="user [25359] quota [50264] preConsumedQuota [154753] is not enough",
        localized="Insufficient user quota",
        code="insufficient_user_quota",
    )


def _saturated(_: ModelSpec) -> Refusal:
    return Refusal(status=429, message="当前分组上游负载已饱和，请稍后再试", code=None)


PROFILES: Final[Mapping[str, Profile]] = {
    "sk-token-priority": Profile(label="token-priority"),
    "sk-sandbox": Profile(label="sandbox"),
    "sk-per-call": Profile(label="per-call", refusal=_billed_per_call_only),
    "sk-broke": Profile(label="broke", refusal=_broke),
    "sk-limited": Profile(label="limited", refusal=_saturated),
}
"""Every key that is known by its whole text."""


def profile_of(key: str) -> Profile:
    """Return what `key` is; an unknown or empty key has a profile that is not `known`."""
    if key in PROFILES:
        return PROFILES[key]
    if key.startswith(TEST_PREFIX):
        label, _, switches = key.removeprefix(TEST_PREFIX).partition("+")
        return Profile(label=label, switches=switches)
    return Profile(label="unknown" if key else "none", known=False)
