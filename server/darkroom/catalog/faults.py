"""What can go wrong with a call, and how the gateway says it: codes, texts and retry rules as data.

Sources: docs.apiyi.com image-api-best-practices (2026-07-15), gpt-image-2 overview (2026-09/11),
error-reporting (2026-08), faq gpt-image-content-moderation (2026-11) and the dated live notices beside the
rows; OpenAI's own codes as measured 2026-08-29/30. Checked 2026-11-22.
"""

from dataclasses import dataclass
from typing import Final, Literal

from darkroom.catalog.limits import CONSOLE_LOG_URL, KEYS_URL
from darkroom.catalog.retries import RetryKind

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

AGAIN_ON_PURPOSE: Final = (
    f"The log at {CONSOLE_LOG_URL} says whether it was billed; to ask for the picture again on purpose, "
    "repeat the request with another `variation` number."
)
"""What to do after a call whose charge is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the gateway says no. A row holds if any one of its marks is found.

    Marks are looked for by kind: first `codes` in every row, then `params`, `words` and `statuses`. Of the
    rows that hold, the first one counts, but that no words repeat a call whose status leaves its charge in
    doubt. The error's `type` is no mark: a relay replaces it.
    """

    name: str
    code: Code
    charge: Charge
    retry: RetryKind = "never"
    """Whether it may be sent again; anything but `never` needs a charge of `none`."""
    codes: tuple[str, ...] = ()
    """`error.code` in full. Only codes that say by themselves that the call is not to be repeated."""
    params: tuple[str, ...] = ()
    """`error.param` in full, for an error with one of the `statuses` or 429."""
    words: tuple[str, ...] = ()
    """Parts of `error.code` or of the message, in any case."""
    words_from_status: int = 0
    """Lowest status for which the words count."""
    statuses: tuple[int, ...] = ()
    meaning: str
    """What happened, as told to the agent; `{model}` is the model's id."""
    advice: str
    """What to do next, as told to the agent."""
    another_model: bool = False
    """Whether another model could do better with the same request."""


