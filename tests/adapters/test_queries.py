"""Questions to the database cost what is asked for, not what is stored.

Every statement that is run is explained by SQLite itself. A statement may search by an index, or go along one up to
its LIMIT; one that goes through a table that grows fails here, before anybody's library is large.
"""

import re
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from darkroom.adapters.database import SCHEMA_VERSION, fact, facts, images, open_database, reading, writing
from darkroom.adapters.engine import Enqueuer
from darkroom.adapters.finished import clear_finished
from darkroom.adapters.journal import Journal
from darkroom.adapters.library import Library
from darkroom.adapters.spending import jobs_in_state, spent
from darkroom.core.job import Event, State
from darkroom.errors import UnknownImageError
from orders import an_order

GROWING = ("darkroom_jobs", "darkroom_calls", "darkroom_journal", "darkroom_images", "workflow_status")


@contextmanager
def explained(engine: sa.Engine) -> Generator[list[str]]:
    """Collect, for as long as the block lasts, the statements that go through a table that grows."""
    asked: list[tuple[str, Any]] = []

    def remember(_1: object, _2: object, statement: str, parameters: Any, _3: object, _4: bool) -> None:
        asked.append((statement, parameters))

    found: list[str] = []
    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", remember)
        with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            for statement, parameters in asked:
                if re.match("SELECT|UPDATE|DELETE|WITH", statement):
                    cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                    found += [f"{row[3]}: {statement}" for row in cursor.fetchall() if _reads_all(row[3], statement)]


def _reads_all(step: str, statement: str) -> bool:
    scan = re.match(r"SCAN (?:main\.)?(\w+)( USING (?:COVERING )?INDEX)?", step)
    if scan is None or scan[1] not in GROWING:
        return False
    return not scan[2] or "LIMIT" not in statement


def filled(engine: sa.Engine, count: int) -> list[str]:
    """Put `count` pictures into the library, two of the same moment at a time; return their ids, newest first."""
    at = time.time()
    rows: list[dict[str, Any]] = [
        {
            "image_id": f"img_{number:03}",
            "job_id": "job_1",
            "call_id": f"call_{number}",
            "created_at": at - number // 2,
            "kind": "picture",
            "path": "/p.png",
            "format": "png",
            "width": 1,
            "height": 1,
            "bytes": 1,
            "sha256": f"{number}",
            "prompt": "p",
            "model": "m",
            "turn": 1,
            "root_id": "img_000",
            "derived_from": "[]",
            "original_image_id": "",
            "requested_size": "",
            "source_url": "",
        }
        for number in range(count)
    ]
    with writing(engine) as connection:
        connection.execute(images.insert(), rows)
    return [row["image_id"] for row in sorted(rows, key=lambda row: (row["created_at"], row["image_id"]), reverse=True)]


def of_the_library(engine: sa.Engine) -> None:
    """Ask all that a library is asked."""
    library = Library(engine)
    newest, mark = library.page(2)
    library.page(2, mark)
    library.family(newest[0].image_id)
    library.images([image.image_id for image in newest])
    library.of_content("1")
    library.of_calls(["call_1", "call_2"])


def of_the_journal(engine: sa.Engine) -> None:
    """Ask all that a front and a worker ask of the journal while a job goes through."""
    journal = Journal(engine)
    job_id, _ = journal.submit(an_order(Path()), "queue", "digest", lambda _: "", Enqueuer(engine).enqueue)
    [call] = journal.job(job_id).calls
    journal.advance(call.call_id, Event.SEND, check=lambda _: "")
    journal.standings([job_id])
    journal.spent_usd()
    journal.unfinished("queue")
    journal.held("queue")
    journal.in_doubt([call.call_id])
    journal.has_ended(job_id=job_id)
    journal.has_ended(call_id=call.call_id)
    journal.recent_jobs(["working", "failed"], 20)
    journal.advance(call.call_id, Event.SILENCE)
    journal.delivered([job_id])
    journal.submit(an_order(Path()), "queue", "digest", lambda _: "", Enqueuer(engine).enqueue)


def of_the_money(engine: sa.Engine) -> None:
    """Ask all that people ask about money."""
    spent(engine, "day", time.time() - 60, sandbox=False)
    spent(engine, "model", time.time() - 60, sandbox=True)
    jobs_in_state(engine, State.IN_DOUBT, 10)


def of_what_is_old(engine: sa.Engine) -> None:
    """Look for the engine's rows that may go."""
    clear_finished(engine, time.time())


@pytest.mark.parametrize("ask", [of_the_library, of_the_journal, of_the_money, of_what_is_old])
def test_no_question_goes_through_all_that_is_stored(ask: Callable[[sa.Engine], None], tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    filled(engine, 6)
    with explained(engine) as reading_all:
        ask(engine)
    assert reading_all == []


def test_a_question_that_goes_through_everything_is_found_out(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    with explained(engine) as reading_all, reading(engine) as connection:
        connection.execute(sa.select(images).where(images.c.prompt == "p"))
        connection.execute(sa.select(images.c.image_id).order_by(images.c.created_at, images.c.image_id))
    assert len(reading_all) == 2


def test_pages_show_every_picture_once_though_newer_ones_come_meanwhile(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    wanted = filled(engine, 7)
    library = Library(engine)
    seen: list[str] = []
    before = ""
    while True:
        page, before = library.page(3, before)
        seen += [image.image_id for image in page]
        if not before:
            break
        with writing(engine) as connection:
            copied = sa.select(images).where(images.c.image_id == "img_000")
            row = dict(connection.execute(copied).mappings().one())
            row |= {"image_id": f"img_new_{len(seen)}", "created_at": time.time() + 9}
            connection.execute(images.insert().values(row))
    assert seen == wanted


def test_pictures_come_in_the_order_asked_for_and_one_that_is_missing_is_named(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    filled(engine, 3)
    library = Library(engine)
    asked = ["img_002", "img_000", "img_002"]
    assert [image.image_id for image in library.images(asked)] == asked
    with pytest.raises(UnknownImageError, match="img_nope"):
        library.images(["img_000", "img_nope"])


def test_a_database_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP INDEX darkroom_calls_by_spending")
        connection.execute(facts.update().where(facts.c.name == "schema_version").values(value="1"))
    engine.dispose()
    engine = open_database(tmp_path, "")
    assert fact(engine, "schema_version") == str(SCHEMA_VERSION)
    with explained(engine) as reading_all:
        Journal(engine).spent_usd()
    assert reading_all == []
