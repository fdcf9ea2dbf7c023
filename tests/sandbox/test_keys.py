"""What a key may do: types and states of keys, told apart by how the gateway answers."""

import httpx2
import pytest

from darkroom.sandbox.server import Running
from sandbox.customer import Customer

MODELS = ("gpt-image-2", "gpt-image-2-all", "gpt-image-2-vip")


def answer(customer: Customer, key: str, model: str) -> httpx2.Response:
    return customer.post("/images/generations", key=key, json={"model": model, "prompt": "a fox"})


@pytest.mark.parametrize("key", ["sk-token-priority", "sk-sandbox", "sk-test-anyone"])
@pytest.mark.parametrize("model", MODELS)
def test_a_good_key_may_call_every_model(customer: Customer, key: str, model: str) -> None:
    assert answer(customer, key, model).status_code == 200


def test_a_key_billed_per_call_cannot_use_the_token_priced_model(customer: Customer) -> None:
    refused = answer(customer, "sk-per-call", "gpt-image-2")
    assert (refused.status_code, refused.json()["error"]["type"]) == (503, "shell_api_error")
    assert "计费模式" in refused.json()["error"]["message"]
    assert "无可用渠道" in refused.json()["error"]["message"]
    for model in MODELS[1:]:
        assert answer(customer, "sk-per-call", model).status_code == 200


def test_an_empty_account_is_refused_before_the_work(customer: Customer) -> None:
    refused = answer(customer, "sk-broke", "gpt-image-2-all")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "insufficient_user_quota"
    assert refused.json()["error"]["localized_message"] == "Insufficient user quota"


def test_a_saturated_channel_is_a_429(customer: Customer) -> None:
    refused = answer(customer, "sk-limited", "gpt-image-2-vip")
    assert refused.status_code == 429
    assert refused.json()["error"]["message"].startswith("当前分组上游负载已饱和，请稍后再试 (")


@pytest.mark.parametrize("key", ["none", "sk-other", "sk-TEST-x"])
def test_an_unknown_key_is_a_401(customer: Customer, key: str) -> None:
    refused = answer(customer, key, "gpt-image-2")
    assert refused.status_code == 401
    assert refused.json()["error"]["message"].startswith("无效的令牌 (request id: ")


def test_the_models_are_listed_for_a_good_key_only(sandbox: Running, http: httpx2.Client) -> None:
    address = sandbox.base_url + "/models"
    assert http.get(address).status_code == 401
    listed = http.get(address, headers={"authorization": "Bearer sk-sandbox"}).json()
    assert [row["id"] for row in listed["data"]] == list(MODELS)


def test_the_ledger_never_holds_a_key(sandbox: Running, http: httpx2.Client) -> None:
    for key in ("sk-sandbox", "sk-other-secret", "sk-test-label"):
        http.post(
            sandbox.base_url + "/images/generations",
            headers={"authorization": f"Bearer {key}"},
            json={"model": "gpt-image-2-all", "prompt": "[[echo-key]] a fox"},
        )
    text = http.get(sandbox.origin + "/_sandbox/ledger").text
    assert "sk-" not in text
    assert {"sandbox", "unknown", "label"} <= {call["key"] for call in sandbox.calls()}
