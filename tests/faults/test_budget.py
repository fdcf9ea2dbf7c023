"""The caps on spending: exact among many fronts and processes at once, corrected by what calls did cost, and told."""

import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from darkroom.core.budget import WINDOW_SECONDS
from darkroom.core.failure import Failure
from darkroom.core.job import State
from darkroom.errors import BudgetError
from darkroom.sandbox.server import Running
from faults.hosts import House
from faults.workbench import workbench

pytestmark = pytest.mark.anyio

FLAT = Decimal("0.03")
PROCESSES, EACH, FIT = 5, 20, 30


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def house(sandbox: Running, tmp_path: Path) -> Iterator[House]:
    """A home whose workers are ended with the test."""
    made = House(tmp_path, sandbox.base_url)
    yield made
    made.close()


@pytest.mark.timeout(180)
async def test_a_hundred_submits_of_ten_fronts_fit_a_budget_for_thirty_exactly_thirty_times(
    sandbox: Running, house: House
) -> None:
    key = "sk-test-crowd"
    environment = house.environment(key, DARKROOM_BUDGET_USD=str(FLAT * FIT), PYTHONPATH=str(Path(__file__).parents[1]))
    commands = [[sys.executable, "-m", "faults.crowd", str(number), str(EACH)] for number in range(PROCESSES)]
    processes = [await anyio.open_process(command, env=environment, stderr=None) for command in commands]
    said = ""
    for process in processes:
        assert process.stdout is not None
        said += b"".join([piece async for piece in process.stdout]).decode()
        await process.wait()
        await process.aclose()
    assert (said.count("yes\n"), said.count("no\n")) == (FIT, PROCESSES * EACH - FIT)
    async with house.host(key, DARKROOM_BUDGET_USD=str(FLAT * FIT)) as host:
        assert await host.front.budget_left_usd() == 0
        jobs = await host.front.recent_jobs(["working", "completed"], 100)
        told = await host.ends([job.job_id for job in jobs])
    assert len(told) == FIT
    assert [call["billed"] for call in sandbox.calls("crowd")] == [True] * FIT


async def test_a_reservation_is_corrected_by_what_the_call_did_cost(
    sandbox: Running, environment: dict[str, str]
) -> None:
    async with workbench(sandbox, environment, DARKROOM_BUDGET_USD="5") as bench:
        job_id = bench.submit(model={"gpt-image-2": {"size": "1024x640"}})
        reserved = bench.journal.spent_usd()
        assert reserved == bench.journal.job(job_id).order.attempt.high_usd
        await bench.renderer.run(job_id)
        [post] = bench.posts()
        assert bench.journal.spent_usd() == Decimal(post["usd"]) < reserved


@pytest.mark.parametrize("trigger", ["[[policy-output]]", "[[413]]", "[[429]]", "[[503]]", "[[500-unknown]]"])
async def test_a_reservation_is_released_by_a_refusal(
    sandbox: Running, environment: dict[str, str], trigger: str
) -> None:
    async with workbench(sandbox, environment) as bench:
        await bench.make(prompt=f"a stone {trigger}", count=2)
        assert bench.journal.spent_usd() == 0


@pytest.mark.parametrize("trigger", ["[[504]]", "[[drop]]", "[[drop-before]]", "[[200-error]]"])
async def test_a_reservation_is_kept_where_a_charge_is_possible(
    sandbox: Running, environment: dict[str, str], trigger: str
) -> None:
    async with workbench(sandbox, environment) as bench:
        model = {"gpt-image-2": {"size": "1024x640"}}
        job = await bench.make(prompt=f"a stone {trigger}", model=model)
        assert job.calls[0].state is State.IN_DOUBT
        assert bench.journal.spent_usd() == job.order.attempt.high_usd


@pytest.mark.parametrize("trigger", ["[[no-usage]]", "[[zero-usage]]"])
async def test_without_a_count_of_tokens_the_upper_estimate_stays_reserved(
    sandbox: Running, environment: dict[str, str], trigger: str
) -> None:
    async with workbench(sandbox, environment) as bench:
        job = await bench.make(prompt=f"a stone {trigger}", model={"gpt-image-2": {"size": "1024x640"}})
        assert job.status == "completed"
        assert bench.journal.spent_usd() == job.order.attempt.high_usd


