"""Looking at jobs on behalf of many waiting calls at once: one short query, however many wait."""

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

if TYPE_CHECKING:
    from darkroom.adapters.journal import Journal

POLL_SECONDS: Final = 0.02
"""How often the database is asked while somebody waits."""


class Watcher:
    """The statuses of all jobs that calls of this process wait for."""

    def __init__(self, journal: "Journal") -> None:
        self._journal = journal
        self._wanted: Counter[str] = Counter()
        self._statuses: dict[str, str] = {}
        self._asked: frozenset[str] = frozenset()
        self._read_at = 0.0
        self._reading = anyio.Lock()

    @contextmanager
    def watching(self, job_ids: Sequence[str]) -> Generator[None]:
        """Keep an eye on these jobs as long as the block lasts."""
        self._wanted.update(job_ids)
        try:
            yield
        finally:
            self._wanted.subtract(job_ids)
            self._wanted += Counter()  # drops those that nobody waits for any more

    async def statuses(self, job_ids: Sequence[str]) -> dict[str, str]:
        """Return the status of each of these jobs that exists, not older than `POLL_SECONDS`.

        Raises:
            DatabaseError: If the database cannot be read.
        """
        async with self._reading:
            is_old = time.monotonic() - self._read_at >= POLL_SECONDS
            # A reading that began before these jobs were wanted says nothing about them.
            if is_old or not self._asked.issuperset(job_ids):
                asked = frozenset(self._wanted).union(job_ids)
                self._statuses = await to_thread.run_sync(self._journal.statuses, list(asked))
                self._asked, self._read_at = asked, time.monotonic()
        return {job_id: self._statuses[job_id] for job_id in job_ids if job_id in self._statuses}
