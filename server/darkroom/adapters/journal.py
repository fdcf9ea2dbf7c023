"""The journal: jobs and calls in the database, and the only way in which a call changes its state.

Every function is one transaction. Nothing here decides; the rules are in `core.job` and `core.budget`.
"""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from darkroom.adapters.database import calls, entries, images, jobs, moment, reading, writing
from darkroom.adapters.rows import read_call, read_job
from darkroom.adapters.writes import write
from darkroom.core.budget import WINDOW_SECONDS
from darkroom.core.cost import from_microdollars, microdollars
from darkroom.core.failure import Failure
from darkroom.core.job import FINAL, RESTING, Event, IllegalTransitionError, State, follow, status
from darkroom.core.order import Order
from darkroom.core.records import Call, Job
from darkroom.errors import BudgetError, UnknownJobError

Enqueue: TypeAlias = Callable[[sa.Connection, str, str], None]
"""Put a job on a queue inside a transaction: connection, queue, job id."""

BudgetCheck: TypeAlias = Callable[[Decimal], str]
"""Given what the last 24 hours cost in US dollars, say which cap would be passed; empty if none."""

# Made once: these run for every step of every call, and to make one takes as long as to run it.
_CALL: Final = sa.select(calls).where(calls.c.call_id == sa.bindparam("wanted"))
_CHANGE_CALL: Final = calls.update().where(calls.c.call_id == sa.bindparam("wanted"))
_ADD_ENTRY: Final = entries.insert()
_STATES: Final = sa.select(calls.c.state).where(calls.c.job_id == sa.bindparam("wanted"))
_CHANGE_JOB: Final = jobs.update().where(jobs.c.job_id == sa.bindparam("wanted"))

_STANDINGS: Final = sa.select(
    jobs.c.job_id,
    jobs.c.status,
    sa.select(sa.func.count())
    .where(images.c.job_id == jobs.c.job_id, images.c.kind == "picture")
    .scalar_subquery()
    .label("pictures"),
).where(jobs.c.job_id.in_(sa.bindparam("wanted", expanding=True)))

_AT_ONCE: Final = 500
"""Ids in one question; databases take a few tens of thousands at most."""

log = logging.getLogger("darkroom.journal")


class Standing(NamedTuple):
    """How far a job is."""

    status: str
    pictures: int


