"""A library of any size: one finished job of a real session, copied with all its rows, spread over a year.

Copied is what stands in the database, whatever its tables: ours and the engine's, which keeps a row for each job too.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

YEAR_SECONDS = 365 * 24 * 3600
FAMILY = 20
"""Pictures of the family that is measured; all others are alone."""

FAILED_LEAST = 20
FAILED_EVERY = 50
"""For so many pictures there is one job more, which failed; but at least as many as a list shows."""

_FAILURE = '{"code": "upstream", "message": "The gateway said 502.", "charge": "none"}'
_TABLES = (
    "darkroom_jobs",
    "darkroom_calls",
    "darkroom_journal",
    "darkroom_images",
    "workflow_status",
    "workflow_input",
    "workflow_output",
)

Row: TypeAlias = dict[str, object]
Change: TypeAlias = Callable[[Row], Row]


@dataclass(frozen=True)
class Filled:
    """Where to look in a library that was filled."""

    related: str
    """Id of a picture of the family."""
    alone: str
    """Id of a picture from the middle that has no family."""
    middle: str
    """Mark of the page that begins after that picture."""


def fill(home: Path, pictures: int) -> Filled:
    """Copy the one job of the database in `home`, with its picture, `pictures` times."""
    with closing(sqlite3.connect(home / "darkroom.sqlite")) as database:
        database.row_factory = sqlite3.Row
        database.execute("PRAGMA synchronous=OFF")
        names = _names(database)
        for table in _TABLES:
            rows = [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608 - names from above
            _copy(database, table, rows, names, pictures)
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        alone = f"img_{_hex(pictures // 2)}"
        query = "SELECT created_at FROM darkroom_images WHERE image_id = ?"
        [at] = database.execute(query, (alone,)).fetchone()
    return Filled(related=f"img_{_hex(FAMILY // 2)}", alone=alone, middle=f"{at!r}/{alone}")


def _names(database: sqlite3.Connection) -> tuple[str, str]:
    """Return the parts of ids that belong to the job and to its call."""
    job_id, call_id = database.execute("SELECT job_id, call_id FROM darkroom_calls").fetchone()
    return str(job_id).partition("_")[2], str(call_id).partition("_")[2]


def _copy(database: sqlite3.Connection, table: str, rows: list[Row], names: tuple[str, str], pictures: int) -> None:
    columns = [column for column in rows[0] if column != "entry_id"]
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of the database itself
    copies = (copy for row in rows for copy in _copies(table, row, names, pictures))
    database.executemany(insert, (tuple(copy[column] for column in columns) for copy in copies))


def _copies(table: str, row: Row, names: tuple[str, str], pictures: int) -> Iterator[Row]:
    for number in range(pictures):
        yield _family(_copied(row, names, number, pictures), number)
    if table == "darkroom_images":
        return
    for number in range(max(FAILED_LEAST, pictures // FAILED_EVERY)):
        copy = _copied(row, names, pictures + number, pictures)
        changes = {
            "darkroom_jobs": {"status": "failed"},
            "darkroom_calls": {"state": "refused", "failure_json": _FAILURE},
        }
        yield copy | changes.get(table, {})


def _copied(row: Row, names: tuple[str, str], number: int, pictures: int) -> Row:
    """Copy a row under ids of its own, moved back in time: the higher its number the older."""
    back = (1 + number % pictures) * YEAR_SECONDS / (pictures + 1)
    copy: Row = {}
    for column, value in row.items():
        if column in ("digest", "sha256"):
            copy[column] = f"{number:064x}"
        elif isinstance(value, str):
            copy[column] = value.replace(names[0], _hex(number)).replace(names[1], _hex(number))
        elif isinstance(value, int | float) and value > 1e9:
            copy[column] = value - (int(back * 1000) if value > 1e12 else back)
        else:
            copy[column] = value
    return copy


def _family(row: Row, number: int) -> Row:
    """Have the first few pictures come from one root."""
    return row | {"root_id": f"img_{_hex(0)}"} if "root_id" in row and number < FAMILY else row


def _hex(number: int) -> str:
    return f"{number:016x}"
