"""What a prompt can ask of the sandbox: `[[name]]` or `[[name:argument]]`, as one table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from darkroom.sandbox.refusals import Refusal

Stage = Literal["before", "after", "answer", "picture", "delivery", "download", "behaviour"]
"""When a trigger acts: before the work, after it, on body, pixels, line or link, or all along."""

_TRIGGER = re.compile(r"\[\[([a-z0-9][a-z0-9-]*)(?::([^\]]*))?\]\]")
_TRACE = "0b5ad4f6c1e29d7788a3f1c4e5d60912"
_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One thing that a prompt can ask for."""

    stage: Stage
    meaning: str
    argument: str = ""
    """What may follow the colon; empty if nothing may."""
    refusal: Callable[[str], Refusal] | None = None
    """The refusal that it ends the call with, made from the argument."""
    times: int | None = None
    """How often it acts on the same prompt of the same key; None for always."""
    billed: bool = False
    """Whether a call that ends so is billed."""
    echoes_key: bool = False
    """Whether the refusal is made from the bearer key instead of the argument."""


def read(prompt: str) -> dict[str, str]:
    """Return the known triggers of `prompt` with their arguments, in its order."""
    return {name: argument for name, argument in _TRIGGER.findall(prompt) if name in TRIGGERS}


def unknown(prompt: str) -> list[str]:
    """Return the words of `prompt` in double brackets that are no trigger, as they were written."""
    return [found[0] for found in _TRIGGER.finditer(prompt) if found[1] not in TRIGGERS]


def switches(prompt: str) -> str:
    """Return every pair that `[[set:…]]` asks for, joined by `+`."""
    return "+".join(argument for name, argument in _TRIGGER.findall(prompt) if name == "set")


def without(prompt: str) -> str:
    """Return `prompt` as a person would read it, without triggers; what is none of them stays to be seen."""
    return " ".join(_TRIGGER.sub(lambda found: " " if found[1] in TRIGGERS else found[0], prompt).split())


def listed() -> list[tuple[str, str]]:
    """Return every trigger as it is written in a prompt, and what it does."""
    return [
        (f"[[{name}:…]]" if trigger.argument else f"[[{name}]]", _meaning_of(trigger))
        for name, trigger in TRIGGERS.items()
    ]


def _meaning_of(trigger: Trigger) -> str:
    argument = f" After the colon: {trigger.argument}." if trigger.argument else ""
    return f"{trigger.meaning}{argument}"


def _fixed(refusal: Refusal) -> Callable[[str], Refusal]:
    return lambda _: refusal


def _html(status: int, title: str) -> Callable[[str], Refusal]:
    page = _HTML.format(title).encode()
    return _fixed(Refusal(status=status, raw=page, content_type="text/html"))


def _policy(stage: str, status: int = 400, code: str = "moderation_blocked") -> Callable[[str], Refusal]:
    message = (
        "Your request was rejected by the safety system. If you believe this is an error, contact us at "
        "help.openai.com and include the request ID 4f0c2b1e-0000-4000-8000-5a4db0c0ffee. "
        "safety_violations=[sexual]."
    )
    details = {"moderation_details": {"moderation_stage": stage, "categories": ["sexual"]}}
    return _fixed(Refusal(status=status, message=message, param=None, code=code, outer_status=True, details=details))


_UNKNOWN = Refusal(
    status=500,
    message="An error occurred while processing your request. You can retry your request, or contact us "
    "through our help center if the error persists.",
    localized="Unknown error",
)
_CHINESE = Refusal(
    status=500,
    message=f"没有按照预期生成图片，请重新调整提示词后重试（traceid: {_TRACE}）",
    type="invalid_request_error",
    localized="Unknown error",
    param="",
)
_NO_CONTENT = Refusal(status=500, message="未接收到上游响应内容", localized="Unknown error")
_WRITE = Refusal(status=500, message="write response body failed", code="write_response_body_failed", outer_status=True)
_POOL = Refusal(status=503, message="no available token", code=None)
_BAD_GATEWAY = Refusal(status=502, param="502", code="bad_response_status_code", numbered=False)
_SATURATED = Refusal(status=429, message="当前分组上游负载已饱和，请稍后再试")
_DISGUISED = Refusal(
    status=429,
    message="quality must be one of auto, low, medium, high",
    type="image_generation_user_error",
    param="quality",
    code="invalid_value",
)
_HUGE = Refusal(status=413, message="openai_error", type="openai_error", param="413", code="bad_response_status_code")