class Journal:
    """Jobs and calls of one database."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        passed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self._passed = passed

    def submit(self, order: Order, queue: str, digest: str, check: BudgetCheck, enqueue: Enqueue) -> tuple[str, bool]:
        """Write down a job, reserve its price and put it on `queue`, all or nothing.

        Returns the job's id and whether it is new: the same request finds its first job while that
        works, has not been delivered, holds a picture for later, or may have been charged in vain.

        Raises:
            BudgetError: If a cap would be passed. Nothing was written.
        """
        job_id = f"job_{secrets.token_hex(8)}"

        def work(connection: sa.Connection) -> tuple[str, bool]:
            if earlier := _same_request(connection, digest):
                return earlier, False
            if problem := check(_spent(connection, self._now(connection))):
                raise BudgetError(problem)
            self._insert(connection, job_id, order, queue, digest)
            enqueue(connection, queue, job_id)
            return job_id, True

        return write(self.engine, work)

    def advance(
        self,
        call_id: str,
        event: Event,
        *,
        detail: str = "",
        failure: Failure | None = None,
        charged_usd: Decimal | None = None,
        changes: Mapping[str, Any] | None = None,
        pictures: Sequence[Mapping[str, Any]] = (),
        check: BudgetCheck | None = None,
    ) -> Call:
        """Let `event` happen to a call and write it into the journal; return the call as it stands then.

        `pictures` are rows of the library that belong to the same moment; `check` guards a dearer reservation.

        Raises:
            IllegalTransitionError: If the call is in a state that `event` may not follow. Nothing changed.
            BudgetError: If `check` names a cap that would be passed. Nothing changed.
        """
        self._passed(f"before-{event}")

        def work(connection: sa.Connection) -> Call:
            now = self._now(connection)
            row = connection.execute(_CALL, {"wanted": call_id}).mappings().one()
            before = State(row["state"])
            state = follow(before, event)
            if check is not None and (problem := check(_spent(connection, now))):
                raise BudgetError(problem)
            values: dict[str, Any] = {"state": state.value, **(changes or {})}
            if state in RESTING:
                values["ended_at"] = now
            if failure is not None:
                values["failure_json"] = json.dumps(asdict(failure), ensure_ascii=False)
            if charged_usd is not None:
                values["charged_microusd"] = microdollars(charged_usd)
            connection.execute(_CHANGE_CALL, {**values, "wanted": call_id})
            changed = SimpleNamespace(**{**row, **values})
            connection.execute(_ADD_ENTRY, _entry(call_id, now, event, state, changed.attempt, detail))
            if pictures:
                connection.execute(images.insert(), [dict(picture) for picture in pictures])
            if {before, state} & RESTING:  # else the job works before and after
                _update_status(connection, changed.job_id, now)
            return read_call(changed)

        call = write(self.engine, work)
        why = f" ({failure.code}, charge {failure.charge})" if failure else ""
        log.info("%s %s attempt %d: %s, now %s%s", call.job_id, call_id, call.attempt, event, call.state, why)
        self._passed(str(event))
        return call

    def drop_unsent(self, job_id: str, failure: Failure) -> int:
        """Cancel every call of a job that was not sent; return how many that were."""
        dropped = 0
        for call in self.job(job_id).calls:
            if call.state is State.PLANNED:
                try:
                    self.advance(
                        call.call_id,
                        Event.CANCEL,
                        detail="cancelled by the caller",
                        failure=failure,
                        charged_usd=Decimal(0),
                    )
                    dropped += 1
                except IllegalTransitionError:
                    continue  # it was sent a moment ago
        return dropped

    def settle(self, job_id: str, charges_usd: Mapping[str, Decimal], detail: str) -> int:
        """Write down what the console says of calls in doubt: `charges_usd` by call id, 0 for one that was free.

        The state stays, since no picture came; only the money is settled. Returns how many calls were settled;
        those that are not in doubt, or were settled before, are left alone.
        """
        settled = 0
        with writing(self.engine) as connection:
            for row in connection.execute(sa.select(calls).where(calls.c.job_id == job_id)).all():
                if row.call_id not in charges_usd or row.settled or row.state != State.IN_DOUBT.value:
                    continue
                charged = microdollars(charges_usd[row.call_id])
                connection.execute(
                    calls.update()
                    .where(calls.c.call_id == row.call_id)
                    .values(settled=True, charged_microusd=charged, note=detail)
                )
                entry = _entry(row.call_id, self._now(connection), "settle", State.IN_DOUBT, row.attempt, detail)
                connection.execute(entries.insert().values(entry))
                settled += 1
        return settled

    def set_target(self, call_id: str, path: str) -> None:
        """Write down which file the picture of a call goes to, before it is made."""
        self._passed("before-target")
        change = calls.update().where(calls.c.call_id == call_id).values(target=path)
        write(self.engine, lambda connection: connection.execute(change))
        self._passed("target")

    def amend_order(self, job_id: str, order: Order) -> None:
        """Replace the order of a job by one in which the worker has filled in what it found out."""
        with writing(self.engine) as connection:
            connection.execute(jobs.update().where(jobs.c.job_id == job_id).values(order_json=order.model_dump_json()))

    def delivered(self, job_ids: Iterable[str]) -> None:
        """Remember that the results of these jobs reached a caller."""
        ended = sa.and_(jobs.c.job_id.in_(list(job_ids)), jobs.c.delivered_at.is_(None), jobs.c.status != "working")
        change = jobs.update().where(ended)
        write(self.engine, lambda connection: connection.execute(change.values(delivered_at=self._now(connection))))

    def job(self, job_id: str) -> Job:
        """Return one job.

        Raises:
            UnknownJobError: If there is none of this id.
        """
        found = self.jobs([job_id])
        if not found:
            raise UnknownJobError(f"There is no job {job_id!r}. list_images shows jobs that work or failed.")
        return found[0]

    def call(self, call_id: str) -> Call:
        """Return one call as it stands now."""
        with reading(self.engine) as connection:
            return read_call(connection.execute(sa.select(calls).where(calls.c.call_id == call_id)).one())

    def jobs(self, job_ids: Sequence[str]) -> list[Job]:
        """Return these jobs in the order asked for; ids that do not exist are left out."""
        with reading(self.engine) as connection:
            rows = {row.job_id: row for row in connection.execute(sa.select(jobs).where(jobs.c.job_id.in_(job_ids)))}
            call_rows = connection.execute(
                sa.select(calls).where(calls.c.job_id.in_(job_ids)).order_by(calls.c.ordinal)
            ).all()
            image_rows = connection.execute(
                sa.select(images, calls.c.ordinal)
                .join(calls, calls.c.call_id == images.c.call_id)
                .where(images.c.job_id.in_(job_ids), images.c.kind == "picture")
                .order_by(calls.c.ordinal, images.c.created_at)
            ).all()
        return [
            read_job(
                rows[job_id],
                [row for row in call_rows if row.job_id == job_id],
                [row for row in image_rows if row.job_id == job_id],
            )
            for job_id in job_ids
            if job_id in rows
        ]

    def standings(self, job_ids: Sequence[str]) -> dict[str, Standing]:
        """Return how each of these jobs that exists stands; the cheap question for a waiting caller."""
        with reading(self.engine) as connection:
            found = connection.execute(_STANDINGS, {"wanted": list(job_ids)})
            return {row.job_id: Standing(row.status, row.pictures) for row in found}

    def recent_jobs(self, job_statuses: Sequence[str], limit: int) -> list[Job]:
        """Return the newest jobs of these statuses."""
        with reading(self.engine) as connection:
            query = sa.select(jobs.c.job_id).where(jobs.c.status.in_(job_statuses))
            ids = connection.execute(query.order_by(jobs.c.created_at.desc()).limit(limit)).scalars().all()
        return self.jobs(ids)

    def spent_usd(self) -> Decimal:
        """What the last 24 hours cost or may yet cost, in US dollars; the sandbox does not count."""
        with reading(self.engine) as connection:
            return _spent(connection, self._now(connection))

    def unfinished(self, queue: str) -> list[str]:
        """Ids of the jobs on `queue` with a call that has not ended, oldest first."""
        open_states = [state.value for state in State if state not in FINAL and state is not State.HELD]
        return self._jobs_in(queue, open_states)

    def planned(self, queue: str, limit: int) -> list[str]:
        """Ids of the oldest jobs on `queue` with a call that was not sent."""
        return self._jobs_in(queue, [State.PLANNED.value], limit)

    def held(self, queue: str) -> list[str]:
        """Ids of the jobs on `queue` with a picture that waits for its place on disk."""
        return self._jobs_in(queue, [State.HELD.value])

    def in_doubt(self, call_ids: Sequence[str]) -> list[Call]:
        """Return those of these calls that are in doubt."""
        found: list[Call] = []
        with reading(self.engine) as connection:
            for at in range(0, len(call_ids), _AT_ONCE):
                mine = calls.c.call_id.in_(call_ids[at : at + _AT_ONCE])
                query = sa.select(calls).where(mine, calls.c.state == State.IN_DOUBT.value)
                found += [read_call(row) for row in connection.execute(query)]
        return found

    def has_ended(self, *, call_id: str = "", job_id: str = "") -> bool:
        """Whether a call, or every call of a job, has ended for good; also one that the database does not know."""
        open_states = [state.value for state in State if state not in FINAL]
        mine = calls.c.call_id == call_id if call_id else calls.c.job_id == job_id
        query = sa.select(calls.c.call_id).where(mine, calls.c.state.in_(open_states)).limit(1)
        with reading(self.engine) as connection:
            return connection.execute(query).first() is None

    def _now(self, connection: sa.Connection) -> float:
        return moment(connection, self.clock)

    def _jobs_in(self, queue: str, states: Sequence[str], limit: int | None = None) -> list[str]:
        with reading(self.engine) as connection:
            query = (
                sa.select(calls.c.job_id, sa.func.min(calls.c.created_at).label("first"))
                .join(jobs, jobs.c.job_id == calls.c.job_id)
                .where(calls.c.state.in_(states), jobs.c.queue == queue)
                .group_by(calls.c.job_id)
                .order_by("first")
                .limit(limit)
            )
            return [row.job_id for row in connection.execute(query)]

    def _insert(self, connection: sa.Connection, job_id: str, order: Order, queue: str, digest: str) -> None:
        now = self._now(connection)
        connection.execute(
            jobs.insert().values(
                job_id=job_id,
                created_at=now,
                digest=digest,
                queue=queue,
                operation=order.operation,
                model=order.attempt.model,
                prompt=order.prompt,
                order_json=order.model_dump_json(),
                sandbox=order.sandbox,
                status="working",
            )
        )
        rows: list[dict[str, Any]] = [
            {
                "call_id": f"call_{secrets.token_hex(6)}",
                "job_id": job_id,
                "ordinal": ordinal,
                "state": State.PLANNED.value,
                "model": order.attempt.model,
                "created_at": now,
                "sandbox": order.sandbox,
                "reserved_microusd": 0 if order.sandbox else microdollars(order.attempt.high_usd),
                "basis": order.attempt.basis,
            }
            for ordinal in range(1, order.count + 1)
        ]
        connection.execute(calls.insert(), rows)
        planned = [_entry(row["call_id"], now, "plan", State.PLANNED, 0, "") for row in rows]
        connection.execute(entries.insert(), planned)


def _entry(call_id: str, at: float, event: str, state: State, attempt: int, detail: str) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "at": at,
        "event": str(event),
        "state": state.value,
        "attempt": attempt,
        "detail": detail,
    }


def _same_request(connection: sa.Connection, digest: str) -> str:
    """Id of the job that the same request gets again; empty if it makes a new one."""
    query = sa.select(jobs).where(jobs.c.digest == digest).order_by(jobs.c.created_at.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None or row.status == "cancelled":
        return ""
    if row.status == "working" or row.delivered_at is None:
        return str(row.job_id)
    open_money = sa.select(calls.c.call_id).where(
        calls.c.job_id == row.job_id,
        calls.c.settled.is_(False),
        calls.c.state.in_([State.IN_DOUBT.value, State.HELD.value]),
    )
    return str(row.job_id) if connection.execute(open_money).first() else ""


def _spent(connection: sa.Connection, now: float) -> Decimal:
    amount = sa.func.coalesce(calls.c.charged_microusd, calls.c.reserved_microusd)
    at = sa.func.coalesce(calls.c.sent_at, calls.c.created_at)
    # What has waited for longer than the window is about to be spent.
    counts = sa.or_(at > now - WINDOW_SECONDS, calls.c.state.in_([State.PLANNED.value, State.SENT.value]))
    query = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(calls.c.sandbox.is_(False), counts)
    return from_microdollars(int(connection.execute(query).scalar_one()))


def _update_status(connection: sa.Connection, job_id: str, now: float) -> None:
    states = connection.execute(_STATES, {"wanted": job_id}).scalars().all()
    new = status(State(state) for state in states)
    ended = None if new == "working" else now
    connection.execute(_CHANGE_JOB, {"status": new, "ended_at": ended, "wanted": job_id})
