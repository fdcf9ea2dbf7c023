"""What is kept for how long: refusals for 30 days, an answer whose picture is not saved for ever."""

import os
import time
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from darkroom.adapters.database import open_database
from darkroom.adapters.journal import Journal
from darkroom.core.failure import Failure
from darkroom.core.job import Event
from darkroom.core.order import Attempt, Order
from darkroom.service.retention import RETENTION_DAYS, clear_old


def an_order(folder: Path) -> Order:
    attempt = Attempt(
        model="gpt-image-2-all",
        endpoint="images",
        fields={},
        usd=Decimal("0.03"),
        high_usd=Decimal("0.03"),
        basis="flat",
        typical_seconds=(30, 90),
        timeout_seconds=300,
    )
    return Order(operation="generate", prompt="p", attempt=attempt, count=2, folder=str(folder))


def nowhere(_connection: sa.Connection, _queue: str, _job_id: str) -> None:
    """Enqueue nothing."""


def test_only_what_is_old_and_ended_is_removed(tmp_path: Path) -> None:
    journal = Journal(open_database(tmp_path, ""))
    job_id, _ = journal.submit(an_order(tmp_path), "queue", "digest", lambda _: "", nowhere)
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