def _retry_after(argument: str) -> Refusal:
    return Refusal(status=429, message=_SATURATED.message, headers={"retry-after": argument or "1"})


def _echo(key: str) -> Refusal:
    return Refusal(status=400, message=f"Bad request with header Authorization: Bearer {key}.", code="bad_request")


TRIGGERS: Final[Mapping[str, Trigger]] = {
    # The call is refused before any work.
    "policy-input": Trigger(stage="before", meaning="400 moderation_blocked of the prompt.", refusal=_policy("input")),
    "policy-451": Trigger(stage="before", meaning="451 image_safety.", refusal=_policy("input", 451, "image_safety")),
    "502-html": Trigger(stage="before", meaning="502 with a page.", refusal=_html(502, "502 Bad Gateway")),
    "502-json": Trigger(stage="before", meaning="502 with an empty message, param 502.", refusal=_fixed(_BAD_GATEWAY)),
    "502-once": Trigger(
        stage="before",
        meaning="502 with a page, the first time.",
        refusal=_html(502, "502 Bad Gateway"),
        times=1,
    ),
    "503": Trigger(stage="before", meaning="503, no token upstream.", refusal=_fixed(_POOL)),
    "503-once": Trigger(stage="before", meaning="503, the first time.", refusal=_fixed(_POOL), times=1),
    "503-twice": Trigger(stage="before", meaning="503, twice.", refusal=_fixed(_POOL), times=2),
    "429": Trigger(stage="before", meaning="429, saturated.", refusal=_fixed(_SATURATED)),
    "429-once": Trigger(stage="before", meaning="429, the first time.", refusal=_fixed(_SATURATED), times=1),
    "429-retry-after": Trigger(
        stage="before",
        meaning="429 with Retry-After, the first time.",
        argument="seconds of the header, 1 if left out",
        refusal=_retry_after,
        times=1,
    ),
    "429-parameter": Trigger(
        stage="before", meaning="A parameter error that calls itself 429.", refusal=_fixed(_DISGUISED)
    ),
    "413": Trigger(stage="before", meaning="413, the body is too large.", refusal=_fixed(_HUGE)),
    "empty-body": Trigger(stage="before", meaning="500 without a body.", refusal=_fixed(Refusal(status=500, raw=b""))),
    "invalid-utf8": Trigger(
        stage="before",
        meaning="500 whose JSON is no UTF-8.",
        refusal=_fixed(Refusal(status=500, raw=b'{"error":{"message":"\xff\xfe\xc3(","code":null}}')),
    ),
    "error-string": Trigger(
        stage="before",
        meaning="500 whose error is a bare text.",
        refusal=_fixed(Refusal(status=500, raw=b'{"error": "upstream said no"}')),
    ),
    # The work is done, then the call fails.
    "policy-output": Trigger(
        stage="after", meaning="400 moderation_blocked of the picture.", refusal=_policy("output")
    ),
    "policy-cn": Trigger(stage="after", meaning="500 with the Chinese text.", refusal=_fixed(_CHINESE)),
    "500-unknown": Trigger(stage="after", meaning="500 Unknown error.", refusal=_fixed(_UNKNOWN)),
    "500-once": Trigger(stage="after", meaning="500 Unknown error, the first time.", refusal=_fixed(_UNKNOWN), times=1),
    "500-no-content": Trigger(stage="after", meaning="500, nothing from upstream.", refusal=_fixed(_NO_CONTENT)),
    "write-failed": Trigger(stage="after", meaning="500 write_response_body_failed.", refusal=_fixed(_WRITE)),
    "write-failed-once": Trigger(
        stage="after",
        meaning="500 write_response_body_failed, the first time.",
        refusal=_fixed(_WRITE),
        times=1,
    ),
    "504": Trigger(stage="after", meaning="504 with a page.", refusal=_html(504, "504 Gateway Time-out"), billed=True),
    "524": Trigger(
        stage="after", meaning="524 with a page.", refusal=_html(524, "524: A timeout occurred"), billed=True
    ),
    "echo-key": Trigger(
        stage="after", meaning="400 whose message holds the bearer key.", refusal=_echo, echoes_key=True
    ),
    "200-error": Trigger(
        stage="after",
        meaning="200 with an error inside.",
        refusal=_fixed(Refusal(status=200, message=_UNKNOWN.message, localized="Unknown error")),
    ),
    # The picture is made and billed; the body differs.
    "text": Trigger(stage="answer", meaning="200 without a picture: text on chat, empty data on images."),
    "datauri": Trigger(stage="answer", meaning="Chat: the link is a data URI."),
    "bare-url": Trigger(stage="answer", meaning="Chat: the link stands bare in the text."),
    "list-parts": Trigger(stage="answer", meaning="Chat: content is a list of parts."),
    "vipshape": Trigger(stage="answer", meaning="Chat: the body of the images endpoint."),
    "prefix": Trigger(stage="answer", meaning="b64_json with a data: prefix."),
    "url": Trigger(stage="answer", meaning="A url although b64_json was asked."),
    "b64": Trigger(stage="answer", meaning="b64_json although a url was asked."),
    "no-usage": Trigger(stage="answer", meaning="No usage in the body."),
    "zero-usage": Trigger(stage="answer", meaning="Usage of zeros."),
    # The pixels differ from the order.
    "jpeg": Trigger(stage="picture", meaning="JPEG bytes whatever was asked."),
    "wrong-size": Trigger(stage="picture", meaning="Another size than asked.", argument="WIDTHxHEIGHT"),
    "not-an-image": Trigger(stage="picture", meaning="The bytes are text."),
    "truncated-image": Trigger(stage="picture", meaning="The bytes end half way."),
    "noise": Trigger(stage="picture", meaning="Incompressible noise: 25 MB at 3840x2160."),
    "opaque": Trigger(stage="picture", meaning="Ignores background: transparent."),
    # The line misbehaves after the work; all billed but for the first.
    "drop-before": Trigger(stage="delivery", meaning="Closes before any work; not billed."),
    "drop": Trigger(stage="delivery", meaning="Closes after the work without a byte."),
    "reset": Trigger(stage="delivery", meaning="Resets the connection after the work."),
    "drop-mid-body": Trigger(stage="delivery", meaning="Closes after half of the body."),
    "tail-stall": Trigger(stage="delivery", meaning="The whole JSON, but the body never ends."),
    "stall-mid-body": Trigger(stage="delivery", meaning="Half of the body, then silence."),
    "slow-first-byte": Trigger(
        stage="delivery", meaning="Silence before the first byte.", argument="seconds, not scaled"
    ),
    "hang": Trigger(stage="delivery", meaning="Never answers."),
    # The result link misbehaves.
    "cdn-404": Trigger(stage="download", meaning="The link is dead."),
    "cdn-slow": Trigger(
        stage="download",
        meaning="The link trickles.",
        argument="seconds in all, not scaled; 5 scaled if left out",
    ),
    "cdn-flaky": Trigger(stage="download", meaning="The first two downloads fail."),
    "cdn-html": Trigger(stage="download", meaning="The link answers a page."),
    # Anything else.
    "latency": Trigger(stage="behaviour", meaning="Exact time of the work.", argument="seconds, not scaled"),
    "set": Trigger(stage="behaviour", meaning="A switch of this call.", argument="name=value"),
}
"""Every trigger by its name."""
