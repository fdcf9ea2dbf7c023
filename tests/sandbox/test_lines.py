"""Lines that break: closed, reset, cut or silent, exactly where the trigger says, and what that costs."""

import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from sandbox.customer import Customer

QUIET_SECONDS = 0.3
"""How long a test listens before it believes that nothing will come."""


def test_a_drop_sends_not_one_byte_and_is_billed(customer: Customer) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        customer.generate("[[drop]] a fox")
    assert [(call["billed"], call["usd"], call["client_gone"]) for call in customer.calls()] == [(True, "0.03", False)]


def test_a_reset_is_one_and_is_billed(customer: Customer) -> None:
    with pytest.raises(httpx2.ReadError, match="reset"):
        customer.generate("[[reset]] a fox")
    assert customer.calls()[0]["billed"]


def test_a_drop_before_the_work_is_not_billed(customer: Customer) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        customer.generate("[[drop-before]] a fox")
    assert [(call["billed"], call["status"]) for call in customer.calls()] == [(False, None)]


def test_a_drop_in_the_body_leaves_half_of_it(customer: Customer) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending complete message body"):
        customer.generate("[[drop-mid-body]] a fox")
    assert customer.calls()[0]["billed"]


def test_a_connection_works_again_after_every_kind_of_break(customer: Customer) -> None:
    for name in ("drop", "reset", "drop-mid-body", "drop-before"):
        with pytest.raises(httpx2.TransportError):
            customer.generate(f"[[{name}]]")
        assert customer.generate().status_code == 200


@pytest.fixture
def hasty() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=httpx2.Timeout(20, read=QUIET_SECONDS)) as client:
        yield client


@pytest.mark.parametrize("name", ["tail-stall", "stall-mid-body", "hang"])
def test_a_stall_stays_silent_until_the_client_leaves(customer: Customer, hasty: httpx2.Client, name: str) -> None:
    received = bytearray()
    request = hasty.build_request(
        "POST",
        customer.sandbox.base_url + "/images/generations",
        headers={"authorization": f"Bearer {customer.key}"},
        json={"model": "gpt-image-2-all", "prompt": f"[[{name}]]"},
    )
    with pytest.raises(httpx2.ReadTimeout):  # noqa: PT012 - the time-out comes while reading
        answer = hasty.send(request, stream=True)
        for chunk in answer.iter_bytes():
            received += chunk
    begun, whole = received.startswith(b'{"created"'), received.endswith(b"}")
    assert (begun, whole) == {
        "tail-stall": (True, True), "stall-mid-body": (True, False), "hang": (False, False)
    }[name]  # fmt: skip
    hasty.close()
    assert seen_leaving(customer)["billed"]


def seen_leaving(customer: Customer) -> dict[str, object]:
    """Return the first call once the sandbox has noticed that its client left."""
    noticed = threading.Event()
    for _ in range(200):
        call = customer.calls()[0]
        if call["client_gone"]:
            return call
        noticed.wait(0.02)
    raise AssertionError("the sandbox did not notice")


def test_a_slow_first_byte_is_slow_by_the_seconds_asked(customer: Customer) -> None:
    started = time.monotonic()
    assert customer.generate("[[slow-first-byte:0.3]]").status_code == 200
    assert time.monotonic() - started >= 0.3
