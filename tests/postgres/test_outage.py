"""A database server that goes away for a moment: what is out lands all the same, and callers are told in a sentence."""

import anyio
import pytest
from anyio import to_thread

from postgres.machines import Machine
from postgres.server import PASSWORD, Postgres
from processes.hosts import until

pytestmark = pytest.mark.anyio


async def test_an_answer_that_comes_while_the_database_is_away_lands_once(postgres: Postgres, here: Machine) -> None:
    """Stopped while a call is out and started again after its answer: one POST, one file."""
    async with here.host() as host:
        job_id = (await host.generate("a tide [[latency:1.5]]", wait_seconds=0))["job_id"]
        await until(lambda: len(here.posts()) == 1, "the call to be out")
        await to_thread.run_sync(postgres.stop)
        try:
            asked = await host.answer("generate_image", prompt="an ebb", model="gpt-image-2-all")
            waited = await host.answer("wait_for_jobs", job_ids=[job_id], wait_seconds=1)
            await until(lambda: bool(here.posts()[0]["ended"]), "the answer to have come")
            await until(lambda: bool(here.spool()), "the answer to be on disk")
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(postgres.start)
        for answer in (asked, waited):
            said = answer.model_dump_json()
            assert answer.is_error
            assert "The database could not be" in said
            assert "Traceback" not in said
            assert PASSWORD not in said
        assert (await host.finish(job_id))["status"] == "completed"
        assert (await host.generate("an ebb", wait_seconds=30))["status"] == "completed"
    assert len(here.posts()) == len(here.files()) == 2
    assert PASSWORD not in here.texts()
