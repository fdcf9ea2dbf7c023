"""What an agent reads of each kind of failure: what happened in plain English with the gateway's own words and ids,
what is known about money, what to do next, and whether another model would help."""

from dataclasses import dataclass
from typing import Any

import pytest

from darkroom.catalog.faults import CHARGE_SENTENCE, Charge
from darkroom.core.report import reports_text
from darkroom.sandbox.server import Running
from faults.workbench import workbench

pytestmark = pytest.mark.anyio

ANOTHER = "Another model may do better."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One failure and what its sentence must hold."""

    trigger: str = ""
    key: str = ""
    code: str
    charge: Charge
    says: tuple[str, ...]
    another_model: bool
    request_id: bool = True


CASES = [
    Case(
        key="sk-mistyped-0123456789",
        code="auth",
        charge="none",
        says=("does not accept the key", "无效的令牌", "Check APIYI_API_KEY"),
        another_model=False,
    ),
    Case(
        key="sk-per-call",
        code="key_type",
        charge="none",
        says=("type or group does not cover gpt-image-2", "计费模式", "pay-per-use-priority"),
        another_model=True,
    ),
    Case(key="sk-broke", code="quota", charge="none", says=("balance", "Recharge"), another_model=True),
    Case(
        trigger="[[429-parameter]]",
        code="invalid_request",
        charge="none",
        says=("refused the request", "quality must be one of", "Change what the gateway names"),
        another_model=False,
    ),
    Case(trigger="[[413]]", code="too_large", charge="none", says=("too large", "smaller"), another_model=False),
    Case(
        trigger="[[policy-input]]",
        code="content_policy",
        charge="none",
        says=("content rules", "safety_violations=[sexual]", "Change the prompt"),
        another_model=True,
    ),
    Case(
        trigger="[[policy-cn]]",
        code="content_policy",
        charge="none",
        says=("content rules", "没有按照预期生成图片"),
        another_model=True,
    ),
    Case(
        trigger="[[429]]",
        code="rate_limited",
        charge="none",
        says=("too much to do", "负载已饱和", "Ask again in a minute"),
        another_model=True,
    ),
    Case(
        trigger="[[500-unknown]]",
        code="upstream",
        charge="none",
        says=("gave no reason", "An error occurred while processing", "smaller"),
        another_model=True,
    ),
    Case(
        trigger="[[502-html]]",
        code="gateway",
        charge="none",
        says=("restarts", "502 Bad Gateway", "Ask again"),
        another_model=True,
    ),
    Case(
        trigger="[[504]]",
        code="timeout",
        charge="possible",
        says=("gave up waiting", "504 Gateway Time-out", "another `variation`"),
        another_model=False,
    ),
    Case(
        trigger="[[drop]]",
        code="disconnected",
        charge="possible",
        says=("connection broke", "another `variation`"),
        another_model=False,
        request_id=False,
    ),
    Case(
        trigger="[[text]]",
        code="no_image",
        charge="certain",
        says=("without a picture", "billed"),
        another_model=True,
    ),
    Case(
        trigger="[[not-an-image]]",
        code="not_an_image",
        charge="certain",
        says=("no picture", "kept in", "variation"),
        another_model=True,
        request_id=False,
    ),
    Case(
        trigger="[[url]][[cdn-404]]",
        code="download_failed",
        charge="certain",
        says=("link did not deliver", "wait_for_jobs"),
        another_model=False,
        request_id=False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.trigger or case.key)
async def test_a_failure_says_what_happened_what_it_cost_and_what_to_do(
    sandbox: Running, environment: dict[str, str], case: Case
) -> None:
    changes = {"APIYI_API_KEY": case.key} if case.key else {}
    async with workbench(sandbox, environment | changes) as bench:
        model = {"gpt-image-2": {"size": "1024x640", "quality": "low"}}
        report = await bench.report(prompt=f"a stone {case.trigger}", model=model)
    [failure] = report["failures"]
    message, text = failure["message"], reports_text([report], sandbox=False)
    assert (failure["code"], failure["charge"]) == (case.code, case.charge)
    assert [words for words in case.says if words not in message] == []
    assert (ANOTHER in message or "another model" in message) == case.another_model or case.code == "not_an_image"
    assert message.endswith((".", "png", "jpg")) or "http" in message.rpartition(" ")[2]
    assert ("request_id" in failure) == case.request_id
    assert _complete(text, failure, CHARGE_SENTENCE[case.charge])


def _complete(text: str, failure: dict[str, Any], charge: str) -> bool:
    """Whether the text says by itself what the structure says."""
    ids = [failure[name] for name in ("request_id", "trace_id", "path") if name in failure]
    return all(part in text for part in (failure["message"], f"charge: {failure['charge']}", charge, *ids, "Next: "))


async def test_a_trace_id_is_taken_out_of_the_words(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment) as bench:
        report = await bench.report(prompt="a stone [[policy-cn]]")
    [failure] = report["failures"]
    assert failure["trace_id"] == "0b5ad4f6c1e29d7788a3f1c4e5d60912"
    assert failure["trace_id"] not in failure["message"]


async def test_the_request_id_is_the_one_that_the_gateway_knows(sandbox: Running, environment: dict[str, str]) -> None:
    for variation, model in enumerate(("gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip"), start=1):
        async with workbench(sandbox, environment) as bench:
            report = await bench.report(prompt="a stone [[413]]", model=model, variation=variation)
            assert report["failures"][0]["request_id"] == bench.posts()[-1]["request_id"]


@pytest.mark.parametrize(
    ("trigger", "settings", "warning"),
    [
        ("[[jpeg]]", {}, "png was ordered, and the picture came as jpeg."),
        ("[[wrong-size:720x960]]", {}, "1024x640 was ordered, and the picture is 720x960."),
        (
            "[[opaque]]",
            {"background": "transparent"},
            "A transparent background was ordered, and the picture has none.",
        ),
        ("[[truncated-image]]", {}, "The picture's bytes stop before its end, so a part of it is missing."),
    ],
)
async def test_a_picture_that_is_not_as_ordered_is_kept_with_a_warning(
    sandbox: Running, environment: dict[str, str], trigger: str, settings: dict[str, str], warning: str
) -> None:
    async with workbench(sandbox, environment) as bench:
        model = {"gpt-image-2": {"size": "1024x640", "quality": "low", **settings}}
        report = await bench.report(prompt=f"a stone {trigger}", model=model)
    assert report["status"] == "completed"
    assert [text for text in report["warnings"] if text.startswith(warning)] != []


@pytest.mark.parametrize("trigger", ["[[no-usage]]", "[[zero-usage]]"])
async def test_a_charge_without_a_count_is_told_as_an_estimate_and_never_as_nothing(
    sandbox: Running, environment: dict[str, str], trigger: str
) -> None:
    async with workbench(sandbox, environment) as bench:
        model = {"gpt-image-2": {"size": "1024x640", "quality": "low"}}
        report = await bench.report(prompt=f"a stone {trigger}", model=model)
    cost = report["cost"]
    assert (cost["basis"], cost["charged_usd"]) == ("estimate", cost["estimate_usd"])
    assert cost["charged_usd"] != "0.00"


async def test_a_dead_link_is_told_without_advice_that_is_meant_for_inputs(
    sandbox: Running, environment: dict[str, str]
) -> None:
    async with workbench(sandbox, environment) as bench:
        report = await bench.report(prompt="a stone [[url]][[cdn-html]]")
    [failure] = report["failures"]
    assert failure["code"] == "download_failed"
    assert "is a web page, not a picture. The link is kept for 24 h" in failure["message"]
