"""Keeping a worker: a front starts one for its gateway and key, and asks an older one to make room."""

import logging
import subprocess
import time
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from darkroom import __version__
from darkroom.errors import DatabaseError
from darkroom.settings import Settings

if TYPE_CHECKING:  # imported by the first call that needs it, not at start-up
    import sqlalchemy as sa

CHECK_SECONDS: Final = 1.0
"""How often a waiting call makes sure that a worker is there."""

START_SECONDS: Final = 30.0
"""Longest time that a worker needs to begin, on a busy machine; also the longest pause between two that die."""

log = logging.getLogger("darkroom.front")


class Keeper:
    """Sees to it that one queue has a worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._checked_at = 0.0
        self._started: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._deaths = 0

    async def ensure(self, engine: "sa.Engine", queue: str, *, at_once: bool = False) -> None:
        """Start a worker for `queue` if none is there; looked at once a second, or `at_once`.

        What goes wrong is logged: the job is written down, and the next look tries again.
        """
        if not at_once and time.monotonic() - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = time.monotonic()
        try:
            await to_thread.run_sync(self._ensure, engine, queue)
        except (DatabaseError, OSError) as exc:
            log.warning("no worker could be started or asked: %s", exc)

    def _ensure(self, engine: "sa.Engine", queue: str) -> None:
        from darkroom.adapters.processes import ask_to_leave, start_worker, worker_lives, worker_of

        settings = self._settings
        if worker_lives(settings.home, queue):
            row = worker_of(engine, queue, settings.home)
            if row is not None and _version(row.version) < _version(__version__) and not row.leaving:
                ask_to_leave(engine, row.executor)
        elif self._may_start():
            self._started = start_worker(settings.environment, settings.home / "logs" / "worker.err")
            self._started_at = time.monotonic()

    def _may_start(self) -> bool:
        """Whether to start a worker now: not while one is on its way, and ever more seldom if they die."""
        if self._started is None:
            return True
        since = time.monotonic() - self._started_at
        status = self._started.poll()
        if status is None:
            return since > START_SECONDS
        self._deaths = 0 if status == 0 else self._deaths
        if status != 0 and since < min(2.0**self._deaths, START_SECONDS):
            return False
        self._deaths += status != 0
        return True


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
