"""A clock that is set back in mid-job: nothing is lost, nothing is forgotten in the budget, no time runs backwards."""

from decimal import Decimal
from pathlib import Path

from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from darkroom.core.job import Event, State
from darkroom.core.report import job_report
from orders import an_order, nowhere


def test_a_clock_set_back_by_a_day_loses_neither_the_job_nor_its_price(tmp_path: Path) -> None:
    now = [2_000_000_000.0]
    order = an_order(tmp_path)
    journal = Journal(open_database(tmp_path, ""), clock=lambda: now[0])
    job_id, _ = journal.submit(order, "queue", "digest", lambda _: "", nowhere)
    [call] = journal.job(job_id).calls
    journal.advance(call.call_id, Event.SEND, changes={"attempt": 1, "sent_at": now[0]})
    now[0] -= 25 * 3600
    assert journal.spent_usd() == Decimal("0.03")
    assert journal.unfinished("queue") == [job_id]
    assert journal.submit(order, "queue", "digest", lambda _: "", nowhere) == (job_id, False)
    journal.advance(call.call_id, Event.ANSWER)
    assert journal.job(job_id).calls[0].state is State.RECEIVED
    assert job_report(journal.job(job_id), now[0])["elapsed_seconds"] == 0.0
    assert journal.spent_usd() == Decimal("0.03")
