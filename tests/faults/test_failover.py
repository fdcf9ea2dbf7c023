"""Another model is asked only on request, only after a failure that certainly cost nothing, and within the caps."""

from collections.abc import Mapping
from typing import Any

import pytest

from darkroom.sandbox.server import Running
from faults.workbench import workbench

pytestmark = pytest.mark.anyio

VIP, ALL, OFFICIAL = "gpt-image-2-vip", "gpt-image-2-all", "gpt-image-2"


async def _made(
    sandbox: Running, environment: dict[str, str], arguments: dict[str, Any], changes: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return a job's report, and the models and fields that the gateway saw in turn."""
    async with workbench(sandbox, environment | dict(changes or {})) as bench:
        report = await bench.report(**arguments)
        return report, [(call["model"], call["fields"]) for call in bench.posts()]


async def test_without_fallback_no_other_model_is_asked(sandbox: Running, environment: dict[str, str]) -> None:
    report, seen = await _made(sandbox, environment, {"prompt": "a stone [[policy-input]]", "model": VIP})
    assert (report["status"], [model for model, _ in seen]) == ("failed", [VIP])


@pytest.mark.parametrize("how", ["argument", "setting"])
async def test_models_are_asked_in_the_order_given_and_the_result_says_which_and_why(
    sandbox: Running, environment: dict[str, str], how: str
) -> None:
    names = [ALL, OFFICIAL]
    arguments: dict[str, Any] = {"prompt": "a stone [[policy-input]]", "model": {VIP: {"size": "1280x720"}}}
    changes = {} if how == "argument" else {"DARKROOM_FALLBACK": ",".join(names)}
    report, seen = await _made(
        sandbox, environment, arguments | ({"fallback": names} if how == "argument" else {}), changes
    )
    assert [model for model, _ in seen] == [VIP, ALL, OFFICIAL]
    assert report["warnings"][-2:] == [
        f"{VIP} failed (content_policy, not charged); {ALL} was asked instead.",
        f"{ALL} failed (content_policy, not charged); {OFFICIAL} was asked instead.",
    ]
    assert report["failures"][0]["charge"] == "none"


async def test_the_model_that_made_the_picture_is_named_and_its_price_told(
    sandbox: Running, environment: dict[str, str]
) -> None:
    environment = environment | {"APIYI_API_KEY": "sk-per-call", "DARKROOM_FALLBACK": VIP}
    before = len(sandbox.calls("per-call"))
    async with workbench(sandbox, environment) as bench:
        report = await bench.report(model={OFFICIAL: {"size": "1280x720", "quality": "low"}})
    seen = sandbox.calls("per-call")[before:]
    assert [(call["model"], call["billed"]) for call in seen] == [(OFFICIAL, False), (VIP, True)]
    assert seen[1]["fields"]["size"] == "1280x720"
    assert "quality" not in seen[1]["fields"]
    assert (report["model"], report["status"], report["cost"]["charged_usd"]) == (VIP, "completed", "0.03")
    assert report["warnings"] == [f"{OFFICIAL} failed (key_type, not charged); {VIP} was asked instead."]


@pytest.mark.parametrize("trigger", ["[[504]]", "[[drop]]", "[[drop-mid-body]]", "[[200-error]]", "[[text]]"])
async def test_what_may_have_been_charged_is_asked_of_nobody_else(
    sandbox: Running, environment: dict[str, str], trigger: str
) -> None:
    report, seen = await _made(
        sandbox, environment, {"prompt": f"a stone {trigger}", "model": VIP, "fallback": [ALL, OFFICIAL]}
    )
    assert [model for model, _ in seen] == [VIP]
    assert report["failures"][0]["charge"] != "none"


async def test_a_wrong_key_is_not_tried_on_every_model(sandbox: Running, environment: dict[str, str]) -> None:
    before = len(sandbox.calls("unknown"))
    async with workbench(sandbox, environment, APIYI_API_KEY="sk-mistyped-0123456789") as bench:
        report = await bench.report(model=VIP, fallback=[ALL])
    assert (len(sandbox.calls("unknown")) - before, report["failures"][0]["code"]) == (1, "auth")


async def test_a_size_becomes_a_shape_and_a_shape_the_nearest_size(
    sandbox: Running, environment: dict[str, str]
) -> None:
    refused = "a stone [[policy-input]]"
    _, seen = await _made(
        sandbox, environment, {"prompt": refused, "model": {VIP: {"size": "3840x2160"}}, "fallback": [ALL]}
    )
    assert seen[1][0] == ALL
    assert seen[1][1]["prompt"].endswith(refused)
    assert "16:9" in seen[1][1]["prompt"] or "横" in seen[1][1]["prompt"]
    assert "size" not in seen[1][1]


async def test_a_shape_becomes_the_nearest_size(sandbox: Running, environment: dict[str, str]) -> None:
    _, seen = await _made(
        sandbox,
        environment,
        {"prompt": "a stone [[policy-input]]", "model": {ALL: {"aspect_ratio": "16:9"}}, "fallback": [VIP]},
    )
    width, height = map(int, seen[1][1]["size"].split("x"))
    assert abs(width / height - 16 / 9) < 0.02


async def test_transparency_has_no_fallback_and_that_is_said(sandbox: Running, environment: dict[str, str]) -> None:
    arguments = {
        "prompt": "a stone [[policy-input]]",
        "model": {OFFICIAL: {"background": "transparent", "size": "1024x640", "quality": "low"}},
        "fallback": [VIP, ALL],
    }
    report, seen = await _made(sandbox, environment, arguments)
    assert [model for model, _ in seen] == [OFFICIAL]
    assert report["warnings"] == [
        f"{name} is no fallback for this: {name} makes no transparent background." for name in (VIP, ALL)
    ]


async def test_a_mask_has_no_fallback_and_that_is_said(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment) as bench:
        region = {"shape": "rectangle", "x": 0.2, "y": 0.2, "width": 0.3, "height": 0.3}
        report = await bench.report(
            prompt="a stone [[policy-input]]",
            images=[bench.example()],
            regions=[region],
            model={OFFICIAL: {"quality": "low"}},
            fallback=[VIP],
        )
        assert [call["model"] for call in bench.posts()] == [OFFICIAL]
    assert f"{VIP} is no fallback for this: {VIP} takes no mask." in report["warnings"]


async def test_a_dearer_model_is_not_asked_beyond_a_cap(sandbox: Running, environment: dict[str, str]) -> None:
    arguments = {
        "prompt": "a stone [[policy-input]]",
        "model": {VIP: {"size": "2048x2048"}},
        "fallback": [OFFICIAL],
    }
    for number, caps in enumerate(({"DARKROOM_MAX_CALL_USD": "0.05"}, {"DARKROOM_BUDGET_USD": "0.05"})):
        report, seen = await _made(sandbox, environment, arguments | {"variation": number + 1}, caps)
        assert [model for model, _ in seen] == [VIP] * (number + 1)
        assert report["failures"][0]["code"] == "content_policy"
        assert report["warnings"][-1].startswith(f"{OFFICIAL} was not asked instead: ")
        assert next(iter(caps)) in report["warnings"][-1]
