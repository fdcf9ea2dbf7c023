"""Waiting for jobs on behalf of many calls at once: one look at the database, however many wait."""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from darkroom.errors import DatabaseError

if TYPE_CHECKING:
    from darkroom.adapters.changes import Changes
    from darkroom.adapters.journal import Journal, Standing

REST_SECONDS: Final = 0.25
"""Pause before a database that did not answer is asked again."""


class Watcher:
    """How all jobs stand that calls of this process wait for."""

    def __init__(self, journal: "Journal", changes: "Changes") -> None:
        self._journal = journal
        self._changes = changes
        self._wanted: Counter[str] = Counter()
        self._standings: dict[str, Standing] = {}
        self._asked: frozenset[str] = frozenset()
        self._reading = anyio.Lock()
        self._is_stale = False
        self.turn = 0
        """Rises with every change that was seen."""
        self._change: anyio.Event | None = None
        """Set at the next change; there while one of the waiting calls looks for all of them."""

    @contextmanager
    def watching(self, job_ids: Sequence[str]) -> Generator[None]:
        """Keep an eye on these jobs as long as the block lasts."""
        self._wanted.update(job_ids)
        try:
            yield
        finally:
            self._wanted.subtract(job_ids)
            self._wanted += Counter()  # drops those that nobody waits for any more

    async def standings(self, job_ids: Sequence[str]) -> "dict[str, Standing]":
        """Return how each of these jobs that exists stands, as of the last change that was seen.

        Raises:
            DatabaseError: If the database cannot be read.
        """
        if self._is_stale or not self._asked.issuperset(job_ids):
            await self._read(job_ids)
        return {job_id: self._standings[job_id] for job_id in job_ids if job_id in self._standings}

    async def change(self, turn: int, seconds: float) -> None:
        """Wait until one of the jobs stands otherwise than at `turn`, for `seconds` at most."""
        with anyio.move_on_after(seconds):
            while self.turn == turn:
                if self._change is not None:
                    await self._change.wait()
                else:
                    await self._look_for_all(turn)
            return
        self._is_stale = True  # nothing seen is no proof that nothing was written

    async def _look_for_all(self, turn: int) -> None:
        change = self._change = anyio.Event()
        try:
            while self.turn == turn:
                await anyio.sleep(self._changes.look_seconds)
                if self._changes.any() or self._is_stale:
                    await self._read_if_possible()
        finally:
            self._change = None
            change.set()  # also if this call waits no longer: another one goes on looking

    async def _read_if_possible(self) -> None:
        try:
            await self._read(())
        except DatabaseError:  # the calls go on waiting, since their jobs go on
            await anyio.sleep(REST_SECONDS)

    async def _read(self, job_ids: Sequence[str]) -> None:
        async with self._reading:
            # A reading that began before these jobs were wanted says nothing about them.
            asked = frozenset(self._wanted).union(job_ids)
            self._is_stale = True
            found = await to_thread.run_sync(self._journal.standings, list(asked))
            self.turn += found != self._standings
            self._standings, self._asked, self._is_stale = found, asked, False