FAULTS: Final = (
    Fault(
        name="key type does not suit the model",
        code="key_type",
        charge="none",
        # Historic text of this family of gateways (2024); the status differs, so the words decide.
        words=("计费模式", "无可用渠道", "billing mode"),
        meaning="The key's type or group does not cover {model}.",
        advice=(
            "Use a key of the type pay-per-use-priority in the group Default, which covers all models "
            f"({KEYS_URL}), or a model that this key covers."
        ),
        another_model=True,
    ),
    Fault(
        name="balance too low",
        code="quota",
        charge="none",
        codes=("insufficient_user_quota", "insufficient_quota", "pre_consume_token_quota_failed"),
        words=("preConsumedQuota", "Insufficient user quota", "insufficient_quota", "余额不足", "额度不足"),
        statuses=(402,),
        meaning="The balance is lower than the most this call can cost, which the gateway reserves first.",
        advice="Recharge the account, or ask for something cheaper: less quality, fewer pixels, flat price.",
        another_model=True,
    ),
    Fault(
        name="content policy",
        code="content_policy",
        charge="none",
        codes=("moderation_blocked", "image_safety", "content_policy_violation"),
        words=(
            "moderation_blocked",
            "image_safety",
            "safety system",
            "safety_violations",
            "content_policy",
            "content policy",
            # gpt-image-2-all says this with status 500 and code null: refused, or no picture came of it.
            "没有按照预期生成图片",
        ),
        statuses=(451,),
        meaning="The prompt or a picture was refused by the content rules of {model}.",
        advice="Change the prompt or the pictures; the same request is refused again.",
        another_model=True,
    ),
    Fault(
        name="a setting that the model refuses",
        code="invalid_request",
        charge="none",
        codes=(
            "invalid_value",
            "invalid_type",
            "unknown_parameter",
            "missing_required_parameter",
            "empty_string",
            "empty_array",
            "integer_below_min_value",
            "integer_above_max_value",
            "invalid_input_fidelity_model",
            "unsupported_file_mimetype",
            "invalid_image_file",
        ),
        params=(
            "background",
            "image",
            "mask",
            "model",
            "moderation",
            "n",
            "output_compression",
            "output_format",
            "prompt",
            "quality",
            "response_format",
            "size",
        ),
        # Some parameter errors of gpt-image-2-vip come as 429 (seen 2026-09).
        words=(
            "must be one of",
            "Invalid size",
            "Invalid value",
            "Unknown parameter",
            "Missing required parameter",
            "Invalid image file",
            "unsupported mimetype",
            "image_generation_user_error",
            "model_not_found",
            "does not exist",
        ),
        statuses=(400, 404, 405, 409, 410, 411, 415, 416, 422),
        meaning="{model} refused the request as it stands.",
        advice="Change what the gateway names; the same request is refused again.",
    ),
    Fault(
        name="key refused",
        code="auth",
        charge="none",
        codes=("invalid_api_key",),
        words=("无效的令牌", "Invalid token", "invalid_api_key", "Incorrect API key"),
        statuses=(401,),
        meaning="The gateway does not accept the key.",
        advice=f"Check APIYI_API_KEY against {KEYS_URL}: mistyped, off, expired, or of another gateway.",
    ),
    Fault(
        name="key may not use the model",
        code="key_type",
        charge="none",
        statuses=(403,),
        meaning="The gateway does not let this key use {model}.",
        advice=(
            f"Look at the key's model list, group and type at {KEYS_URL}; if the answer is a web page, a "
            "proxy or firewall on the way refused the call."
        ),
        another_model=True,
    ),
    Fault(
        name="body too large",
        code="too_large",
        charge="none",
        words=("Request Entity Too Large", "request body too large"),
        statuses=(413,),
        meaning="The input pictures are too large for the gateway.",
        advice="Use fewer or smaller pictures.",
    ),
    Fault(
        name="saturated",
        code="rate_limited",
        charge="none",
        retry="saturated",
        words=("负载已饱和", "rate_limit", "rate limit", "too many requests"),
        statuses=(429,),
        meaning="The gateway has too much to do for {model} just now.",
        advice="Ask again in a minute or two, for fewer pictures at once.",
        another_model=True,
    ),
    Fault(
        name="answer could not be written",
        code="gateway",
        charge="none",
        retry="unwritten",
        words=("write_response_body_failed",),
        meaning="The gateway could not pass on the answer for {model}.",
        advice="Ask again in a few minutes.",
    ),
    # Before the rows that are repeated for a vague text: an error can hold both, and may have been billed.
    Fault(
        name="timed out on the way",
        code="timeout",
        charge="possible",
        words=("timeout", "timed out", "deadline exceeded", "disconnect"),
        words_from_status=500,
        # 499, 522 and 524 are those of proxies. The upstream works on after any of them.
        statuses=(408, 499, 504, 522, 524),
        meaning="Something between here and {model} gave up waiting; the picture may have been made.",
        advice=AGAIN_ON_PURPOSE,
    ),
    Fault(
        name="no upstream available",
        code="gateway",
        charge="none",
        retry="unavailable",
        # Live notice of 2026-05-14 about gpt-image-2-vip.
        words=("no available token", "no available channel", "no channel"),
        statuses=(503,),
        meaning="The gateway has no upstream free for {model}.",
        advice="Ask again in a few minutes.",
        another_model=True,
    ),
    Fault(
        name="gateway restarting",
        code="gateway",
        charge="none",
        retry="restarting",
        words=("Bad Gateway",),
        words_from_status=500,
        statuses=(502,),
        meaning="The gateway restarts, or lost its own upstream.",
        advice="Ask again in a few minutes.",
        another_model=True,
    ),
    Fault(
        name="upstream failed without a reason",
        code="upstream",
        charge="none",
        retry="overburdened",
        words=(
            "Unknown error",
            "An error occurred while processing",
            "The server had an error",
            "未接收到上游响应内容",
        ),
        words_from_status=500,
        statuses=(500,),
        meaning="The upstream of {model} gave no reason; often an input picture is too large.",
        advice="Ask again with fewer or smaller input pictures, a smaller size or a plainer prompt.",
        another_model=True,
    ),
)
"""Every known way, in the order in which they are tried: what must not be repeated comes first."""

REDIRECTED: Final = Fault(
    name="redirected",
    code="gateway",
    charge="none",
    meaning="The gateway's address points somewhere else, and the key is not sent there.",
    advice="Check APIYI_BASE_URL.",
)
REFUSED: Final = Fault(
    name="refused with an unknown 4xx",
    code="invalid_request",
    charge="none",
    meaning="The gateway refused the request.",
    advice="Change what the gateway names; the same request is refused again.",
)
UNKNOWN: Final = Fault(
    name="failed in an unknown way",
    code="gateway",
    charge="possible",
    meaning="The gateway failed in a way that is not known.",
    advice=AGAIN_ON_PURPOSE,
)
"""Nothing is known about money, so the worst is assumed."""
