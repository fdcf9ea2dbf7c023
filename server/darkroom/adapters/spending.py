"""What was spent, summed in the database: rows of calls, never of pictures or prompts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from darkroom.adapters.database import calls, reading
from darkroom.core.cost import from_microdollars
from darkroom.core.job import State

Grouping: TypeAlias = Literal["day", "model", "job"]

_UNDER_WAY: Final = (State.PLANNED.value, State.SENT.value, State.RECEIVED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Money of one day, model or job, in US dollars."""

    key: str
    """The day as `YYYY-MM-DD` in local time, the model's id or the job's."""
    calls: int
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
    key = {"day": _day(engine), "model": calls.c.model, "job": calls.c.job_id}[by].label("key")
    unknown = calls.c.charged_microusd.is_(None)
    under_way = calls.c.state.in_(_UNDER_WAY)
    possible = sa.and_(unknown, sa.not_(under_way))
    first = sa.func.min(calls.c.created_at)
    query = (
        sa.select(
            key,
            sa.func.count().label("calls"),
            _sum(calls.c.state == State.SAVED.value, sa.literal(1)).label("pictures"),
            _sum(sa.not_(unknown), calls.c.charged_microusd).label("charged"),
            _sum(possible, calls.c.reserved_microusd).label("possible"),
            _sum(possible, sa.literal(1)).label("possible_calls"),
            _sum(sa.and_(unknown, under_way), calls.c.reserved_microusd).label("under_way"),
        )
        .where(calls.c.created_at >= since, calls.c.sandbox.is_(sandbox))
        .group_by(key)
        .order_by(first)
    )
    with reading(engine) as connection:
        return [
            Spent(
                key=str(row.key),
                calls=row.calls,
                pictures=int(row.pictures),
                charged_usd=from_microdollars(int(row.charged)),
                possible_usd=from_microdollars(int(row.possible)),
                possible_calls=int(row.possible_calls),
                under_way_usd=from_microdollars(int(row.under_way)),
            )
            for row in connection.execute(query)
        ]


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


def _day(engine: sa.Engine) -> sa.ColumnElement[str]:
    # Written out, not bound: PostgreSQL takes two bound texts in SELECT and GROUP BY for different expressions.
    if engine.dialect.name == "sqlite":
        return sa.func.date(calls.c.created_at, "unixepoch", "localtime")
    return sa.func.to_char(sa.func.to_timestamp(calls.c.created_at), sa.literal_column("'YYYY-MM-DD'"))
