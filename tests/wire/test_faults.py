"""What is told about a failed call: bodies of any shape are read, and no text holds a secret."""

import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.catalog.endings import TransportKind
from darkroom.catalog.limits import CONSOLE_LOG_URL
from darkroom.core.failure import Failure
from darkroom.wire.answer import decode
from darkroom.wire.faults import Verdict, classify, no_image, transport_failure, unreadable
from darkroom.wire.message import WireResponse

KEY = "sk-Zq81TopSecretKey0000"

SHAPES = ("error", "errors", "message", "msg", "code", "param", "status_code", "detail", "localized_message")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just('{"error":"inner"}') | st.just(KEY),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4)
        | st.dictionaries(st.sampled_from(SHAPES), inner, max_size=5)
        | inner.map(json.dumps)
    ),
    max_leaves=15,
)


def answer(status: int, body: object, **headers: str) -> WireResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return WireResponse(status=status, headers=headers, body=raw)


def classified(status: int, body: object, **headers: str) -> Verdict:
    return classify(answer(status, body, **headers), model="gpt-image-2-vip", secrets=[KEY])


def outcome(status: int, body: object) -> tuple[str, str, str]:
    verdict = classified(status, body)
    return verdict.failure.code, verdict.failure.charge, verdict.retry


def error(message: str = "", **fields: Any) -> dict[str, object]:
    return {"error": {"message": message, "type": "shell_api_error", "param": "", "code": None, **fields}}


@pytest.mark.parametrize(
    "body",
    [
        {"error": "no available token"},
        {"error": {"message": "no available token"}},
        {"errors": [{"message": "no available token"}]},
        [{"error": {"message": "no available token"}}],
        {"message": "no available token", "code": 7},
        {"msg": "no available token"},
        {"detail": "no available token"},
        {"detail": [{"msg": "no available token"}]},
        "no available token",
        {"error": {"message": '{"error": {"message": "no available token"}}'}},
        {"error": json.dumps(json.dumps({"message": "no available token"}))},
        b"no available token",
        b"<p>no available <b>token</b></p><script>var x = 'Invalid size'</script>",
        b"\xff\xfe no available token",
    ],
    ids=repr,
)
def test_the_gateways_words_are_found_in_every_shape(body: object):
    failure = classified(503, body).failure

    assert failure.code == "gateway"
    assert "no available token" in failure.message


def test_a_message_says_what_happened_in_whose_words_what_it_cost_and_what_to_do():
    body = error("当前分组上游负载已饱和，请稍后再试 (request id: 20260508224737327828091669)")

    assert classified(429, body).failure == Failure(
        code="rate_limited",
        message=(
            "The gateway has too much to do for gpt-image-2-vip just now. "
            'The gateway said: "当前分组上游负载已饱和，请稍后再试". Nothing was charged. '
            "Ask again in a minute or two, for fewer pictures at once. Another model may do better."
        ),
        charge="none",
        request_id="20260508224737327828091669",
        another_model=True,
    )


def test_an_error_inside_a_success_says_where_to_look():
    message = classified(200, error("late", code="moderation_blocked")).failure.message

    assert "It may have been charged" in message
    assert CONSOLE_LOG_URL in message


def test_a_message_in_doubt_says_where_to_look_and_how_to_ask_again():
    message = classified(524, b"").failure.message

    assert message == (
        "Something between here and gpt-image-2-vip gave up waiting; the picture may have been made. "
        "It may have been charged; it is not sent again by itself. "
        f"The log at {CONSOLE_LOG_URL} says whether it was billed; to ask for the picture again on purpose, "
        "repeat the request with another `variation` number."
    )


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"x-request-id": "req_1", "request-id": "other"}, "req_1"),
        ({"request-id": "2026"}, "2026"),
        ({"x-oneapi-request-id": "2027"}, "2027"),
        ({}, "20260508"),
    ],
)
def test_ids_come_from_the_headers_and_else_from_the_message(headers: dict[str, str], request_id: str):
    body = error("坏（traceid: 0123456789abcdef0123456789abcdef） (request id: 20260508)")
    failure = classify(WireResponse(status=500, headers=headers, body=answer(500, body).body), model="m").failure

    assert failure.request_id == request_id
    assert failure.trace_id == "0123456789abcdef0123456789abcdef"
    assert '"坏"' in failure.message


def test_a_long_text_is_cut_and_stays_on_one_line():
    message = classified(500, error("x\x00y\u202e\r\n" + "é" * 9999)).failure.message

    assert 'said: "x y é' in message
    assert len(message) < 700
    assert message.isprintable()


