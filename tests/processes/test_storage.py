"""Databases and folders that fail: a clear sentence at once, and no paid picture lost."""

import os
import resource
import shutil
import sqlite3
from contextlib import closing
from typing import Any

import anyio
import pytest

from darkroom.core.job import State
from processes.hosts import Home, Host, until, wait_gone

pytestmark = pytest.mark.anyio


async def test_a_database_that_is_locked_for_a_while_loses_nothing(home: Home) -> None:
    """Another program holds the write lock while the answer comes; the job ends all the same."""
    async with home.host() as host:
        job_id = (await host.generate("a padlock [[latency:1]]", wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        with closing(sqlite3.connect(home.path / "darkroom.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = await host.call("wait_for_jobs", job_ids=[job_id], wait_seconds=3)
            assert answer["jobs"][0]["status"] == "working"
            await until(lambda: bool(home.posts()[0]["ended"]), "the answer to have come")
            other.execute("ROLLBACK")
        assert (await host.finish(job_id))["status"] == "completed"
    assert len(home.posts()) == len(home.files()) == 1


async def test_a_corrupt_database_is_told_in_a_sentence(home: Home) -> None:
    """Nothing is sent; the sentence names the file and what to do."""
    home.path.mkdir(parents=True)
    (home.path / "darkroom.sqlite").write_bytes(b"this was a database once\n" * 400)
    async with home.host() as host:
        _is_refused_for_storage(await _asked(host), "darkroom.sqlite")
    assert home.posts() == []


@pytest.mark.parametrize("below", ["", "deeper/still"])
async def test_a_home_that_cannot_be_a_folder_is_told_in_a_sentence(home: Home, below: str) -> None:
    """A file stands where the folder, or one above it, should be: that stops root as well."""
    home.path.write_text("a file")
    place = str(home.path / below) if below else str(home.path)
    async with home.host(DARKROOM_HOME=place) as host:
        _is_refused_for_storage(await _asked(host), "DARKROOM_HOME")
    assert home.posts() == []


async def test_an_output_folder_that_became_a_file_holds_the_picture_until_it_is_back(home: Home) -> None:
    """Charged and safe, says the failure; a later wait delivers it, without a second call."""
    async with home.host() as host:
        job_id = (await host.generate("a vault [[latency:1.5]]", wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        shutil.rmtree(home.pictures)
        home.pictures.write_text("in the way")
        job = await host.finish(job_id)
        assert job["status"] == "failed"
        [failure] = job["failures"]
        assert (failure["code"], failure["charge"]) == ("storage", "certain")
        home.pictures.unlink()
        assert (await host.generate("a vault [[latency:1.5]]", wait_seconds=0))["job_id"] == job_id
        job = await host.finish(job_id)
        assert job["status"] == "completed"
    assert len(home.files()) == len(home.posts()) == 1


async def test_an_output_folder_that_vanished_is_made_again(home: Home) -> None:
    """The picture needs no attention."""
    async with home.host() as host:
        job_id = (await host.generate("a mirage [[latency:1.5]]", wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        shutil.rmtree(home.pictures)
        assert (await host.finish(job_id))["status"] == "completed"
    assert len(home.files()) == len(home.posts()) == 1


async def test_a_held_picture_does_not_make_its_caller_wait_longer_than_asked(home: Home) -> None:
    """Another go at it is bounded by `wait_seconds`, also if no worker runs yet."""
    job_id = await _held(home)
    async with home.host() as host:
        await host.call("list_images")
        with anyio.fail_after(2.5):
            answer = await host.call("wait_for_jobs", job_ids=[job_id], wait_seconds=1)
        assert answer["jobs"][0]["failures"][0]["code"] == "storage"


async def test_a_held_picture_is_delivered_by_the_next_front_as_it_starts(home: Home) -> None:
    """Nobody has to ask for it."""
    job_id = await _held(home)
    home.pictures.unlink()
    async with home.host():
        await until(lambda: home.job(job_id).status == "completed", "the picture in its place")
    assert len(home.files()) == len(home.posts()) == 1


async def test_a_worker_with_a_held_picture_ends_by_itself(home: Home) -> None:
    """Waiting for a folder is no work."""
    await _held(home)
    with home.worker(DARKROOM_IDLE_SECONDS="0.3") as worker:
        assert await anyio.to_thread.run_sync(wait_gone, worker) == 0


async def test_an_answer_that_the_disk_does_not_take_is_told_as_perhaps_charged(home: Home) -> None:
    """A limit on file sizes cuts the spool off in the middle; nothing is sent again."""
    job_id = home.submit("a brimming cup [[noise]]")
    with home.worker() as worker:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
        await until(lambda: home.job(job_id).status != "working", "the job to end")
    [call] = home.job(job_id).calls
    assert call.failure is not None
    assert (call.failure.code, call.failure.charge) == ("storage", "possible")
    assert len(home.posts()) == 1


async def test_nothing_is_sent_while_the_spool_cannot_keep_an_answer(home: Home) -> None:
    """A file stands where the spool should be: the call ends free of charge before it leaves."""
    job_id = home.submit("a full drawer")
    (home.path / "spool").write_text("in the way")
    with home.worker():
        await until(lambda: home.job(job_id).status == "failed", "the job to end")
    [call] = home.job(job_id).calls
    assert call.failure is not None
    assert (call.failure.code, call.failure.charge) == ("storage", "none")
    assert home.posts() == []


async def _held(home: Home) -> str:
    """Leave a picture that was paid for and has no place; return its job."""
    job_id = home.submit("a castle in the air [[latency:1]]")
    with home.worker():
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        shutil.rmtree(home.pictures)
        home.pictures.write_text("in the way")
        await until(lambda: home.job(job_id).status == "failed", "the picture to be held")
    return job_id


async def _asked(host: Host) -> dict[str, Any]:
    answer = await host.answer("generate_image", prompt="a question", model="gpt-image-2-all")
    assert answer.is_error
    return {"text": "".join(part.text for part in answer.content if part.type == "text"), "is": answer}


def _is_refused_for_storage(found: dict[str, Any], named: str) -> None:
    text = found["text"]
    assert named in text, text
    assert "Traceback" not in text
    assert "mistake in Darkroom" not in text
    assert "othing" in text, text


async def test_rubbish_in_the_spool_keeps_no_worker_from_its_jobs(home: Home) -> None:
    """A damaged answer of a call, and an old thing that cannot be removed."""
    damaged = home.submit("a wreck")
    with home.worker(DARKROOM_FAULT_AFTER="spooled") as worker:
        assert wait_gone(worker) == -9
    [answer] = (home.path / "spool").glob("*.answer")
    answer.write_bytes(b"")
    stuck = home.path / "spool" / "call_stuck.1.answer"
    stuck.mkdir()
    os.utime(stuck, (0, 0))
    whole = home.submit("a new ship")
    for _ in range(2):  # the next one finds the first call in doubt, and its damaged answer
        with home.worker(DARKROOM_IDLE_SECONDS="0.5") as worker:
            assert wait_gone(worker) == 0
    assert home.job(whole).status == "completed"
    [call] = home.job(damaged).calls
    assert call.state is State.IN_DOUBT
    assert len(home.posts()) == 2
