"""However many calls wait, one looks for all of them, and none misses the end of its job."""

from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from darkroom.adapters.changes import Changes
from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from darkroom.core.failure import Failure
from darkroom.service.watching import Watcher
from orders import an_order, nowhere

pytestmark = pytest.mark.anyio

LONG_SECONDS = 3600.0
"""Longer than any test runs: a call that waits for so long has missed a change."""


class Room:
    """A front's watcher, and a worker's journal with a connection of its own."""

    def __init__(self, folder: Path) -> None:
        engine = open_database(folder, "")
        self.watcher = Watcher(Journal(engine), Changes(engine))
        self.worker = Journal(open_database(folder, ""))
        self.folder = folder

    def submit(self, digest: str) -> str:
        """Write down a job that works until `end`."""
        return self.worker.submit(an_order(self.folder), "queue", digest, lambda _: "", nowhere)[0]

    async def end(self, job_id: str) -> None:
        """End a job as another process does."""
        failure = Failure(code="cancelled", message="Cancelled.", charge="none")
        await to_thread.run_sync(self.worker.drop_unsent, job_id, failure)

    async def wait(self, job_id: str) -> None:
        """Wait as the front does, until the job has ended."""
        with self.watcher.watching([job_id]):
            turn = self.watcher.turn
            while (await self.watcher.standings([job_id]))[job_id].status == "working":
                await self.watcher.change(turn, LONG_SECONDS)
                turn = self.watcher.turn


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


async def test_every_waiting_call_learns_of_the_end_of_its_own_job(room: Room) -> None:
    jobs = [room.submit(f"digest {number}") for number in range(6)]
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            for job_id in jobs:
                tasks.start_soon(room.wait, job_id)
            for job_id in reversed(jobs):
                await room.end(job_id)


async def test_a_call_that_looks_for_all_and_gives_up_leaves_the_look_to_another_one(room: Room) -> None:
    first, second = room.submit("one"), room.submit("two")
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            with anyio.CancelScope() as given_up:
                tasks.start_soon(room.wait, second)
                given_up.cancel()
                await room.wait(first)  # begins to look, and is cancelled
            await room.end(second)


async def test_a_change_between_reading_and_waiting_is_not_slept_through(room: Room) -> None:
    job_id = room.submit("one")
    with anyio.fail_after(30), room.watcher.watching([job_id]):
        await room.watcher.standings([job_id])
        turn = room.watcher.turn
        assert (await room.watcher.standings([job_id]))[job_id].status == "working"
        await room.end(job_id)
        await room.watcher.change(turn, LONG_SECONDS)
        assert (await room.watcher.standings([job_id]))[job_id].status == "cancelled"
        # Seen by somebody else already: whoever still knows the old turn need not wait.
        await room.watcher.change(turn, LONG_SECONDS)


async def test_who_waits_long_enough_for_nothing_reads_anew(room: Room) -> None:
    job_id = room.submit("one")
    with anyio.fail_after(30), room.watcher.watching([job_id]):
        await room.watcher.standings([job_id])
        await room.watcher.change(room.watcher.turn, 0)
        await room.end(job_id)
        assert (await room.watcher.standings([job_id]))[job_id].status == "cancelled"
