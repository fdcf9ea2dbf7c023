"""Writes that share a transaction: each is all or nothing by itself, and none is lost or reported too early."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from darkroom.adapters.database import facts, open_database, reading
from darkroom.adapters.writes import waiting_writes, write
from darkroom.errors import BudgetError


def adding(name: str) -> Callable[[sa.Connection], str]:
    """Return a write that adds a row and returns its name."""

    def work(connection: sa.Connection) -> str:
        connection.execute(facts.insert().values(name=name, value="there"))
        return name

    return work


def names(engine: sa.Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.execute(sa.select(facts.c.name)).scalars())


def test_every_write_of_many_threads_is_there_when_its_caller_goes_on(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")

    def one(number: int) -> bool:
        name = write(engine, adding(f"row-{number}"))
        return name in names(engine)

    with ThreadPoolExecutor(20) as threads:
        assert all(threads.map(one, range(200)))


def test_writes_that_come_together_share_a_transaction(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    commits: list[int] = []

    def count(_connection: sa.Connection) -> None:
        commits.append(1)

    event.listen(engine, "commit", count)
    held, go_on = threading.Event(), threading.Event()

    def holding(_connection: sa.Connection) -> None:
        held.set()
        assert go_on.wait(20)

    with ThreadPoolExecutor(30) as threads:
        first = threads.submit(write, engine, holding)
        assert held.wait(20)
        others = [threads.submit(write, engine, adding(f"row-{number}")) for number in range(20)]
        deadline = time.monotonic() + 20
        while waiting_writes(engine) < 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        go_on.set()
        first.result(20)
        assert [other.result(20) for other in others] == [f"row-{number}" for number in range(20)]
    assert len(commits) == 2


def test_a_write_that_fails_undoes_itself_and_nothing_of_the_others(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")

    def failing(connection: sa.Connection) -> None:
        connection.execute(facts.insert().values(name="half", value="done"))
        raise BudgetError("no")

    def one(number: int) -> str:
        if number % 2:
            with pytest.raises(BudgetError):
                write(engine, failing)
            return ""
        return write(engine, adding(f"row-{number}"))

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(one, range(40)))
    found = names(engine)
    assert "half" not in found
    assert {f"row-{number}" for number in range(0, 40, 2)} <= found
