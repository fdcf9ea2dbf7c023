"""What can go wrong with a call, and how the gateway says it: codes, texts and retry rules as data."""

from typing import Final, Literal

Code = Literal[
    "auth",
    "key_type",
    "quota",
    "budget",
    "invalid_request",
    "too_large",
    "content_policy",
    "rate_limited",
    "upstream",
    "gateway",
    "timeout",
    "disconnected",
    "interrupted",
    "no_image",
    "not_an_image",
    "download_failed",
    "storage",
    "cancelled",
]
"""Why a picture was not made, in one word that agents may rely on."""

Charge = Literal["none", "possible", "certain"]
"""What is known about money: nothing was billed, something may have been, or it was."""

CHARGE_SENTENCE: Final[dict[Charge, str]] = {
    "none": "Nothing was charged.",
    "possible": "It may have been charged; it is not sent again by itself.",
    "certain": "It was charged.",
}
