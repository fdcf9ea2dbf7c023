"""The doctor on what is kept: database, worker, jobs, money."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from darkroom import __version__
from darkroom.adapters.database import fact, open_database
from darkroom.adapters.engine import queue_name
from darkroom.adapters.journal import Journal
from darkroom.adapters.processes import living_workers, worker_lives
from darkroom.adapters.spending import jobs_in_state
from darkroom.catalog.limits import CONSOLE_LOG_URL
from darkroom.cli.findings import Finding, fail, ok, warn
from darkroom.cli.wording import for_shell
from darkroom.core.budget import left
from darkroom.core.cost import dollars
from darkroom.core.job import State
from darkroom.errors import DatabaseError
from darkroom.service.address import gateway_address
from darkroom.settings import Settings

_SHOWN_JOBS: Final = 5

_HELD: Final = (
    "Until it ends, it keeps the DARKROOM_CONCURRENCY, DARKROOM_TIME_SCALE, DARKROOM_IDLE_SECONDS and "
    "DARKROOM_FAULT_AFTER that it was started with, which may be others than here."
)


def check_state(settings: Settings) -> Iterator[Finding]:
    """Look into the database, and at the worker that serves this gateway and key."""
    try:
        engine = open_database(settings.home, settings.database_url)
        version = fact(engine, "schema_version")
        place = (
            "PostgreSQL (DARKROOM_DATABASE_URL)" if settings.database_url else str(settings.home / "darkroom.sqlite")
        )
        yield ok("database", f"{place}, tables of version {version}")
        yield from _worker(settings, engine)
        yield from _jobs(engine)
        yield from _budget(settings, engine)
    except DatabaseError as exc:
        yield fail("database", str(exc), "Until then nothing new is sent; what was paid for waits in the spool.")


def _worker(settings: Settings, engine: sa.Engine) -> Iterator[Finding]:
    if not settings.has_key:
        return
    queue = queue_name(fact(engine, "secret"), gateway_address(settings), settings.api_key.get_secret_value())
    rows = living_workers(engine, queue)
    unfinished = Journal(engine).unfinished(queue)
    if not rows and not worker_lives(settings.home, queue):
        yield from _no_worker(settings.home, len(unfinished))
    for row in rows:
        said = f"process {row.pid}, version {row.version}{', about to leave' if row.leaving else ''}"
        if row.version == __version__:
            yield ok("worker", f"Runs ({said}), {len(unfinished)} jobs under way. {_HELD}")
        else:
            yield warn(
                "worker",
                f"Runs ({said}); this is version {__version__}.",
                "It is replaced when the next job comes and it is older.",
            )


def _no_worker(home: Path, unfinished: int) -> Iterator[Finding]:
    if not unfinished:
        yield ok("worker", "None runs, and none is needed: the next job starts one.")
        return
    errors = home / "logs" / "worker.err"
    yield warn(
        "worker",
        f"None runs, and {unfinished} jobs have not ended.",
        f"Any call from a host starts one, and so does `darkroom wait JOB`. If that does not help, look at {errors}.",
    )


def _jobs(engine: sa.Engine) -> Iterator[Finding]:
    yield from _last_job(engine)
    if held := jobs_in_state(engine, State.HELD, _SHOWN_JOBS):
        yield warn(
            "pictures held",
            f"Paid for and kept, but without a place on disk: {', '.join(held)}.",
            "Mend the folder, then `darkroom wait JOB`.",
        )
    if doubtful := jobs_in_state(engine, State.IN_DOUBT, _SHOWN_JOBS):
        yield warn(
            "charges in doubt",
            f"No answer came to calls of {', '.join(doubtful)}.",
            f"Look at {CONSOLE_LOG_URL}, then `darkroom spend settle JOB --charged` or `--not-charged`.",
        )


def _last_job(engine: sa.Engine) -> Iterator[Finding]:
    """Tell how the last job failed that ended, if it did: a key of the wrong type shows only there."""
    ended = Journal(engine).recent_jobs(["completed", "failed"], 1)
    failures = [call.failure for job in ended if job.status == "failed" for call in job.calls if call.failure]
    if failures and not ended[0].order.sandbox:
        yield warn("last job", f"{ended[0].job_id} failed ({failures[0].code}).", for_shell(failures[0].message))


def _budget(settings: Settings, engine: sa.Engine) -> Iterator[Finding]:
    spent = Journal(engine).spent_usd()
    if settings.budget_usd is None:
        yield ok("budget", f"None is set; the last 24 hours cost at most ${dollars(spent)}.")
        return
    remaining = left(settings.budget_usd, spent)
    said = f"${dollars(remaining)} of ${dollars(settings.budget_usd)} for any 24 hours is left."
    if remaining > Decimal(0):
        yield ok("budget", said)
    else:
        yield warn("budget", said, "Wait, raise DARKROOM_BUDGET_USD, or settle charges that are in doubt.")
