"""What was spent, summed in the database: rows of calls, never of pictures or prompts."""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from darkroom.adapters.database import calls, jobs, reading
from darkroom.core.cost import from_microdollars
from darkroom.core.job import State
from darkroom.core.order import Order

Grouping: TypeAlias = Literal["day", "model", "job"]

_SENT: Final = calls.c.attempt > 0
_UNKNOWN: Final = calls.c.charged_microusd.is_(None)
_UNDER_WAY: Final = calls.c.state.in_((State.PLANNED.value, State.SENT.value, State.RECEIVED.value))
_POSSIBLE: Final = sa.and_(_UNKNOWN, _SENT, sa.not_(_UNDER_WAY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Money of one day, model or job, in US dollars."""

    key: str
    """The day as `YYYY-MM-DD` in local time, the model's id or the job's."""
    calls: int
    """Calls that were sent at least once; what was dropped before that cost nothing and is no call."""
    pictures: int
    charged_usd: Decimal
    """Known charges, settled ones included."""
    possible_usd: Decimal
    """The most that calls can have cost whose charge is not known."""
    possible_calls: int
    under_way_usd: Decimal
    """The most that calls can cost which have not ended."""


def spent(engine: sa.Engine, by: Grouping, since: float, *, sandbox: bool) -> list[Spent]:
    """Sum up the calls asked for since a time (seconds since 1970), those of the sandbox or all others."""
    key = _key(engine, by)
    query = (
        sa.select(
            key,
            _sum(_SENT, sa.literal(1)).label("calls"),
            _sum(calls.c.state == State.SAVED.value, sa.literal(1)).label("pictures"),
            _sum(sa.not_(_UNKNOWN), calls.c.charged_microusd).label("charged"),
            _sum(_POSSIBLE, calls.c.reserved_microusd).label("possible"),
            _sum(_POSSIBLE, sa.literal(1)).label("possible_calls"),
            _sum(sa.and_(_UNKNOWN, _UNDER_WAY), calls.c.reserved_microusd).label("under_way"),
        )
        .where(calls.c.created_at >= since, calls.c.sandbox.is_(sandbox), sa.or_(_SENT, _UNDER_WAY))
        .group_by(key)
        .order_by(sa.func.min(calls.c.created_at))
    )
    with reading(engine) as connection:
        rows = [
            Spent(
                key=str(row.key),
                calls=int(row.calls),
                pictures=int(row.pictures),
                charged_usd=from_microdollars(int(row.charged)),
                possible_usd=from_microdollars(int(row.possible)),
                possible_calls=int(row.possible_calls),
                under_way_usd=from_microdollars(int(row.under_way)),
            )
            for row in connection.execute(query)
        ]
    if not sandbox:
        return rows
    possible, under_way = (_estimated(engine, by, since, which) for which in (_POSSIBLE, _UNDER_WAY))
    return [replace(row, possible_usd=possible[row.key], under_way_usd=under_way[row.key]) for row in rows]


def _estimated(engine: sa.Engine, by: Grouping, since: float, which: sa.ColumnElement[bool]) -> dict[str, Decimal]:
    """Sum up the most that the sandbox's calls would have cost: nothing is reserved for them, so their orders say."""
    key = _key(engine, by)
    query = (
        sa.select(key, calls.c.model, jobs.c.order_json)
        .join(jobs, jobs.c.job_id == calls.c.job_id)
        .where(calls.c.created_at >= since, calls.c.sandbox.is_(True), _UNKNOWN, which)
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with reading(engine) as connection:
        for row in connection.execute(query):
            order = Order.model_validate_json(row.order_json)
            prices = {attempt.model: attempt.high_usd for attempt in order.attempts()}
            sums[str(row.key)] += prices.get(row.model, order.attempt.high_usd)
    return sums


def jobs_in_state(engine: sa.Engine, state: State, limit: int) -> list[str]:
    """Ids of the newest jobs with a call in `state` whose money is not settled; the sandbox does not count."""
    query = (
        sa.select(calls.c.job_id)
        .where(calls.c.state == state.value, calls.c.settled.is_(False), calls.c.sandbox.is_(False))
        .group_by(calls.c.job_id)
        .order_by(sa.func.max(calls.c.created_at).desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [str(job_id) for job_id in connection.execute(query).scalars()]


def _sum(condition: sa.ColumnElement[bool], amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, amount), else_=0)), 0)


def _key(engine: sa.Engine, by: Grouping) -> sa.ColumnElement[str]:
    # Not the bare column: SQLite would go along its index through all calls instead of the days asked for.
    job = calls.c.job_id.concat(sa.literal_column("''"))
    columns = {"day": _day(engine), "model": calls.c.model, "job": job}
    return columns[by].label("key")


def _day(engine: sa.Engine) -> sa.ColumnElement[str]:
    # Written out, not bound: PostgreSQL takes two bound texts in SELECT and GROUP BY for different expressions.
    if engine.dialect.name == "sqlite":
        return sa.func.date(calls.c.created_at, "unixepoch", "localtime")
    return sa.func.to_char(sa.func.to_timestamp(calls.c.created_at), sa.literal_column("'YYYY-MM-DD'"))