async def test_a_cancelled_call_gives_its_reservation_back(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment) as bench:
        job_id = bench.submit(count=3)
        assert bench.journal.spent_usd() == FLAT * 3
        bench.journal.drop_unsent(job_id, Failure(code="cancelled", message="Cancelled.", charge="none"))
        assert bench.journal.spent_usd() == 0


async def test_a_fallback_is_reserved_at_its_own_price(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment) as bench:
        job = await bench.make(
            prompt="a stone [[500-unknown]]",
            model={"gpt-image-2-vip": {"size": "1280x720"}},
            fallback=["gpt-image-2"],
        )
        [_, _, *_] = bench.posts()
        assert job.calls[0].reserved_microusd == int(job.order.fallback[0].high_usd * 1_000_000)
        assert bench.journal.spent_usd() == 0


async def test_the_budget_holds_for_any_24_hours_and_no_midnight_renews_it(
    sandbox: Running, environment: dict[str, str]
) -> None:
    clock = Clock()
    began = clock.now
    async with workbench(sandbox, environment, clock=clock, DARKROOM_BUDGET_USD="0.05") as bench:
        job = await bench.make()
        assert job.status == "completed"
        sent_at = job.calls[0].sent_at
        assert sent_at is not None
        for hours in (1, 12, 23.9):
            clock.now = began + hours * 3600
            with pytest.raises(BudgetError, match=r"\$0\.02 is left"):
                bench.submit(variation=2)
        clock.now = sent_at + WINDOW_SECONDS + 1
        assert bench.journal.spent_usd() == 0
        bench.submit(variation=2)


async def test_what_waits_unsent_for_longer_than_a_day_still_counts(
    sandbox: Running, environment: dict[str, str]
) -> None:
    clock = Clock()
    async with workbench(sandbox, environment, clock=clock, DARKROOM_BUDGET_USD="0.05") as bench:
        bench.submit()
        clock.now += 3 * WINDOW_SECONDS
        assert bench.journal.spent_usd() == FLAT


async def test_a_clock_that_is_set_back_frees_no_budget(sandbox: Running, environment: dict[str, str]) -> None:
    clock = Clock()
    async with workbench(sandbox, environment, clock=clock, DARKROOM_BUDGET_USD="0.05") as bench:
        await bench.make()
        clock.now -= 400 * 24 * 3600
        with pytest.raises(BudgetError):
            bench.submit(variation=2)


async def test_a_cap_on_one_call_is_a_cap_on_its_upper_estimate(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment, DARKROOM_MAX_CALL_USD="0.05", DARKROOM_BUDGET_USD="1") as bench:
        with pytest.raises(BudgetError, match=r"DARKROOM_MAX_CALL_USD.*\$1\.00 is left"):
            bench.submit(model={"gpt-image-2": {"size": "1024x1024", "quality": "high"}})
        bench.submit(model={"gpt-image-2-vip": {"size": "3840x2160"}}, count=3)
        assert bench.posts() == []


@pytest.mark.timeout(90)
async def test_what_is_left_is_told_by_the_estimate_and_by_every_refusal(house: House) -> None:
    async with house.host("sk-test-left", DARKROOM_BUDGET_USD="0.10") as host:
        estimate = (await host.call("estimate_cost", prompt="a stone"))[0]
        assert estimate["budget_left_usd"] == "0.10"
        done = (await host.call("generate_image", prompt="a stone", wait_seconds=50))[0]["jobs"][0]
        assert (done["status"], done["cost"]["charged_usd"]) == ("completed", "0.03")
        estimate = (await host.call("estimate_cost", prompt="a stone"))[0]
        assert estimate["budget_left_usd"] == "0.07"
        refused = (await host.call("generate_image", prompt="three stones", count=3))[0]["error"]
        assert (refused["code"], refused["charge"]) == ("budget", "none")
        assert "$0.09" in refused["message"]
        assert "$0.07" in refused["message"]


@pytest.mark.timeout(90)
async def test_the_sandbox_stands_outside_the_budget(sandbox: Running, house: House) -> None:
    caps = {"DARKROOM_BUDGET_USD": "0.05", "DARKROOM_MAX_CALL_USD": "0.01"}
    async with house.host("", DARKROOM_SANDBOX=sandbox.base_url, **caps) as host:
        report = (await host.call("generate_image", prompt="stones", count=3, wait_seconds=50))[0]
        assert (report["sandbox"], report["jobs"][0]["status"], len(report["jobs"][0]["images"])) == (
            True,
            "completed",
            3,
        )
        assert await host.front.budget_left_usd() == Decimal("0.05")
