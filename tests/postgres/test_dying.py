"""A worker that dies beside another machine's: nothing is sent again, and no answer on its disk is called lost."""

import shutil

import pytest

from darkroom.core.job import State
from postgres.machines import Machine
from processes.hosts import until, wait_gone

pytestmark = pytest.mark.anyio


def state_of(machine: Machine, job_id: str) -> State:
    [call] = machine.job(job_id).calls
    return call.state


async def has_served(machine: Machine) -> None:
    """Wait until the one worker that runs has done a job, and so has looked for what others left."""
    ids = [machine.submit(f"a buoy, number {number}") for number in range(2)]
    await until(lambda: all(machine.job(job_id).status == "completed" for job_id in ids), "jobs of its own")


async def test_a_call_that_was_out_when_its_worker_died_is_in_doubt_and_not_sent_again(
    here: Machine, there: Machine
) -> None:
    """The other machine's worker ends it as interrupted and perhaps charged."""
    job_id = here.submit("a reef [[latency:30]]")
    with here.worker() as worker:
        await until(lambda: len(here.posts()) == 1, "the call to be out")
        worker.kill()
        wait_gone(worker)
    with there.worker():
        await until(lambda: there.job(job_id).status == "failed", "the job to end")
        [call] = there.job(job_id).calls
        assert call.failure is not None
        assert (call.failure.code, call.failure.charge) == ("interrupted", "possible")
    assert len(here.posts()) == 1


@pytest.mark.parametrize("step", ["spooled", "answer"])
async def test_an_answer_on_the_disk_of_one_machine_is_not_called_lost_by_another(
    here: Machine, there: Machine, step: str
) -> None:
    """Cut off between the answer and its file; its own machine's next worker makes the picture of it."""
    job_id = here.submit("a pier")
    with here.worker(DARKROOM_FAULT_AFTER=step) as worker:
        assert wait_gone(worker) == -9
    [answer] = here.spool()
    with there.worker():
        await has_served(there)
        assert state_of(there, job_id) in (State.SENT, State.IN_DOUBT, State.RECEIVED, State.HELD)
        with here.worker():
            await until(lambda: here.job(job_id).status == "completed", "the picture to be saved")
    assert answer not in here.spool()
    assert len([post for post in here.posts() if post["prompt"] == "a pier"]) == 1


async def test_a_picture_held_on_one_machine_is_not_called_lost_by_another(here: Machine, there: Machine) -> None:
    """Its place on disk comes back while only the other machine's worker runs; its own worker puts it there later."""
    job_id = here.submit("a raft [[latency:1]]")
    with here.worker() as worker:
        await until(lambda: len(here.posts()) == 1, "the call to be out")
        shutil.rmtree(here.pictures, ignore_errors=True)
        here.pictures.write_text("in the way")
        await until(lambda: state_of(here, job_id) is State.HELD, "the picture to be held")
        worker.kill()
        wait_gone(worker)
    here.pictures.unlink()
    with there.worker():
        await has_served(there)
        assert state_of(there, job_id) is State.HELD
        with here.worker():
            await until(lambda: here.job(job_id).status == "completed", "the picture to be saved")
    assert len([post for post in here.posts() if "raft" in post["prompt"]]) == len(here.files()) == 1
