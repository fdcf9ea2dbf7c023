"""The front: what a host's process does. It checks, prices, writes down, waits and shows; it never pays.

Everything that matters is in the database before a call returns, so this process may die at any moment.
"""

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import anyio
from anyio import to_thread

from darkroom.core.budget import budget_problem, left
from darkroom.core.failure import Failure
from darkroom.core.job import State
from darkroom.core.order import Order
from darkroom.core.records import Image, Job
from darkroom.core.report import progress_message
from darkroom.errors import DarkroomError, DatabaseError, MissingKeyError, UnknownJobError
from darkroom.service.address import gateway_address
from darkroom.service.keeping import CHECK_SECONDS, Keeper
from darkroom.service.watching import Watcher
from darkroom.settings import Settings

if TYPE_CHECKING:  # sqlalchemy and dbos are imported by the first call that needs them, not at start-up
    import sqlalchemy as sa

    from darkroom.adapters.engine import Enqueuer
    from darkroom.adapters.journal import Journal
    from darkroom.adapters.library import Library
    from darkroom.service.previews import Previews, Sheet

PROGRESS_SECONDS: Final = 5.0
"""How often a waiting call says how far it is; some hosts count silence as death."""

WATCH_SECONDS: Final = 5.0
"""How often a front looks whether jobs are left without a worker while nobody waits for them."""

REVIVE_SECONDS: Final = 10.0
"""Longest wait for another go at a held picture: a worker may have to start for it."""

HELD_LOOK_SECONDS: Final = 0.05
"""How often it is asked whether that go is over."""

DELIVERY_SECONDS: Final = 0.5
"""Longest wait of a finished result for its being written down as delivered."""

Report: TypeAlias = Callable[[float, str], Awaitable[None]]
"""Tell the caller how far it is: seconds that rise, and a sentence."""


@dataclass(frozen=True, slots=True)
class _Store:
    """The opened database."""

    engine: "sa.Engine"
    journal: "Journal"
    library: "Library"
    enqueuer: "Enqueuer"
    watcher: Watcher
    previews: "Previews"
    queue: str


