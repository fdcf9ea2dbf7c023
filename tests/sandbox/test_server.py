"""The sandbox on a port: free to choose, quiet, there at once, gone without a trace, and again on the same port."""

import signal
import subprocess
import sys
import threading
import time

import httpx2
import pytest

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from sandbox.customer import TIMEOUT_SECONDS, Customer

CHILD = """
import sys
from darkroom.sandbox.options import Options
from darkroom.sandbox.server import serve
serve("127.0.0.1", 0, Options(time_scale=0), ready=lambda address: print(address, file=sys.stderr, flush=True))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_sandbox_in_the_foreground_is_quiet_and_ends_when_told(how: signal.Signals) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    address = child.stderr.readline().strip()
    headers = {"authorization": "Bearer sk-sandbox"}
    body = {"model": "gpt-image-2-all", "prompt": "a fox"}
    answer = httpx2.post(f"{address}/images/generations", json=body, headers=headers, timeout=TIMEOUT_SECONDS)
    child.send_signal(how)
    out, err = child.communicate(timeout=10)
    assert (answer.status_code, out, err) == (200, "", "")


def test_two_sandboxes_have_ports_of_their_own_and_one_comes_back_on_its_port(http: httpx2.Client) -> None:
    with Running(Options(time_scale=0)) as first, Running(Options(time_scale=0)) as second:
        assert first.port != second.port
        assert Customer(second, http, "x").generate().status_code == 200
        assert first.calls() == []
        port = first.port
    with pytest.raises(httpx2.ConnectError):
        http.get(f"http://127.0.0.1:{port}/_sandbox/health")
    with Running(Options(time_scale=0), port=port) as again:
        assert again.base_url == f"http://127.0.0.1:{port}/v1"
        assert http.get(again.origin + "/_sandbox/health").json() == {"sandbox": True, "calls": 0}


@pytest.mark.anyio
async def test_a_sandbox_is_an_asynchronous_context_as_well() -> None:
    async with Running(Options(time_scale=0)) as running, httpx2.AsyncClient() as http:
        assert (await http.get(running.origin + "/_sandbox/health")).json()["sandbox"] is True


def test_stopping_does_not_wait_for_calls_under_way(http: httpx2.Client) -> None:
    running = Running(Options()).start()
    customer = Customer(running, http, "busy")
    outcomes: list[type[Exception]] = []

    def ask(prompt: str) -> None:
        try:
            customer.generate(prompt)
        except httpx2.TransportError as exc:
            outcomes.append(type(exc))

    askers = [threading.Thread(target=ask, args=(f"[[{name}]]",)) for name in ("latency:60", "hang", "stall-mid-body")]
    for asker in askers:
        asker.start()
    pause = threading.Event()
    while len(running.calls()) < len(askers):
        pause.wait(0.01)
    started = time.monotonic()
    running.stop()
    assert time.monotonic() - started < 3
    for asker in askers:
        asker.join(timeout=5)
    assert len(outcomes) == len(askers)


def test_a_sandbox_that_never_ran_can_be_stopped() -> None:
    Running().stop()
