"""A look at the database sees what others write to it, and nothing else."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from darkroom.adapters.changes import Changes
from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from orders import an_order, nowhere


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_database(tmp_path, "")


def submitted(engine: sa.Engine, tmp_path: Path, digest: str) -> str:
    return Journal(engine).submit(an_order(tmp_path), "queue", digest, lambda _: "", nowhere)[0]


def test_the_first_look_says_yes_and_a_second_one_only_after_a_write(engine: sa.Engine, tmp_path: Path) -> None:
    changes = Changes(engine)
    assert [changes.any(), changes.any()] == [True, False]
    submitted(engine, tmp_path, "one")
    assert [changes.any(), changes.any()] == [True, False]


def test_a_write_of_another_process_s_connection_is_seen(engine: sa.Engine, tmp_path: Path) -> None:
    changes = Changes(engine)
    changes.any()
    submitted(open_database(tmp_path, ""), tmp_path, "one")
    assert changes.any()


def test_reading_is_no_change(engine: sa.Engine, tmp_path: Path) -> None:
    job_id = submitted(engine, tmp_path, "one")
    changes = Changes(engine)
    changes.any()
    Journal(engine).job(job_id)
    assert not changes.any()


def test_who_looks_for_new_jobs_sees_only_those(engine: sa.Engine, tmp_path: Path) -> None:
    job_id = submitted(engine, tmp_path, "one")
    new_jobs = Changes(engine, of="jobs")
    new_jobs.any()
    Journal(engine).delivered([job_id])
    assert not new_jobs.any()
    submitted(engine, tmp_path, "two")
    assert new_jobs.any()


def test_a_database_that_has_gone_wrong_is_asked_rather_than_trusted(engine: sa.Engine, tmp_path: Path) -> None:
    changes = Changes(engine, of="jobs")
    changes.any()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE darkroom_jobs RENAME TO elsewhere")
    assert [changes.any(), changes.any()] == [True, True]