class Front:
    """One front on one set of settings. Opens the database at its first need."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: _Store | None = None
        self._opening = anyio.Lock()
        # Previews beyond the number of processors would only take memory from each other.
        self._drawing = anyio.CapacityLimiter(os.cpu_count() or 1)
        self._keeper = Keeper(settings)

    async def submit(self, order: Order) -> tuple[Job, bool]:
        """Write down a job and have it run; return it and whether it is new.

        Raises:
            MissingKeyError: If there is neither a key nor the sandbox. Nothing was sent.
            BudgetError: If a cap would be passed. Nothing was sent.
            DatabaseError: If it cannot be written down. Nothing was sent.
        """
        self.check_key()
        store = await self._open()
        digest = order.digest(store.queue)
        check = partial(_caps, self.settings, order)
        job_id, is_new = await to_thread.run_sync(
            store.journal.submit, order, store.queue, digest, check, store.enqueuer.enqueue
        )
        await self.ensure_worker(at_once=True)
        return await to_thread.run_sync(store.journal.job, job_id), is_new

    def check_key(self) -> None:
        """Make sure that a paid call can be made.

        Raises:
            MissingKeyError: If there is neither a key nor the sandbox.
        """
        if not self.settings.has_key:
            raise MissingKeyError(
                "There is no key: APIYI_API_KEY is not set for this server. Two ways out: ask the user to put a key "
                "into the server's environment (some hosts strip it; `darkroom doctor` tells), or set "
                "DARKROOM_SANDBOX=1 to try everything with drawn pictures and no charge. Nothing was sent and "
                "nothing was charged."
            )

    async def wait(
        self,
        job_ids: Sequence[str],
        seconds: float,
        *,
        until: Literal["all", "any"] = "all",
        report: Report | None = None,
        sheet_px: int = 0,
    ) -> list[Job]:
        """Return these jobs once all (or one) of them have ended, or after `seconds` at the latest.

        Meanwhile what a contact sheet of `sheet_px` will need is made ready; of none, if that is 0.

        Raises:
            UnknownJobError: If one of them does not exist.
        """
        store = await self._open()
        began = time.monotonic()
        told_at = -PROGRESS_SECONDS
        with anyio.move_on_after(min(REVIVE_SECONDS, seconds + 0.5)):
            await self._revive(store, job_ids)
        sheet = await self._sheet(store, job_ids, sheet_px if until == "all" else 0)
        with store.watcher.watching(job_ids):
            while True:
                elapsed, turn = time.monotonic() - began, store.watcher.turn
                if (jobs := await self._look(store, job_ids, until, is_over=elapsed >= seconds)) is not None:
                    return jobs
                if report is not None and elapsed - told_at >= PROGRESS_SECONDS:
                    told_at = elapsed
                    with suppress(DatabaseError):
                        jobs = await to_thread.run_sync(store.journal.jobs, job_ids)
                        await report(elapsed, progress_message(jobs, time.time()))
                await self.ensure_worker()
                if sheet is not None:
                    left_seconds = max(0.0, seconds - elapsed)
                    with suppress(DatabaseError), anyio.move_on_after(left_seconds):
                        await to_thread.run_sync(sheet.make_ready, left_seconds, limiter=self._drawing)
                await store.watcher.change(turn, min(CHECK_SECONDS, max(0.0, seconds - elapsed)))

    async def _sheet(self, store: _Store, job_ids: Sequence[str], sheet_px: int) -> "Sheet | None":
        """Begin the contact sheet of these jobs, if they will make several pictures."""
        from darkroom.service.previews import Sheet

        jobs = await to_thread.run_sync(store.journal.jobs, job_ids) if sheet_px else []
        several = sum(job.order.count for job in jobs) > 1
        return Sheet(store.previews, store.library, jobs, sheet_px) if several else None

    async def _look(
        self, store: _Store, job_ids: Sequence[str], until: Literal["all", "any"], *, is_over: bool
    ) -> list[Job] | None:
        """Return the jobs if enough of them have ended, or if the time is over; None to look again."""
        enough = all if until == "all" else any
        try:
            standings = await store.watcher.standings(job_ids)
            if missing := [job_id for job_id in job_ids if job_id not in standings]:
                raise UnknownJobError(
                    f"There is no job {missing[0]!r}. list_images shows the jobs that work or failed."
                )
            if enough(standings[job_id].status != "working" for job_id in job_ids) or is_over:
                return await to_thread.run_sync(store.journal.jobs, job_ids)
        except DatabaseError:
            if is_over:
                raise
        return None  # also while the database is away: the jobs go on all the same

    async def cancel(self, job_id: str) -> tuple[Job, int]:
        """Drop the calls of a job that were not sent; return the job and how many were dropped.

        Raises:
            UnknownJobError: If there is no such job.
        """
        store = await self._open()
        failure = Failure(code="cancelled", message="Cancelled before it was sent.", charge="none")
        dropped = await to_thread.run_sync(store.journal.drop_unsent, job_id, failure)
        return await to_thread.run_sync(store.journal.job, job_id), dropped

    async def delivered(self, jobs: Sequence[Job]) -> None:
        """Remember that the caller has the results of those jobs that have ended."""
        ended = [job.job_id for job in jobs if job.status != "working" and job.delivered_at is None]
        if ended:
            store = await self._open()
            # The result does not wait for a busy database: it is written down all the same, or at worst given twice.
            with anyio.move_on_after(DELIVERY_SECONDS), suppress(DatabaseError):
                await to_thread.run_sync(store.journal.delivered, ended, abandon_on_cancel=True)

    async def budget_left_usd(self) -> Decimal | None:
        """What is left of the budget for any 24 hours, in US dollars; None if there is no budget."""
        if self.settings.budget_usd is None:
            return None
        store = await self._open()
        return left(self.settings.budget_usd, await to_thread.run_sync(store.journal.spent_usd))

    async def recent_jobs(self, statuses: Sequence[str], limit: int) -> list[Job]:
        """Return the newest jobs of these statuses."""
        store = await self._open()
        return await to_thread.run_sync(store.journal.recent_jobs, list(statuses), limit)

    async def page(self, limit: int, before: str) -> tuple[list[Image], str]:
        """Return the newest pictures, and the mark of the next page."""
        store = await self._open()
        return await to_thread.run_sync(store.library.page, limit, before)

    async def family(self, image_id: str) -> list[Image]:
        """Return every picture of one family, root first."""
        store = await self._open()
        return await to_thread.run_sync(store.library.family, image_id)

    async def images(self, image_ids: Sequence[str]) -> list[Image]:
        """Return these pictures of the library."""
        if not image_ids:
            return []
        store = await self._open()
        return await to_thread.run_sync(store.library.images, list(image_ids))

    async def of_sandbox(self, images: Sequence[Image]) -> set[str]:
        """Return the ids of those of these pictures that the sandbox drew."""
        store = await self._open()
        return await to_thread.run_sync(store.library.of_sandbox, images)

    async def image(self, image_id: str) -> Image:
        """Return one picture of the library."""
        store = await self._open()
        return await to_thread.run_sync(store.library.image, image_id)

    async def delete(self, image_id: str) -> list[str]:
        """Remove a picture, the model's own picture kept beside it, and their rows; return the files removed.

        Raises:
            UnknownImageError: If there is no picture of this id.
            FolderError: If a file cannot be removed; then its row stays too.
        """
        from darkroom.service.deletion import delete_picture

        store = await self._open()
        return await to_thread.run_sync(delete_picture, store.library, self.settings.home, image_id)

    async def preview(self, images: Sequence[Image], max_px: int, max_bytes: int) -> tuple[bytes, str] | None:
        """Return a small picture of these, and its MIME type; None if none can be shown."""
        store = await self._open()
        return await to_thread.run_sync(store.previews.find, images, max_px, max_bytes, limiter=self._drawing)

    async def ensure_worker(self, *, at_once: bool = False) -> None:
        """Start a worker for our gateway and key if none is there; ask an older one to make room."""
        if self.settings.has_key:
            store = await self._open()
            await self._keeper.ensure(store.engine, store.queue, at_once=at_once)

    async def look_after_jobs(self) -> None:
        """See to it, as long as this process lives, that jobs of our gateway and key have a worker.

        Also those that an earlier front left, and those whose worker died while nobody waits for them.
        """
        states = ("unfinished", "held")  # held pictures get one go from us; waiting callers ask for more
        while True:
            with suppress(DarkroomError):  # the call that needs the database will say so
                await self._start_worker_for_left_jobs(states)
                states = ("unfinished",)
            await anyio.sleep(WATCH_SECONDS)

    async def _start_worker_for_left_jobs(self, states: Sequence[Literal["unfinished", "held"]]) -> None:
        database = self.settings.home / "darkroom.sqlite"
        if not self.settings.has_key or not (self.settings.database_url or database.exists()):
            return
        store = await self._open()
        for state in states:
            find = store.journal.unfinished if state == "unfinished" else store.journal.held
            if await to_thread.run_sync(find, store.queue):
                await self.ensure_worker()

    def serves(self, job: Job) -> bool:
        """Whether this front's gateway and key are those that `job` belongs to."""
        return self._store is not None and job.queue == self._store.queue and self.settings.has_key

    async def _revive(self, store: _Store, job_ids: Sequence[str]) -> None:
        """Have another go at pictures that are held for their place on disk."""
        jobs = await to_thread.run_sync(store.journal.jobs, job_ids)
        held = [job for job in jobs if any(call.state is State.HELD for call in job.calls) and self.serves(job)]
        for job in held:
            await to_thread.run_sync(store.enqueuer.enqueue_again, store.queue, job.job_id, abandon_on_cancel=True)
        if held:
            await self.ensure_worker(at_once=True)
            await self._settle(store, held)

    async def _settle(self, store: _Store, held: Sequence[Job]) -> None:
        """Wait until held pictures had another go, so that their jobs are reported as they are now."""
        began = {job.job_id: [call.ended_at for call in job.calls] for job in held}
        while began:
            await anyio.sleep(HELD_LOOK_SECONDS)
            await self.ensure_worker()
            for job in await to_thread.run_sync(store.journal.jobs, list(began)):
                if [call.ended_at for call in job.calls] != began[job.job_id]:
                    del began[job.job_id]

    def close(self) -> None:
        """Close the database, at the end; jobs go on."""
        if self._store is not None:
            self._store.engine.dispose()

    async def _open(self) -> _Store:
        async with self._opening:
            if self._store is None:
                self._store = await to_thread.run_sync(_open_store, self.settings)
            return self._store


def _open_store(settings: Settings) -> _Store:
    from darkroom.adapters.changes import Changes
    from darkroom.adapters.database import fact, open_database
    from darkroom.adapters.engine import Enqueuer, queue_name
    from darkroom.adapters.journal import Journal
    from darkroom.adapters.library import Library
    from darkroom.service.previews import Previews

    engine = open_database(settings.home, settings.database_url)
    key = settings.api_key.get_secret_value()
    journal = Journal(engine)
    return _Store(
        engine=engine,
        journal=journal,
        watcher=Watcher(journal, Changes(engine)),
        library=Library(engine),
        enqueuer=Enqueuer(engine),
        previews=Previews(settings.home),
        queue=queue_name(fact(engine, "secret"), gateway_address(settings), key),
    )


def _caps(settings: Settings, order: Order, spent_usd: Decimal) -> str:
    """Say which cap an order would pass; the sandbox stands outside them."""
    if order.sandbox:
        return ""
    return budget_problem(
        high_usd=order.attempt.high_usd,
        spent_usd=spent_usd,
        budget_usd=settings.budget_usd,
        max_call_usd=settings.max_call_usd,
        count=order.count,
    )
