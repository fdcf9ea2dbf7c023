"""Plans: exactly the fields that each model may be sent, at each of its endpoints, and how long they may take."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from darkroom.catalog.models import MODELS
from darkroom.core.order import Attempt, Delivery
from darkroom.core.plan import Request, plan, price
from darkroom.core.size import Size

GENERATE = Request(operation="generate", prompt="a fox")
FORBIDDEN = {"n", "style", "input_fidelity", "stream", "partial_images", "user", "endpoint", "aspect_ratio"}


def fields(model: str, settings: dict[str, Any], request: Request = GENERATE) -> dict[str, Any]:
    """Exactly what is sent as text fields."""
    return dict(plan(model, settings, request).fields)


@pytest.mark.requirement("models:fields")
def test_the_official_model_is_sent_only_what_was_asked_for() -> None:
    assert fields("gpt-image-2", {}) == {"model": "gpt-image-2", "prompt": "a fox"}
    everything = {
        "size": "1536x1024",
        "quality": "high",
        "background": "opaque",
        "output_format": "webp",
        "output_compression": 80,
        "moderation": "low",
    }
    assert fields("gpt-image-2", everything) == {"model": "gpt-image-2", "prompt": "a fox", **everything}


@pytest.mark.requirement("models:fields")
def test_the_model_without_sizes_is_sent_the_form_of_its_answer_and_nothing_else() -> None:
    assert fields("gpt-image-2-all", {}) == {
        "model": "gpt-image-2-all",
        "prompt": "a fox",
        "response_format": "b64_json",
    }


@pytest.mark.requirement("models:fields")
def test_a_shape_becomes_a_phrase_in_front_of_the_prompt() -> None:
    assert fields("gpt-image-2-all", {"aspect_ratio": "16:9", "response_format": "url"}) == {
        "model": "gpt-image-2-all",
        "prompt": "横版 16:9，a fox",
        "response_format": "url",
    }
    assert fields("gpt-image-2-all", {"aspect_ratio": "21:9", "endpoint": "chat"}) == {
        "model": "gpt-image-2-all",
        "prompt": "横幅 21:9 超宽银幕，a fox",
    }


@pytest.mark.requirement("models:fields")
def test_the_model_of_locked_sizes_is_always_told_size_and_form() -> None:
    assert fields("gpt-image-2-vip", {}) == {
        "model": "gpt-image-2-vip",
        "prompt": "a fox",
        "size": "2048x2048",
        "response_format": "b64_json",
    }
    assert fields("gpt-image-2-vip", {"size": "auto"})["size"] == "auto"
    assert fields("gpt-image-2-vip", {"endpoint": "images", "size": "3840x1632"})["size"] == "3840x1632"


def test_the_chat_endpoint_is_sent_model_and_prompt_only() -> None:
    for model in ("gpt-image-2-all", "gpt-image-2-vip"):
        attempt = plan(model, {"endpoint": "chat"}, GENERATE)
        assert attempt.endpoint == "chat"
        assert attempt.requested_size == ""
        assert dict(attempt.fields) == {"model": model, "prompt": "a fox"}


def test_an_edit_keeps_the_size_of_image_1_where_the_model_makes_it() -> None:
    request = Request(operation="edit", prompt="bluer", inputs=(Size(2048, 1152),), input_count=1)
    assert fields("gpt-image-2", {}, request)["size"] == "2048x1152"
    assert fields("gpt-image-2-vip", {}, request)["size"] == "2048x1152"
    assert "size" not in fields("gpt-image-2-all", {}, request)


def test_an_edit_of_another_size_orders_the_nearest_and_says_so() -> None:
    request = Request(operation="edit", prompt="bluer", inputs=(Size(1920, 1080),), input_count=1)
    attempt = plan("gpt-image-2-vip", {}, request)
    assert attempt.requested_size == attempt.fields["size"] == "2048x1152"
    assert attempt.warnings == snapshot(
        ("gpt-image-2-vip does not make 1920x1080, the size of image 1, so 2048x1152 was ordered.",)
    )
    assert plan("gpt-image-2-vip", {"size": "auto"}, request).warnings == ()


def test_a_delivery_orders_a_size_or_a_shape_that_suits_it() -> None:
    request = Request(operation="generate", prompt="a fox", deliver=Delivery(width=1920, height=1080))
    assert fields("gpt-image-2-vip", {}, request)["size"] == "2048x1152"
    assert fields("gpt-image-2-all", {}, request)["prompt"] == "横版 16:9，a fox"
    assert fields("gpt-image-2", {"size": "1024x1024"}, request)["size"] == "1024x1024"


@given(
    st.sampled_from(sorted(MODELS)),
    st.sampled_from(["images", "chat"]),
    st.sampled_from(["generate", "edit"]),
    st.text(min_size=1, max_size=50),
)
def test_no_model_is_ever_sent_a_field_that_is_not_its_own(model: str, endpoint: str, op: Any, prompt: str) -> None:
    spec = MODELS[model]
    settings = {"endpoint": endpoint} if endpoint in spec.endpoints and len(spec.endpoints) > 1 else {}
    sent = fields(model, settings, Request(operation=op, prompt=prompt))
    assert not set(sent) & FORBIDDEN
    assert set(sent) <= {"model", "prompt"} | {setting.name for setting in spec.settings}
    assert str(sent["prompt"]).endswith(prompt)


SECONDS: list[tuple[str, dict[str, Any], int, int, tuple[int, int]]] = [
    ("gpt-image-2", {"quality": "low"}, 0, 360, (10, 40)),
    ("gpt-image-2", {"quality": "medium", "size": "1024x1024"}, 0, 360, (30, 90)),
    ("gpt-image-2", {"quality": "high", "size": "1024x1024"}, 0, 600, (155, 235)),
    ("gpt-image-2", {}, 0, 600, (30, 235)),
    ("gpt-image-2", {"quality": "medium", "size": "2560x1440"}, 0, 360, (30, 90)),
    ("gpt-image-2", {"quality": "medium", "size": "3840x2160"}, 0, 600, (180, 300)),
    ("gpt-image-2", {"quality": "low", "size": "1024x1024"}, 3, 360, (10, 40)),
    ("gpt-image-2", {"quality": "low", "size": "1024x1024"}, 4, 600, (10, 40)),
    ("gpt-image-2-all", {}, 0, 300, (30, 90)),
    ("gpt-image-2-all", {"endpoint": "chat"}, 16, 300, (30, 90)),
    ("gpt-image-2-vip", {}, 0, 300, (90, 200)),
    ("gpt-image-2-vip", {"size": "2880x2880"}, 0, 600, (90, 200)),
]


@pytest.mark.parametrize(("model", "settings", "inputs", "timeout", "typical"), SECONDS)
def test_the_wait_for_an_answer_suits_the_call(
    model: str, settings: dict[str, Any], inputs: int, timeout: int, typical: tuple[int, int]
) -> None:
    request = Request(operation="edit" if inputs else "generate", prompt="a fox", input_count=inputs)
    attempt = plan(model, settings, request)
    assert (attempt.timeout_seconds, attempt.typical_seconds) == (timeout, typical)


def test_one_call_is_planned_and_the_whole_request_is_priced() -> None:
    request = Request(operation="generate", prompt="a fox", count=4, multiplier=Decimal("1.5"))
    assert plan("gpt-image-2-vip", {}, request).usd == Decimal("0.045")
    assert price("gpt-image-2-vip", {}, request).usd == Decimal("0.18")


def test_a_plan_is_whole() -> None:
    settings = {"size": "1024x1024", "quality": "low"}
    assert plan("gpt-image-2", settings, GENERATE) == snapshot(
        Attempt(
            model="gpt-image-2",
            endpoint="images",
            fields={
                "model": "gpt-image-2",
                "prompt": "a fox",
                "size": "1024x1024",
                "quality": "low",
            },
            requested_size="1024x1024",
            usd=Decimal("0.005930"),
            high_usd=Decimal("0.005986"),
            basis="estimate",
            typical_seconds=(10, 40),
            timeout_seconds=360,
        )
    )
