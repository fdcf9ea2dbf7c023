"""What the gateway's known errors mean: each leads to its code, and only what was free may be repeated."""

import json
from typing import Any

import pytest

from darkroom.wire.faults import classify
from darkroom.wire.message import WireResponse


def outcome(status: int, body: object) -> tuple[str, str, str]:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    verdict = classify(WireResponse(status=status, headers={}, body=raw), model="gpt-image-2-vip")
    return verdict.failure.code, verdict.failure.charge, verdict.retry


def error(message: str = "", **fields: Any) -> dict[str, object]:
    return {"error": {"message": message, "type": "shell_api_error", "param": "", "code": None, **fields}}


UNKNOWN_500 = (
    "An error occurred while processing your request. You can retry your request, or contact us through our "
    "help center at help.openai.com if the error persists. Please include the request ID 11 in your message."
)
MODERATION = {
    "error": {
        "message": "Your request was rejected by the safety system. If you believe this is an error, contact "
        "us at help.openai.com and include the request ID 11. safety_violations=[sexual].",
        "type": "image_generation_user_error",
        "param": None,
        "code": "moderation_blocked",
        "moderation_details": {"moderation_stage": "input", "categories": ["sexual"]},
    }
}
QUOTA = error(
    "user [25359] quota [50264897] preConsumedQuota [154753475] is not enough",
    localized_message="Insufficient user quota",
    code="insufficient_user_quota",
)

KNOWN = {
    # OpenAI's own, as the relay passes them on.
    "unknown size": (
        400,
        error("Invalid size 'bogus'.", param="size", code="invalid_value"),
        "invalid_request",
    ),
    "unknown field": (
        400,
        error("Unknown parameter: 'style'.", param="style", code="unknown_parameter"),
        "invalid_request",
    ),
    "mask without alpha": (
        400,
        error("Invalid image file or mode for image 1, please check your image file.", code="invalid_image_file"),
        "invalid_request",
    ),
    "code lost, param kept": (400, error("Nope.", param="size", code=""), "invalid_request"),
    "code and param lost": (500, error("Invalid size '800x800'."), "invalid_request"),
    "moderation 400": (400, MODERATION, "content_policy"),
    "moderation 403": (403, MODERATION, "content_policy"),
    "moderation, outer status": (400, {"status_code": 400, **MODERATION}, "content_policy"),
    "image_safety 451": (451, error("image_safety"), "content_policy"),
    # The gateway's own.
    "bad key": (401, error("无效的令牌 (request id: 2026)", code=""), "auth"),
    "bad key, English": (401, error("Invalid token"), "auth"),
    "balance 403": (403, QUOTA, "quota"),
    "balance 429": (429, QUOTA, "quota"),
    "key type": (
        503,
        error("当前分组 default 下对于模型 gpt-image-2 计费模式 [按次计费] 无可用渠道"),
        "key_type",
    ),
    "key may not": (403, error("forbidden"), "key_type"),
    "unknown model": (404, error("model_not_found"), "invalid_request"),
    "body too large": (413, error("openai_error", code="bad_response_status_code"), "too_large"),
    "policy of the -all line": (
        500,
        error(
            "没有按照预期生成图片，请重新调整提示词后重试（traceid: 0123456789abcdef）",
            localized_message="Unknown error",
        ),
        "content_policy",
    ),
    "parameter error disguised as 429": (
        429,
        error("quality must be one of low, medium, high", code="rate_limit_exceeded"),
        "invalid_request",
    ),
    "user error disguised as 429": (429, error("image_generation_user_error"), "invalid_request"),
    "a slow link among the inputs": (
        400,
        error("Timeout while downloading https://a.b/c.png."),
        "invalid_request",
    ),
    # A gateway in front of the gateway turns the code into the status.
    "code as text of a number": (400, error("Invalid value: 'x'.", code="400"), "invalid_request"),
    "code as a number": (401, {"error": {"message": "no", "code": 401}}, "auth"),
}

REPEATED = {
    "saturated": (
        429,
        error("当前分组上游负载已饱和，请稍后再试 (request id: 1)"),
        "rate_limited",
        "saturated",
    ),
    "rate limit": (429, error("Slow down", code="rate_limit_exceeded"), "rate_limited", "saturated"),
    "429 with a vague text": (429, error("Unknown error"), "rate_limited", "saturated"),
    "bare 429": (429, b"", "rate_limited", "saturated"),
    "429 in front": (429, error("litellm.RateLimitError", code="429"), "rate_limited", "saturated"),
    "not written": (
        500,
        {"status_code": 500, "error": {"message": "", "code": "write_response_body_failed"}},
        "gateway",
        "unwritten",
    ),
    "unknown error": (500, error(UNKNOWN_500, localized_message="Unknown error"), "upstream", "overburdened"),
    "nothing received": (500, error("未接收到上游响应内容"), "upstream", "overburdened"),
    "bare 500": (500, b"", "upstream", "overburdened"),
    "restart, HTML": (502, b"<html><h1>502 Bad Gateway</h1></html>", "gateway", "restarting"),
    "restart, wrapped": (500, error(param="502", code="bad_response_status_code"), "gateway", "restarting"),
    "pool empty": (503, error("no available token"), "gateway", "unavailable"),
    "bare 503": (503, b"", "gateway", "unavailable"),
}

IN_DOUBT = {
    "504": (504, b"<html>504 Gateway Time-out</html>", "timeout"),
    "524": (524, b"<!DOCTYPE html><title>api.apiyi.com | 524: A timeout occurred</title>", "timeout"),
    "504, wrapped": (500, error(param="504", code="bad_response_status_code"), "timeout"),
    "504, told otherwise inside": (504, error(code="503"), "timeout"),
    "deadline in a vague error": (
        500,
        error("do request failed: context deadline exceeded", localized_message="Unknown error"),
        "timeout",
    ),
    "cut off upstream": (503, b"upstream connect error or disconnect/reset before headers", "timeout"),
    "unknown 5xx": (520, b"", "gateway"),
    "error in a success": (200, error("late"), "gateway"),
    "busy in a success": (200, error("too many requests"), "rate_limited"),
    "policy in a success": (200, MODERATION, "content_policy"),
}


@pytest.mark.parametrize(("status", "body", "code"), KNOWN.values(), ids=KNOWN)
def test_a_refusal_costs_nothing_and_is_not_repeated(status: int, body: object, code: str):
    assert outcome(status, body) == (code, "none", "never")


@pytest.mark.parametrize(("status", "body", "code", "retry"), REPEATED.values(), ids=REPEATED)
def test_what_was_certainly_not_billed_may_be_repeated(status: int, body: object, code: str, retry: str):
    assert outcome(status, body) == (code, "none", retry)


@pytest.mark.parametrize(("status", "body", "code"), IN_DOUBT.values(), ids=IN_DOUBT)
def test_what_may_have_been_billed_is_not_repeated(status: int, body: object, code: str):
    assert outcome(status, body) == (code, "possible", "never")


def test_a_refusal_before_execution_costs_nothing_even_inside_a_success():
    assert outcome(200, QUOTA) == ("quota", "none", "never")
