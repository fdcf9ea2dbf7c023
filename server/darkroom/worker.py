"""The worker: the process that owns every paid call of one gateway and key.

It takes a lock, takes over what a vanished worker left, runs jobs until there are none, and ends itself.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import ExitStack
from importlib.util import find_spec
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import Final

import sqlalchemy as sa
from anyio.from_thread import BlockingPortal, start_blocking_portal
from filelock import Timeout
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from darkroom import __version__
from darkroom.adapters.changes import Changes
from darkroom.adapters.database import fact, open_database
from darkroom.adapters.engine import POLL_SECONDS, SAFETY_POLL_SECONDS, Engine, Enqueuer, queue_name
from darkroom.adapters.faultpoint import FaultPoint
from darkroom.adapters.gateway import Gateway
from darkroom.adapters.journal import Journal
from darkroom.adapters.library import Library
from darkroom.adapters.private import private_folder
from darkroom.adapters.processes import (
    living_workers,
    lock_of,
    new_executor,
    register,
    seen,
    start_worker,
    unregister,
)
from darkroom.errors import DatabaseError
from darkroom.service.address import gateway_address
from darkroom.service.render import Renderer
from darkroom.service.retention import clear_old
from darkroom.service.salvage import salvage
from darkroom.service.surroundings import Darkroom
from darkroom.settings import Settings

HEARTBEAT_SECONDS: Final = 2.0
"""How often the worker says that it lives, and looks whether it should leave."""

LOOK_SECONDS: Final = 0.01
"""How often it looks for new jobs, and whether it was told to leave."""

SWEEP_SECONDS: Final = 5.0
"""How often it looks for jobs that the engine no longer has, and for pictures that wait for their place."""

CLEAR_SECONDS: Final = 60.0
"""How often it looks for what can be removed."""

HELD_SECONDS: Final = (5.0, 300.0)
"""Pause before it looks whether a held picture has a place now: at first, and at most; doubled each time."""

DRAIN_SECONDS: Final = 3600
"""Longest wait for calls under way when it is to end: more than the longest time-out of an answer and its downloads."""

LOCK_SECONDS: Final = 1.0
"""How long it tries for the lock: a front that looks whether a worker lives holds it for a moment."""

log = logging.getLogger("darkroom.worker")


def run_worker(settings: Settings, *, wait_for_lock: float = LOCK_SECONDS) -> int:
    """Run until idle, replaced or told to end; return the exit status.

    If another worker of the same home, gateway and key runs, this one ends at once.
    """
    set_up_log(settings.home)
    engine = open_database(settings.home, settings.database_url)
    address = gateway_address(settings)
    queue = queue_name(fact(engine, "secret"), address, settings.api_key.get_secret_value())
    lock = lock_of(settings.home, queue)
    try:
        lock.acquire(timeout=wait_for_lock, poll_interval=0.05)
    except Timeout:
        return 0
    with ExitStack() as stack:
        base_url = settings.sandbox_url or settings.base_url
        if settings.sandbox and not settings.sandbox_url:
            base_url = _serve_sandbox(settings, stack)
        worker = _Worker(settings, engine, queue, base_url)
        try:
            worker.serve()
        finally:
            lock.release()
    if worker.has_left_work():
        start_worker(settings.environment, settings.home / "logs" / "worker.err")
    return 0


class _Worker:
    """One worker process at work."""

    def __init__(self, settings: Settings, engine: sa.Engine, queue: str, base_url: str) -> None:
        self._settings = settings
        self._engine = engine
        self._queue = queue
        self._enqueuer = Enqueuer(engine)
        self._new_jobs = Changes(engine, of="jobs")
        self._leave = threading.Event()
        self._held_at = time.monotonic()
        self._held_pause = HELD_SECONDS[0]
        self._cleared_at = -CLEAR_SECONDS
        self._was_idle = False
        self._portal: BlockingPortal | None = None
        key = settings.api_key
        fault = FaultPoint(settings.fault_after)
        self._journal = Journal(engine, passed=fault.passed)
        room = Darkroom(
            journal=self._journal,
            library=Library(engine),
            home=settings.home,
            gateway_url=base_url,
            time_scale=settings.time_scale,
            secrets=(key.get_secret_value(),),
            passed=fault.passed,
        )
        self._dbos = Engine(engine, queue, new_executor(settings.home), self._run)
        self._renderer = Renderer(
            room,
            lambda: Gateway(base_url, SecretStr(key.get_secret_value())),
            executor=self._dbos.executor,
            concurrency=settings.concurrency,
            living=self._living,
        )

    async def _run(self, job_id: str) -> None:
        """Run a job for the engine, on the loop of this worker."""
        await asyncio.wrap_future(self._run_here(job_id))

    def _run_here(self, job_id: str) -> Future[None]:
        """Run a job in this worker; one from the queue might be taken by another machine's."""
        assert self._portal is not None  # noqa: S101 - called inside `serve`
        return self._portal.start_task_soon(self._renderer.run, job_id)

    def serve(self) -> None:
        """Work until there is nothing to do for a while, or until told to leave.

        Jobs run on a loop of their own: the engine's has no main task, which anyio would look for at every turn.
        """
        with start_blocking_portal("asyncio", {"use_uvloop": find_spec("uvloop") is not None}) as self._portal:
            self._serve()

    def _serve(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_leave)
        register(self._engine, self._dbos.executor, self._queue, self._settings.home, __version__)
        log.info("worker %s serves %s", os.getpid(), self._queue)
        self._dbos.launch(self._settings.concurrency, SAFETY_POLL_SECONDS if self._new_jobs.are_seen else POLL_SECONDS)
        try:
            self._take_over()
            self._watch()
        finally:
            self._drain()
            unregister(self._engine, self._dbos.executor)
            log.info("worker %s ended", os.getpid())

    def has_left_work(self) -> bool:
        """Whether a job came while it ended for having none; its front saw a worker then, and started none."""
        return self._was_idle and bool(self._tolerating(lambda: bool(self._journal.unfinished(self._queue))))

    def _drain(self) -> None:
        """Bring in what is out, still being seen; also with nothing out, for a job may have come just now."""
        self._renderer.leaving = True
        drained = threading.Event()
        beating = threading.Thread(target=self._beat_until, args=(drained,), daemon=True)
        beating.start()
        self._dbos.stop(DRAIN_SECONDS)
        while self._renderer.active:  # jobs that were begun before the engine came to them
            time.sleep(LOOK_SECONDS)
        drained.set()
        beating.join()

    def _beat_until(self, drained: threading.Event) -> None:
        while not drained.wait(HEARTBEAT_SECONDS):
            self._tolerating(lambda: seen(self._engine, self._dbos.executor))

    def _asked_to_leave(self, _number: int, _frame: FrameType | None) -> None:
        self._leave.set()

    def _watch(self) -> None:
        beat = sweep = time.monotonic()
        look_seconds = min(LOOK_SECONDS, self._settings.idle_seconds / 4)
        while not self._leave.wait(look_seconds):
            now = time.monotonic()
            if self._new_jobs.are_seen and self._new_jobs.any():
                self._tolerating(self._begin_new)
            if now - beat >= HEARTBEAT_SECONDS:
                beat = now
                asked_to_leave = self._tolerating(lambda: seen(self._engine, self._dbos.executor), failed=None)
                if asked_to_leave:
                    return
                if asked_to_leave is None:
                    sweep = now  # nobody could be seen; whoever lives gets the time to be seen again
            if now - sweep >= SWEEP_SECONDS:
                sweep = now
                self._tolerating(self._sweep)
                self._tolerating(self._clear_old)
            if self._is_idle(now):
                return

    def _begin_new(self) -> bool:
        """Begin jobs at once that the engine will come to with its next look, and then waits for with us.

        Only where there is no second worker of the same queue, on another machine, that would do the same.
        """
        active = self._renderer.active
        room = self._settings.concurrency - len(active)
        waiting = self._journal.planned(self._queue, self._settings.concurrency) if room > 0 else []
        for job_id in [job_id for job_id in waiting if job_id not in active][:room]:
            self._run_here(job_id)
        return False

    def _is_idle(self, now: float) -> bool:
        if self._renderer.active or now - self._renderer.busy_at < self._settings.idle_seconds:
            return False
        self._was_idle = not self._tolerating(self._has_work, failed=True)
        return self._was_idle

    def _has_work(self) -> bool:
        return bool(self._journal.unfinished(self._queue)) or bool(self._dbos.waiting_jobs())

    def _living(self) -> set[str]:
        return {row.executor for row in living_workers(self._engine, self._queue)}

    def _take_over(self) -> None:
        """Take up what workers left that are no more: jobs of the engine, and those it lost sight of."""
        self._held_at = -HELD_SECONDS[1]
        self._tolerating(self._sweep)
        self._tolerating(self._clear_old)

    def _clear_old(self) -> bool:
        """Remove what is long done, now and then: a library that is used for years must not grow slow."""
        now = time.monotonic()
        if now - self._cleared_at >= CLEAR_SECONDS:
            self._cleared_at = now
            clear_old(self._journal, self._settings.home, time.time())
        return False

    def _sweep(self) -> bool:
        self._dbos.take_over(self._living())
        salvaged = set(salvage(self._journal, self._settings.home))
        for job_id in salvaged:
            self._run_here(job_id)
        known = self._dbos.waiting_jobs() | self._renderer.active | salvaged
        for job_id in self._journal.unfinished(self._queue):
            if job_id not in known:
                self._enqueuer.enqueue_again(self._queue, job_id)
        if time.monotonic() - self._held_at >= self._held_pause:
            self._try_held(known)
        return False

    def _try_held(self, known: Collection[str]) -> None:
        """Have another go at pictures that wait for their place, ever more seldom."""
        held = [job_id for job_id in self._journal.held(self._queue) if job_id not in known]
        for job_id in held:
            self._run_here(job_id)
        self._held_at = time.monotonic()
        self._held_pause = min(self._held_pause * 2, HELD_SECONDS[1]) if held else HELD_SECONDS[0]

    def _tolerating(self, look: Callable[[], bool], *, failed: bool | None = False) -> bool | None:
        """Look or tidy up; what goes wrong with that ends no worker, which may have paid calls out."""
        try:
            return look()
        except (DatabaseError, SQLAlchemyError) as exc:
            log.warning("the database did not answer: %s", exc)
        except Exception:  # whatever it is: what is out is paid for, and the log tells the mistake
            log.exception("a mistake while looking after jobs")
        return failed


def set_up_log(home: Path) -> None:
    """Log to a rotating file in `home`, private to the user; standard error goes to the log of the starter."""
    folder = home / "logs"
    private_folder(folder)
    file = folder / "darkroom.log"
    file.touch(mode=0o600)
    handler = RotatingFileHandler(file, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("darkroom")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    if sys.stderr is not None and sys.stderr.isatty():
        logger.addHandler(logging.StreamHandler())


def _serve_sandbox(settings: Settings, stack: ExitStack) -> str:
    """Serve the sandbox in this process, always over real HTTP, and return its base URL."""
    from darkroom.sandbox.options import Options
    from darkroom.sandbox.server import Running

    options = Options(time_scale=settings.time_scale, ledger_path=settings.home / "sandbox-ledger.jsonl")
    return stack.enter_context(Running(options)).base_url
