"""Machines whose clocks are wrong by ten minutes: nobody that lives is taken for gone, and nothing is asked twice."""

import time
from functools import partial

import pytest
import sqlalchemy as sa

from darkroom.adapters.database import workers
from darkroom.adapters.processes import SEEN_SECONDS
from darkroom.core.job import State
from postgres.machines import Machine, wrong_clock
from processes.hosts import until

pytestmark = pytest.mark.anyio

TEN_MINUTES = 600.0


def ended(machine: Machine, job_id: str) -> bool:
    return machine.job(job_id).status == "completed"


@pytest.mark.parametrize("ahead", [-TEN_MINUTES, TEN_MINUTES])
async def test_a_worker_is_seen_by_one_clock_for_all_machines(here: Machine, ahead: float) -> None:
    """One behind would be taken for gone at once, and one ahead for living long after its end."""

    def seen_at() -> float | None:
        with here.engine.connect() as connection:
            return connection.execute(sa.select(workers.c.seen_at)).scalar_one_or_none()

    with here.worker(**wrong_clock(ahead)):
        await until(lambda: seen_at() is not None, "the worker to be seen")
        assert abs((seen_at() or 0.0) - time.time()) < SEEN_SECONDS


async def test_a_call_of_a_worker_whose_clock_is_behind_is_left_to_it(here: Machine, there: Machine) -> None:
    """Another machine's worker comes while the call is out; it neither sends it nor calls it interrupted."""
    job_id = here.submit("a sundial [[latency:100]]")
    with here.worker(DARKROOM_CONCURRENCY="1", **wrong_clock(-TEN_MINUTES)):
        await until(lambda: len(here.posts()) == 1, "the call to be out")
        # The first worker has its hands full, so what comes now is done by the second.
        with there.worker(DARKROOM_CONCURRENCY="1"):
            for number in range(2):
                other = there.submit(f"an hourglass, number {number}")
                await until(partial(ended, there, other), "the second worker to work")
            [call] = here.job(job_id).calls
            assert call.state is State.SENT
    assert [post["prompt"] for post in here.posts()].count("a sundial [[latency:100]]") == 1


async def test_a_request_finds_its_newest_job_though_an_older_one_was_written_by_a_clock_ahead(
    here: Machine, there: Machine
) -> None:
    """The older one was delivered; while the newer one works, the same request must not make a third."""
    folder = {"DARKROOM_OUTPUT_DIR": str(here.pictures)}
    async with here.host(**wrong_clock(TEN_MINUTES)) as fast, there.host(**folder) as right:
        prompt = "a metronome [[latency:1.5]]"
        first = await fast.generate(prompt, wait_seconds=40)
        assert first["status"] == "completed"
        second = await right.generate(prompt, wait_seconds=0)
        assert second["job_id"] != first["job_id"]
        third = await right.generate(prompt, wait_seconds=40)
        assert third["job_id"] == second["job_id"]
        assert third["status"] == "completed"
    assert len(here.posts()) == 2
