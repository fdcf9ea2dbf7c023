"""Writes that share a transaction, and so one sync to disk, with others that come at the same moment.

Fifty answers that arrive together would otherwise wait for a hundred and fifty syncs, one after another.
Nothing is given up: each write is all or nothing by itself, and its caller goes on only after the commit.
"""

import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from darkroom.adapters.database import writing

T = TypeVar("T")


class _Write(Generic[T]):
    """One write on its way."""

    def __init__(self, work: Callable[[sa.Connection], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.error: BaseException | None = None
        self.is_done = False


class _Waiting:
    """The writes of one database that wait for the next transaction."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = threading.Lock()
        self.writes: list[_Write[Any]] = []


_WAITING: Final[WeakKeyDictionary[sa.Engine, _Waiting]] = WeakKeyDictionary()


def write(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    """Run `work` in a transaction, together with what other threads write now; return what it returns.

    Raises:
        DatabaseError: If the transaction cannot be committed. Nothing of `work` was written.
        Exception: Whatever `work` raises; what it wrote before is undone.
    """
    waiting = _WAITING.setdefault(engine, _Waiting())
    mine = _Write(work)
    with waiting.lock:
        waiting.writes.append(mine)
    # Whoever gets the turn commits for all that wait; the others find their work done.
    with waiting.turn:
        if not mine.is_done:
            with waiting.lock:
                batch, waiting.writes = waiting.writes, []
            _commit(engine, batch)
    if mine.error is not None:
        raise mine.error
    return mine.result  # pyright: ignore[reportReturnType] - it is done, so this is what `work` returned


def waiting_writes(engine: sa.Engine) -> int:
    """Return how many writes wait for the next transaction."""
    waiting = _WAITING.get(engine)
    return len(waiting.writes) if waiting else 0


def _commit(engine: sa.Engine, batch: list[_Write[Any]]) -> None:
    try:
        with writing(engine) as connection:
            if len(batch) == 1:
                batch[0].result = batch[0].work(connection)
            else:
                for item in batch:
                    _apply(connection, item)
    except BaseException as exc:
        for item in batch:
            item.error = exc
        if not isinstance(exc, Exception):
            raise
    finally:
        for item in batch:
            item.is_done = True


def _apply(connection: sa.Connection, item: _Write[Any]) -> None:
    """Run one write inside a savepoint, so that its failure undoes nothing of the others."""
    try:
        with connection.begin_nested():
            item.result = item.work(connection)
    except OperationalError:
        raise  # the database itself is in trouble: nothing of the batch counts
    except Exception as exc:  # noqa: BLE001 - handed to the caller whose work it was
        item.error = exc
