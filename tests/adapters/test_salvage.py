"""An answer that turns up after its call was given up is taken up; nothing is sent for it."""

from pathlib import Path

import pytest

from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from darkroom.adapters.spool import SpoolWriter, spool_path
from darkroom.core.failure import Failure
from darkroom.core.job import Event, State
from darkroom.service.salvage import salvage
from orders import an_order, nowhere


def answered(home: Path, call_id: str, status: int) -> None:
    with SpoolWriter(spool_path(home, call_id, 1)) as writer:
        writer.begin(status, {})
        writer.write(b"{}")
        writer.finish()


def test_a_whole_answer_of_a_call_in_doubt_is_taken_up_and_a_refusal_is_not(tmp_path: Path) -> None:
    order = an_order(tmp_path, count=3)
    journal = Journal(open_database(tmp_path, ""))
    job_id, _ = journal.submit(order, "queue", "digest", lambda _: "", nowhere)
    came, refused, silent = journal.job(job_id).calls
    lost = Failure(code="interrupted", message="The worker is gone.", charge="possible")
    for call in (came, refused, silent):
        journal.advance(call.call_id, Event.SEND, changes={"attempt": 1})
        journal.advance(call.call_id, Event.SILENCE, failure=lost)
    answered(tmp_path, came.call_id, 200)
    answered(tmp_path, refused.call_id, 500)
    assert journal.job(job_id).status == "failed"
    assert salvage(journal, tmp_path) == [job_id]
    states = [call.state for call in journal.job(job_id).calls]
    assert states == [State.RECEIVED, State.IN_DOUBT, State.IN_DOUBT]
    assert journal.unfinished("queue") == [job_id]
    assert salvage(journal, tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"[]\n", b'{"status": "200"}\n'], ids=repr)
def test_a_damaged_answer_is_left_where_it_lies(tmp_path: Path, content: bytes) -> None:
    journal = Journal(open_database(tmp_path, ""))
    job_id, _ = journal.submit(an_order(tmp_path), "queue", "digest", lambda _: "", nowhere)
    [call] = journal.job(job_id).calls
    journal.advance(call.call_id, Event.SEND, changes={"attempt": 1})
    lost = Failure(code="interrupted", message="The worker is gone.", charge="possible")
    journal.advance(call.call_id, Event.SILENCE, failure=lost)
    path = spool_path(tmp_path, call.call_id, 1)
    path.parent.mkdir()
    path.write_bytes(content)
    assert salvage(journal, tmp_path) == []
    assert path.read_bytes() == content
