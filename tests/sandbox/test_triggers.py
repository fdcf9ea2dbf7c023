"""What a prompt can ask of the sandbox: each refusal with its status, its body and what it costs."""

import base64
import time

import pytest

from darkroom.sandbox.triggers import TRIGGERS, read, without
from sandbox.customer import Customer, opened

REFUSALS = [
    ("policy-input", 400, '"moderation_stage": "input"'),
    ("policy-output", 400, '"moderation_stage": "output"'),
    ("policy-451", 451, "image_safety"),
    ("policy-cn", 500, "没有按照预期生成图片"),
    ("500-unknown", 500, "Unknown error"),
    ("500-no-content", 500, "未接收到上游响应内容"),
    ("write-failed", 500, "write_response_body_failed"),
    ("502-html", 502, "<h1>502 Bad Gateway</h1>"),
    ("502-json", 502, '"param": "502"'),
    ("503", 503, "no available token"),
    ("504", 504, "<h1>504 Gateway Time-out</h1>"),
    ("524", 524, "524"),
    ("429", 429, "当前分组上游负载已饱和"),
    ("429-parameter", 429, "quality must be one of"),
    ("413", 413, "openai_error"),
    ("error-string", 500, '{"error": "upstream said no"}'),
    ("200-error", 200, '"localized_message": "Unknown error"'),
]
BILLED = {"504", "524"}


@pytest.mark.parametrize(("name", "status", "text"), REFUSALS)
def test_a_refusal_has_its_status_and_words_and_is_billed_only_after_a_time_out(
    customer: Customer, name: str, status: int, text: str
) -> None:
    answer = customer.generate(f"a fox [[{name}]]")
    assert (answer.status_code, text in answer.text) == (status, True)
    assert [call["billed"] for call in customer.calls()] == [name in BILLED]
    assert customer.generate(f"a fox [[{name}]]").status_code == status


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("500-once", [500, 200, 200]),
        ("502-once", [502, 200, 200]),
        ("503-once", [503, 200, 200]),
        ("503-twice", [503, 503, 200]),
        ("429-once", [429, 200, 200]),
        ("write-failed-once", [500, 200, 200]),
    ],
)
def test_a_passing_failure_passes(customer: Customer, name: str, statuses: list[int]) -> None:
    assert [customer.generate(f"a fox [[{name}]]").status_code for _ in range(3)] == statuses
    assert [call["billed"] for call in customer.calls()] == [status == 200 for status in statuses]
    assert customer.generate(f"another fox [[{name}]]").status_code == statuses[0]


def test_retry_after_is_a_header(customer: Customer) -> None:
    answer = customer.generate("[[429-retry-after:2]] a fox")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert customer.generate("[[429-retry-after:2]] a fox").status_code == 200


def test_bodies_that_are_no_answer(customer: Customer) -> None:
    assert customer.generate("[[empty-body]]").content == b""
    broken = customer.generate("[[invalid-utf8]]").content
    with pytest.raises(UnicodeDecodeError):
        broken.decode()


def test_the_key_is_echoed_when_asked(customer: Customer) -> None:
    assert customer.key in customer.generate("[[echo-key]]").json()["error"]["message"]


def bytes_of(customer: Customer, prompt: str, model: str = "gpt-image-2", **fields: object) -> bytes:
    (row,) = customer.generate(prompt, model, **fields).json()["data"]
    return base64.b64decode(row["b64_json"])


def test_pixels_that_differ_from_the_order(customer: Customer) -> None:
    assert opened(bytes_of(customer, "[[jpeg]]")).format == "JPEG"
    assert opened(bytes_of(customer, "[[wrong-size:640x480]]")).size == (640, 480)
    assert bytes_of(customer, "[[not-an-image]]").decode().startswith("upstream returned a page")
    assert opened(bytes_of(customer, "[[opaque]]", background="transparent")).mode == "RGB"
    with pytest.raises(OSError, match=r"truncated|broken"):
        opened(bytes_of(customer, "[[truncated-image]]"))
    assert all(call["billed"] for call in customer.calls())


def test_noise_is_incompressible_and_the_same_again(customer: Customer) -> None:
    small = bytes_of(customer, "[[noise]]", size="1024x1024")
    assert len(small) > 1024 * 1024 * 3
    assert len(bytes_of(customer, "[[noise]]", size="3840x2160")) > 24_000_000


def test_bodies_that_differ_from_the_order(customer: Customer) -> None:
    prefixed = customer.generate("[[prefix]]").json()["data"][0]["b64_json"]
    assert prefixed.startswith("data:image/png;base64,iVBOR")
    assert "url" in customer.generate("[[url]]", response_format="b64_json").json()["data"][0]
    assert "b64_json" in customer.generate("[[b64]]", response_format="url").json()["data"][0]
    assert customer.generate("[[text]]").json()["data"] == []
    assert "usage" not in customer.generate("[[no-usage]]").json()
    assert customer.generate("[[zero-usage]]", "gpt-image-2").json()["usage"]["total_tokens"] == 0
    assert all(call["billed"] and call["usd"] != "0" for call in customer.calls())


def test_an_exact_latency_is_not_scaled(customer: Customer) -> None:
    started = time.monotonic()
    customer.generate("[[latency:0.3]] a fox")
    assert 0.3 <= time.monotonic() - started < 2


def test_triggers_can_be_combined_and_do_not_show(customer: Customer) -> None:
    both = customer.generate("[[jpeg]] a [[prefix]] fox").json()["data"][0]["b64_json"]
    assert both.startswith("data:image/png;base64,/9j/")
    assert without("[[jpeg]] a [[latency:2]]  fox") == "a fox"
    assert read("[[no-such]] [[429-retry-after:7]]") == {"429-retry-after": "7"}


def test_every_trigger_says_what_it_does() -> None:
    for trigger in TRIGGERS.values():
        assert trigger.meaning.endswith(".")
