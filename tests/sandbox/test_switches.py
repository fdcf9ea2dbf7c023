"""Where pages and measurements differ, a switch says which to follow, for a sandbox, a key or a single call."""

import base64
import dataclasses

import httpx2
import pytest

from darkroom.sandbox.options import SWITCHES, Options
from darkroom.sandbox.server import Running
from sandbox.customer import TIMEOUT_SECONDS, Customer, opened

VIP = "gpt-image-2-vip"


def size_of(answer: httpx2.Response) -> tuple[int, int]:
    return opened(base64.b64decode(answer.json()["data"][0]["b64_json"])).size


def test_a_data_prefix_can_be_had_from_the_flat_priced_models_only(customer: Customer) -> None:
    for model, prefixed in (("gpt-image-2", False), ("gpt-image-2-all", True), (VIP, True)):
        row = customer.generate("[[set:b64_prefix=data]]", model).json()["data"][0]
        assert row["b64_json"].startswith("data:image/png;base64,") is prefixed


@pytest.mark.parametrize(
    ("switch", "model", "fields", "usual", "switched"),
    [
        ("all_size=reject", "gpt-image-2-all", {"size": "1024x1024"}, 200, 400),
        ("all_quality=ignore", "gpt-image-2-all", {"quality": "high"}, 400, 200),
        ("all_quality=ignore", "gpt-image-2-all", {"aspect_ratio": "1:1"}, 400, 200),
        ("vip_off_table=rewrite", VIP, {"size": "1024x1024"}, 400, 200),
        ("vip_quality=reject", VIP, {"quality": "high"}, 200, 400),
        ("n=reject", VIP, {"n": 2}, 200, 400),
        ("transparent_enabled=false", "gpt-image-2", {"background": "transparent"}, 200, 400),
    ],
)
def test_a_switch_changes_what_is_refused(
    customer: Customer, switch: str, model: str, fields: dict[str, object], usual: int, switched: int
) -> None:
    assert customer.generate("a fox", model, **fields).status_code == usual
    assert customer.generate(f"a fox [[set:{switch}]]", model, **fields).status_code == switched
    customer.key += f"+{switch}"
    assert customer.generate("a fox", model, **fields).status_code == switched
    assert len(customer.calls()) == 3


@pytest.mark.parametrize(
    ("asked", "made"),
    [("1024x1024", (1024, 1024)), ("1920x1080", (1920, 1088)), ("512x512", (816, 816)), ("2048x1152", (2048, 1152))],
)
def test_a_size_outside_the_table_is_rewritten_as_it_was_seen(
    customer: Customer, asked: str, made: tuple[int, int]
) -> None:
    assert size_of(customer.generate("[[set:vip_off_table=rewrite]]", VIP, size=asked)) == made


def test_a_size_can_be_ignored_for_about_1k_of_the_same_shape(customer: Customer) -> None:
    prompt = "[[set:vip_ignore_size=true]]"
    assert size_of(customer.generate(prompt, VIP, size="3840x2160")) == (1280, 720)
    assert size_of(customer.generate(prompt, VIP)) == (1254, 1254)


def test_the_form_of_an_answer_that_was_not_asked_for_is_a_switch(customer: Customer) -> None:
    assert "b64_json" in customer.generate().json()["data"][0]
    assert "url" in customer.generate("[[set:response_format=url]]").json()["data"][0]


def test_echoed_fields_are_optional(customer: Customer) -> None:
    assert customer.generate(model="gpt-image-2", size="1024x640").json()["size"] == "1024x640"
    assert set(customer.generate("[[set:echo_fields=no]]", "gpt-image-2").json()) == {"created", "data", "usage"}


def test_a_sandbox_can_be_set_as_a_whole() -> None:
    options = Options(time_scale=0, b64_prefix="data", response_format="url", n="reject", latency_seconds=0)
    with Running(options) as running, httpx2.Client(timeout=TIMEOUT_SECONDS) as http:
        customer = Customer(running, http, "whole")
        assert "url" in customer.generate().json()["data"][0]
        assert customer.generate(n=2).status_code == 400


def test_an_impossible_switch_is_refused(customer: Customer) -> None:
    assert customer.generate("[[set:no_such=1]]").json()["error"]["code"] == "sandbox_switch"
    assert customer.generate("[[set:n=maybe]]").status_code == 400
    with pytest.raises(ValueError, match="n must be one of"):
        dataclasses.replace(Options(), n="maybe")


def test_every_switch_can_be_set_for_one_call() -> None:
    for name in SWITCHES:
        value = getattr(Options(), name)
        assert isinstance(Options().switched(f"{name}={value if isinstance(value, str) else 1}"), Options)
