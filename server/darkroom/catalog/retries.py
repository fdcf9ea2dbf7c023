"""When a call that was certainly not billed is sent again, and after how long.

Sources: docs.apiyi.com image-api-best-practices, 2026-07-15, and live 2026-08-25 gpt-image-2-vip-429-retry
(the gateway itself repeats less and expects its callers to). Whatever may have been billed is `never`
sent again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

RetryKind = Literal["never", "unsent", "saturated", "restarting", "unavailable", "unwritten", "overburdened"]
"""Why a call may be sent again, if it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """How often and how soon one kind of failure is tried again."""

    waits_seconds: tuple[int, ...]
    """Wait before each retry, in order; there are as many retries as waits."""
    smaller_inputs: bool = False
    """Whether input pictures are made smaller first. The size that was ordered never is."""

    @property
    def max_retries(self) -> int:
        """How often the call is sent again at the most."""
        return len(self.waits_seconds)


RETRIES: Final[Mapping[RetryKind, RetryRule]] = {
    "never": RetryRule(waits_seconds=()),
    # No connection was made, so nothing arrived; the first two steps of the published back-off.
    "unsent": RetryRule(waits_seconds=(5, 15)),
    # 429 with a full channel: 5, 15, 45 s and two to three tries.
    "saturated": RetryRule(waits_seconds=(5, 15, 45)),
    # 502: the gateway restarts, which takes less than a minute.
    "restarting": RetryRule(waits_seconds=(30, 60)),
    # 503: the pool behind a model is empty; two tries, as for every 5xx.
    "unavailable": RetryRule(waits_seconds=(15, 45)),
    # 500 write_response_body_failed: the gateway itself has tried two or three times.
    "unwritten": RetryRule(waits_seconds=(5,)),
    # 500 without a reason: most often the inputs are too large (comparison page of the models, 2026-05/06).
    "overburdened": RetryRule(waits_seconds=(5,), smaller_inputs=True),
}
"""The rule of each kind."""

JITTER: Final = 0.25
"""Largest share of a wait that is added to it, so that parallel calls do not come back at once."""

RETRY_AFTER_MIN_SECONDS: Final = 1
RETRY_AFTER_MAX_SECONDS: Final = 120
"""Bounds on what a `Retry-After` header may ask for; the gateway documents none, proxies send one."""
