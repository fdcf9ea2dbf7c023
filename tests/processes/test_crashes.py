"""A worker killed at any step leaves, for each call, one file or one honest failure, and never pays twice."""

from pathlib import Path

import pytest

from darkroom.adapters.faultpoint import STEPS
from darkroom.core.job import State
from darkroom.core.records import Job
from darkroom.errors import SettingsError
from darkroom.settings import read_settings
from darkroom.worker import run_worker
from processes.hosts import Home, until, wait_gone

pytestmark = pytest.mark.anyio

UNANSWERED = ("send", "first-byte")
"""Steps after which the answer is not on disk, though the call may be paid."""

GOOD_ROAD = (
    "before-send",
    "send",
    "first-byte",
    "spooled",
    "before-answer",
    "answer",
    "printed",
    "before-target",
    "target",
    "placed",
    "before-save",
    "save",
)
"""Every step of a call that goes well, in order."""


@pytest.mark.parametrize("step", GOOD_ROAD)
async def test_a_worker_killed_at_any_step_leaves_one_file_or_one_honest_failure(home: Home, step: str) -> None:
    """One call: the next worker finishes it from where it stood, and sends only what was not sent."""
    job = await _crashed_and_finished(home, step, count=1)
    [call] = job.calls
    if step in UNANSWERED:
        assert call.state is State.IN_DOUBT
        assert call.failure is not None
        assert (call.failure.code, call.failure.charge) == ("interrupted", "possible")
    else:
        assert call.state is State.SAVED


@pytest.mark.parametrize("step", [f"{step}:2" for step in GOOD_ROAD])
async def test_a_worker_killed_at_any_step_of_a_second_call_keeps_both_honest(home: Home, step: str) -> None:
    """Two calls side by side: each ends with its own file or its own failure."""
    job = await _crashed_and_finished(home, step, count=2)
    if step.partition(":")[0] not in UNANSWERED:
        assert State.SAVED in {call.state for call in job.calls}


async def _crashed_and_finished(home: Home, step: str, count: int) -> Job:
    """Have a worker die at `step` and another one take over; check what must hold whatever the step."""
    job_id = home.submit("a chapel", count=count)
    with home.worker(DARKROOM_FAULT_AFTER=step) as worker:
        assert wait_gone(worker) == -9
    assert home.posts() or step.partition(":")[0] in ("before-send", "send")
    with home.worker(DARKROOM_IDLE_SECONDS="0.2") as worker:
        if home.job(job_id).status == "completed":  # nothing is left to do, and nothing must be done
            assert wait_gone(worker) == 0
        await until(lambda: home.job(job_id).status != "working", "the job to end")
    job = home.job(job_id)
    saved = [call for call in job.calls if call.state is State.SAVED]
    doubtful = [call for call in job.calls if call.state is State.IN_DOUBT]
    assert len(saved) + len(doubtful) == count
    assert all(call.attempt == 1 for call in job.calls)
    assert len(home.posts()) <= count
    assert home.files() == sorted(Path(image.path).name for image in job.images)
    assert len(job.images) == len(saved)
    return job


async def test_a_worker_killed_while_a_call_is_out_is_not_asked_again(home: Home) -> None:
    """The job fails as interrupted and perhaps charged; the same request returns it, another variation sends anew."""
    prompt = "a glacier [[latency:3]]"
    async with home.host() as host:
        job_id = (await host.generate(prompt, wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        [worker] = home.workers()
        worker.kill()
        job = await host.finish(job_id)
        assert job["status"] == "failed"
        [failure] = job["failures"]
        assert (failure["code"], failure["charge"]) == ("interrupted", "possible")
        assert "variation 2" in job["next"]
        assert (await host.generate(prompt))["job_id"] == job_id
        assert len(home.posts()) == 1
        another = await host.generate(prompt, variation=2, wait_seconds=30)
        assert another["status"] == "completed"
    assert len(home.posts()) == 2
    assert len(home.files()) == 1


async def test_a_worker_that_dies_while_nobody_waits_is_followed_by_another(home: Home) -> None:
    """A front sees to its jobs also between calls."""
    async with home.host() as host:
        job_id = (await host.generate("a fjord", count=2, wait_seconds=0))["job_id"]
        await until(lambda: bool(home.workers()), "a worker")
        home.workers()[0].kill()
        await until(lambda: home.job(job_id).status != "working", "the job to end")
    assert len(home.posts()) <= 2


def test_an_unknown_fault_point_is_refused(home: Home) -> None:
    """A typo must not look like a worker that survived."""
    assert set(GOOD_ROAD) < set(STEPS)
    with pytest.raises(SettingsError, match="no step of a call"):
        run_worker(read_settings(home.environment | {"DARKROOM_FAULT_AFTER": "afterwards"}))
