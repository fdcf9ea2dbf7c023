"""What is kept for how long: refusals for 30 days, the engine's rows of ended jobs for one, and of others for ever.

An answer whose picture is not saved stays whatever its age.
"""

import os
import time
from decimal import Decimal
from pathlib import Path

from dbos import DBOSClient

from darkroom.adapters.database import open_database
from darkroom.adapters.engine import Enqueuer
from darkroom.adapters.finished import BATCH
from darkroom.adapters.journal import Journal
from darkroom.core.failure import Failure
from darkroom.core.job import Event
from darkroom.service.retention import ENGINE_DAYS, RETENTION_DAYS, clear_old
from orders import an_order, nowhere


def later(days: float) -> float:
    """Return the time of some days from now."""
    return time.time() + days * 24 * 3600


def test_only_what_is_old_and_ended_is_removed(tmp_path: Path) -> None:
    journal = Journal(open_database(tmp_path, ""))
    job_id, _ = journal.submit(an_order(tmp_path, count=2), "queue", "digest", lambda _: "", nowhere)
    refused, held = journal.job(job_id).calls
    failure = Failure(code="storage", message="The folder is away.", charge="certain")
    for call in (refused, held):
        journal.advance(call.call_id, Event.SEND)
    journal.advance(refused.call_id, Event.REFUSAL, failure=failure, charged_usd=Decimal(0))
    journal.advance(held.call_id, Event.ANSWER)
    journal.advance(held.call_id, Event.HOLD, failure=failure)
    spool = tmp_path / "spool"
    spool.mkdir()
    old = time.time() - (RETENTION_DAYS + 1) * 24 * 3600
    files = {name: spool / f"{name}.answer" for name in (f"{refused.call_id}.1", f"{held.call_id}.1", "call_gone.1")}
    files["young"] = spool / f"{refused.call_id}.2.answer"
    for name, path in files.items():
        path.write_bytes(b"{}")
        if name != "young":
            os.utime(path, (old, old))
    assert clear_old(journal, tmp_path, time.time()) == 2
    assert {path.name for path in spool.iterdir()} == {files[f"{held.call_id}.1"].name, files["young"].name}


def test_what_cannot_be_removed_stops_nothing(tmp_path: Path) -> None:
    journal = Journal(open_database(tmp_path, ""))
    stuck, goes = tmp_path / "spool" / "call_stuck.1.answer", tmp_path / "spool" / "call_gone.1.answer"
    stuck.mkdir(parents=True)
    goes.write_bytes(b"{}")
    old = time.time() - (RETENTION_DAYS + 1) * 24 * 3600
    for path in (stuck, goes):
        os.utime(path, (old, old))
    assert clear_old(journal, tmp_path, time.time()) == 1
    assert (stuck.exists(), goes.exists()) == (True, False)


def test_files_are_looked_for_once_a_day(tmp_path: Path) -> None:
    journal = Journal(open_database(tmp_path, ""))
    previews = tmp_path / "previews"
    previews.mkdir()
    assert clear_old(journal, tmp_path, time.time()) == 0
    (previews / "img_1").write_bytes(b"a preview")
    old = later(-RETENTION_DAYS - 1)
    os.utime(previews / "img_1", (old, old))
    assert clear_old(journal, tmp_path, later(0.9)) == 0
    assert clear_old(journal, tmp_path, later(1.1)) == 1
    assert list(previews.iterdir()) == []


def test_the_engine_forgets_jobs_that_have_ended_and_no_others(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    journal, enqueue = Journal(engine), Enqueuer(engine).enqueue
    client = DBOSClient(system_database_engine=engine)
    ended, at_work, queued = (
        journal.submit(an_order(tmp_path, count=2), "queue", name, lambda _: "", enqueue)[0] for name in ("a", "b", "c")
    )
    journal.drop_unsent(ended, Failure(code="cancelled", message="Cancelled.", charge="none"))
    client.cancel_workflow(ended)  # the engine is done with both; only the journal knows that one goes on
    client.cancel_workflow(at_work)

    def known() -> set[str]:
        return {workflow.workflow_id for workflow in client.list_workflows()}

    assert clear_old(journal, tmp_path, later(ENGINE_DAYS / 2)) == 0
    assert known() == {ended, at_work, queued}
    assert clear_old(journal, tmp_path, later(ENGINE_DAYS + 1)) == 1
    assert known() == {at_work, queued}
    assert journal.job(ended).status == "cancelled"


def test_no_end_of_old_rows_is_left_for_having_many_that_stay(tmp_path: Path) -> None:
    engine = open_database(tmp_path, "")
    journal, enqueuer = Journal(engine), Enqueuer(engine)
    client = DBOSClient(system_database_engine=engine)
    at_work, _ = journal.submit(an_order(tmp_path, count=2), "queue", "a", lambda _: "", enqueuer.enqueue)
    ended, _ = journal.submit(an_order(tmp_path, count=2), "queue", "b", lambda _: "", enqueuer.enqueue)
    journal.drop_unsent(ended, Failure(code="cancelled", message="Cancelled.", charge="none"))
    for number in range(BATCH + 1):
        enqueuer.enqueue_again("queue", at_work if number < BATCH else ended)
    client.cancel_workflows([workflow.workflow_id for workflow in client.list_workflows()])
    assert clear_old(journal, tmp_path, later(ENGINE_DAYS + 1)) == 2
    assert {workflow.workflow_id.partition(":")[0] for workflow in client.list_workflows()} == {at_work}
