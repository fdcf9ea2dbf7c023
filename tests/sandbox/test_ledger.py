"""The ledger tells the truth about money: what was asked, how it ended, and that leaving saves nothing."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from sandbox.customer import TIMEOUT_SECONDS, Customer, encoded, part


def waited_for(customer: Customer, name: str) -> dict[str, Any]:
    """Return the first call of `customer` once its field `name` is true."""
    pause = threading.Event()
    for _ in range(300):
        calls = customer.calls()
        if calls and calls[0][name]:
            return calls[0]
        pause.wait(0.01)
    raise AssertionError(f"{name} did not become true")


def test_a_client_that_hangs_up_is_billed_all_the_same(customer: Customer) -> None:
    with httpx2.Client(timeout=httpx2.Timeout(TIMEOUT_SECONDS, read=0.2)) as hasty:
        patient, customer.http = customer.http, hasty
        with pytest.raises(httpx2.ReadTimeout):
            customer.generate("[[latency:0.6]] a fox", "gpt-image-2-vip")
        customer.http = patient
    (call,) = customer.calls()
    assert (call["ended"], call["status"], call["billed"]) == (False, None, False)
    call = waited_for(customer, "ended")
    assert (call["billed"], call["usd"], call["client_gone"]) == (True, "0.03", True)


def test_a_call_in_flight_is_already_there(customer: Customer) -> None:
    worker = threading.Thread(target=customer.generate, args=("[[latency:0.5]] a fox",))
    worker.start()
    assert waited_for(customer, "id")["ended"] is False
    worker.join()
    assert customer.calls()[0]["ended"] is True


def test_a_call_is_written_down_with_all_that_was_sent(customer: Customer) -> None:
    answer = customer.generate("a [[prefix]] fox", size="2048x2048", response_format="b64_json")
    (call,) = customer.calls()
    assert {name: call[name] for name in call if name not in {"id", "time", "ended_time", "seconds"}} == {
        "endpoint": "generations",
        "model": "gpt-image-2-all",
        "key": customer.label,
        "request_id": answer.headers["request-id"],
        "prompt": "a [[prefix]] fox",
        "triggers": {"prefix": ""},
        "fields": {
            "model": "gpt-image-2-all",
            "prompt": "a [[prefix]] fox",
            "size": "2048x2048",
            "response_format": "b64_json",
        },
        "parts": [],
        "ended": True,
        "status": 200,
        "billed": True,
        "usd": "0.03",
        "client_gone": False,
        "ignored": ["size"],
    }


def test_n_on_a_flat_price_makes_one_picture_and_n_charges(customer: Customer) -> None:
    assert len(customer.generate(n=3).json()["data"]) == 1
    assert customer.calls()[0]["usd"] == "0.09"


def test_the_token_price_is_counted_to_the_unit_of_the_ledger(customer: Customer) -> None:
    customer.generate("a" * 28, "gpt-image-2", quality="low", size="1024x1024")
    # 8 + 28/4 = 15 text tokens at $5 and 196 output tokens at $30 a million: 0.005955, in units of 0.000002.
    assert customer.calls()[0]["usd"] == "0.005956"


def test_an_edit_is_billed_for_its_pictures_but_not_for_its_mask(customer: Customer) -> None:
    picture, mask = encoded((1024, 1024)), encoded((1024, 1024), "RGBA", color=(0, 0, 0, 0))
    usage = customer.edit([part(picture), part(mask, "mask")], size="1024x1024", quality="medium").json()["usage"]
    assert usage["input_tokens_details"] == {"image_tokens": 1024, "text_tokens": 10}
    # 10 x $5 + 1024 x $8 + 1756 x $30 a million.
    assert customer.calls()[0]["usd"] == "0.060922"


def test_reset_forgets(tmp_path: Path) -> None:
    with Running(Options(time_scale=0)) as running, httpx2.Client(timeout=TIMEOUT_SECONDS) as http:
        customer = Customer(running, http, "x")
        assert customer.generate("[[503-once]]").status_code == 503
        assert customer.generate("[[503-once]]").status_code == 200
        http.post(running.origin + "/_sandbox/reset")
        assert customer.calls() == []
        assert customer.generate("[[503-once]]").status_code == 503
        assert http.get(running.origin + "/_sandbox/health").json() == {"sandbox": True, "calls": 1}


def test_the_file_has_a_line_for_each_event_as_it_happens(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger.jsonl"
    with (
        Running(Options(time_scale=0, ledger_path=path)) as running,
        httpx2.Client(timeout=TIMEOUT_SECONDS) as http,
    ):
        customer = Customer(running, http, "file")
        customer.generate("a fox")
        with pytest.raises(httpx2.RemoteProtocolError):
            customer.generate("[[drop]]")
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(row["event"], row.get("billed")) for row in rows] == [
        ("asked", False), ("ended", True), ("asked", False), ("ended", True)
    ]  # fmt: skip
    assert rows[0]["id"] == rows[1]["id"] != rows[2]["id"]
    assert "sk-test" not in path.read_text(encoding="utf-8")


def test_a_sandbox_that_stops_leaves_its_calls_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    failures: list[httpx2.TransportError] = []

    def ask(customer: Customer) -> None:
        try:
            customer.generate("[[latency:60]]")
        except httpx2.TransportError as exc:
            failures.append(exc)

    with httpx2.Client(timeout=TIMEOUT_SECONDS) as http:
        with Running(Options(ledger_path=path)) as running:
            customer = Customer(running, http, "stop")
            worker = threading.Thread(target=ask, args=(customer,))
            worker.start()
            waited_for(customer, "id")
        worker.join(timeout=5)
    assert len(failures) == 1
    assert [json.loads(line)["event"] for line in path.read_text(encoding="utf-8").splitlines()] == ["asked"]
