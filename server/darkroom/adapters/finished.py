"""The engine's rows of jobs that have ended. Nobody reads them any more, and the engine itself keeps them for ever."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from darkroom.adapters.database import calls, reading
from darkroom.adapters.engine import WORKFLOW, client
from darkroom.core.job import FINAL, State

BATCH: Final = 500
"""Rows that go in one transaction, in about 0.02 s: a picture that is to be saved waits for no more than that."""

MOST: Final = 5_000
"""Rows that go in one run, in about 0.2 s; what is left goes in the next."""

_DONE: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
"""Statuses in which the engine will not run a workflow again by itself."""


def clear_finished(engine: sa.Engine, before: float) -> int:
    """Remove the engine's rows that were done `before` (seconds since 1970), oldest first; return how many went.

    Never the row of a job that has not ended in our journal, whatever the engine thinks of it.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    engine_client = client(engine)
    until = datetime.fromtimestamp(before, UTC).isoformat()
    removed = kept = 0
    while removed < MOST:
        found = engine_client.list_workflows(
            name=WORKFLOW,
            status=_DONE,
            completed_before=until,
            limit=BATCH,
            offset=kept,
            load_input=False,
            load_output=False,
        )
        jobs = {workflow.workflow_id: workflow.workflow_id.partition(":")[0] for workflow in found}
        unended = _unended(engine, set(jobs.values()))
        done = [workflow_id for workflow_id, job_id in jobs.items() if job_id not in unended]
        if done:
            engine_client.delete_workflows(done)
        removed += len(done)
        kept += len(found) - len(done)
        if len(found) < BATCH:
            break
    return removed


def _unended(engine: sa.Engine, job_ids: Collection[str]) -> set[str]:
    open_states = [state.value for state in State if state not in FINAL]
    query = sa.select(calls.c.job_id).where(calls.c.job_id.in_(job_ids), calls.c.state.in_(open_states))
    with reading(engine) as connection:
        return set(connection.execute(query).scalars())
