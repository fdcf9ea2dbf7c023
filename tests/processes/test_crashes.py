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
    """The next worker finishes the call from where it stood, and sends only what was not sent."""
    job_id = home.submit("a chapel")
    with home.worker(DARKROOM_FAULT_AFTER=step) as worker:
        assert wait_gone(worker) == -9
    assert home.posts() or step in ("before-send", "send")
    with home.worker(DARKROOM_IDLE_SECONDS="0.2") as worker:
        if step == "save":  # nothing is left to do, and nothing must be done
            assert wait_gone(worker) == 0
        await until(lambda: home.job(job_id).status != "working", "the job to end")
    _check_honesty(home, [home.job(job_id)])
    [call] = home.job(job_id).calls
    assert call.state is (State.IN_DOUBT if step in UNANSWERED else State.SAVED)


async def test_workers_killed_one_after_another_at_every_step_keep_every_call_honest(home: Home) -> None:
    """Each is killed at the second call that comes to its step, while it also finishes what the one before left."""
    ids: list[str] = []
    for step in GOOD_ROAD:
        ids.append(home.submit(f"a chapel, {step}", count=2))
        with home.worker(DARKROOM_FAULT_AFTER=f"{step}:2") as worker:
            assert wait_gone(worker) == -9
    with home.worker():
        await until(lambda: all(home.job(job_id).status != "working" for job_id in ids), "every job to end")
    _check_honesty(home, [home.job(job_id) for job_id in ids])


def _check_honesty(home: Home, jobs: list[Job]) -> None:
    """Check what must hold of every call, wherever it was cut off."""
    for job in jobs:
        saved = [call for call in job.calls if call.state is State.SAVED]
        doubtful = [call.failure for call in job.calls if call.state is State.IN_DOUBT and call.failure]
        assert len(saved) + len(doubtful) == len(job.calls)
        assert {(failure.code, failure.charge) for failure in doubtful} <= {("interrupted", "possible")}
        assert [image.call_id for image in job.images] == [call.call_id for call in saved]
        assert all(call.attempt == 1 for call in job.calls)
        assert len([post for post in home.posts() if post["prompt"] == job.order.prompt]) <= len(job.calls)
    assert home.files() == sorted(Path(image.path).name for job in jobs for image in job.images)


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