@pytest.mark.parametrize("filler", [b"a" * 5_000_000, b"[" * 2_000_000, b'{"a":' * 300_000, b"<" * 3_000_000])
def test_a_huge_body_is_classified_by_its_status(filler: bytes):
    assert outcome(429, filler)[0] == "rate_limited"


@pytest.mark.parametrize(
    "said",
    [
        f"Invalid token {KEY}.",
        f"{KEY}",
        f"Authorization: Bearer {KEY}\x00",
        json.dumps({"error": {"message": KEY}}),
        f"a(request id: {KEY})b (traceid: 0123456789abcdef)",
        KEY[:11] + "(request id: 2026)" + KEY[11:],
        "x" * 290 + KEY,
    ],
)
def test_no_text_holds_the_key(said: str):
    headers = {"x-request-id": f"id-{KEY}"}
    failure = classify(answer(401, error(said), **headers), model="m", secrets=[KEY]).failure

    assert KEY not in repr(failure)


def test_a_key_that_nobody_named_is_hidden_too():
    failure = classify(answer(401, error("Incorrect API key provided: sk-abcd****wxyz.")), model="m").failure

    assert "wxyz" not in failure.message
    assert "[key]" in failure.message


@given(
    st.integers(min_value=100, max_value=599),
    st.binary() | JSON.map(lambda document: json.dumps(document).encode()) | st.text().map(str.encode),
    st.dictionaries(st.sampled_from(["x-request-id", "request-id"]), st.text()),
)
def test_whatever_comes_there_is_a_verdict(status: int, body: bytes, headers: dict[str, str]):
    response = WireResponse(status=status, headers=headers, body=body)
    verdict = classify(response, model="m", secrets=[KEY, ""])

    assert verdict.retry == "never" or verdict.failure.charge == "none"
    for failure in (verdict.failure, unreadable(response, model="m", secrets=[KEY])):
        assert failure.message.endswith(".")
        assert KEY not in repr(failure)
        json.dumps([failure.message, failure.request_id], ensure_ascii=False).encode()


@given(st.text(alphabet="abcXYZ019-_.", min_size=8, max_size=40), st.text(), st.text())
def test_no_secret_of_any_kind_is_quoted(secret: str, before: str, after: str):
    secret = f"{secret}#"
    body = error(f"{before}{secret}{after}", code=secret, param=secret)

    assert secret not in repr(classify(answer(500, body), model="m", secrets=[secret]).failure)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I can't help with that: it goes against our content policy.", "content_policy"),
        ("该请求违反了内容政策。", "content_policy"),
        ("What would you like me to draw?", "no_image"),
        ("", "no_image"),
    ],
)
def test_text_instead_of_a_picture_was_charged_and_is_shown(text: str, code: str):
    chat = {"choices": [{"message": {"role": "assistant", "content": text}}]}
    failure = no_image(decode(json.dumps(chat).encode()), model="gpt-image-2-all", headers={"request-id": "7"})

    assert (failure.code, failure.charge, failure.request_id) == (code, "certain", "7")
    assert text in failure.message
    assert "It was charged." in failure.message
    assert failure.another_model


def test_an_answer_that_is_not_understood_was_charged_and_its_bytes_are_kept():
    failure = unreadable(answer(200, b"\x89PNG\r\n", **{"x-request-id": "8"}), model="gpt-image-2")

    assert (failure.code, failure.charge, failure.request_id) == ("not_an_image", "certain", "8")
    assert "is kept" in failure.message


TRANSPORTS = {
    "never_left": ("gateway", "none", "unsent"),
    "timeout": ("timeout", "possible", "never"),
    "disconnected": ("disconnected", "possible", "never"),
    "interrupted": ("interrupted", "possible", "never"),
}


@pytest.mark.parametrize("kind", get_args(TransportKind))
def test_a_call_that_ended_without_an_answer_is_judged_by_when_it_ended(kind: TransportKind):
    verdict = transport_failure(kind, seconds=12.4, model="gpt-image-2", reason=f"reset {KEY}", secrets=[KEY])
    failure = verdict.failure

    assert (failure.code, failure.charge, verdict.retry) == TRANSPORTS[kind]
    assert "12 s" in failure.message
    assert 'The network said: "reset [key]".' in failure.message
    assert (CONSOLE_LOG_URL in failure.message) == ("`variation`" in failure.message) == (failure.charge == "possible")


@pytest.mark.parametrize("seconds", [0.0, math.inf, math.nan])
def test_any_number_of_seconds_makes_a_sentence(seconds: float):
    assert transport_failure("timeout", seconds=seconds).failure.message.endswith(".")
