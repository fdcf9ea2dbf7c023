"""One worker serves a home, gateway and key at a time; it comes, goes and is replaced without losing anything."""

import json
import subprocess
import sys
from typing import Any

import anyio
import pytest
import sqlalchemy as sa

from darkroom.adapters.database import workers, writing
from darkroom.adapters.processes import worker_lives
from processes.hosts import Home, is_gone, until, wait_gone


@pytest.mark.anyio
async def test_of_two_workers_started_at_once_one_serves_and_one_ends(home: Home) -> None:
    """The lock decides; the one that ends has done nothing."""
    job_id = home.submit("a duel [[latency:4]]")
    with home.worker() as one, home.worker() as other:
        await until(lambda: one.poll() is not None or other.poll() is not None, "one of them to end")
        assert [one.poll(), other.poll()].count(0) == 1
        await until(lambda: home.job(job_id).status == "completed", "the job")
        assert [one.poll(), other.poll()].count(None) == 1
    assert len(home.posts()) == 1


@pytest.mark.anyio
async def test_a_front_that_looks_for_a_worker_does_not_turn_one_away(home: Home) -> None:
    """The look holds the worker's lock for a moment; a worker that starts then tries again."""
    looking = anyio.Event()

    async def look() -> None:
        while not looking.is_set():
            await anyio.to_thread.run_sync(worker_lives, home.path, home.queue)

    job_id = home.submit("a door")
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(look)
        with home.worker() as worker:
            await until(lambda: home.job(job_id).status == "completed", "the job")
            assert worker.poll() is None
        looking.set()


@pytest.mark.anyio
async def test_two_fronts_that_submit_at_once_share_one_worker(home: Home) -> None:
    """Both jobs are served by it."""
    async with home.host() as one, home.host() as other:
        found: list[str] = []

        async def ask(prompt: str) -> None:
            host = one if prompt == "a pear" else other
            found.append((await host.generate(prompt, wait_seconds=40))["status"])

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "a pear")
            tasks.start_soon(ask, "a plum")
        assert found == ["completed", "completed"]
        await until(lambda: len(home.workers()) == 1, "a second worker, if one was started, to have ended")
    executors = {call.executor for job in home.journal.recent_jobs(["completed"], 9) for call in job.calls}
    assert len(executors) == 1


@pytest.mark.anyio
async def test_a_worker_ends_by_itself_when_there_is_nothing_to_do(home: Home) -> None:
    """It leaves no row, no lock and no process behind, also not in its parent's table of children."""
    async with home.host(DARKROOM_IDLE_SECONDS="0.3") as host:
        assert (await host.generate("a stop", wait_seconds=40))["status"] == "completed"
        await until(lambda: not home.workers(), "the worker to end")
        await until(lambda: not host.process.children(), "its exit status to be asked for")
        assert not worker_lives(home.path, home.queue)
        with home.engine.connect() as connection:
            assert connection.execute(sa.select(workers)).all() == []


@pytest.mark.anyio
async def test_jobs_that_come_just_as_a_worker_ends_are_served(home: Home) -> None:
    """Submitted around the idle time, again and again, without anybody waiting."""
    async with home.host(DARKROOM_IDLE_SECONDS="0.1") as host:
        ids: list[str] = []
        for number in range(5):
            job = await host.generate(f"a wave, number {number}", wait_seconds=0)
            ids.append(job["job_id"])
            with anyio.move_on_after(0.1 + number * 0.4):
                await until(lambda: home.job(ids[-1]).ended_at is not None and not home.workers(), "a quiet home")
        await until(lambda: all(home.job(job_id).status == "completed" for job_id in ids), "every job")
    assert len(home.posts()) == len(home.files()) == len(ids)


@pytest.mark.anyio
async def test_an_older_worker_drains_and_makes_room_for_a_newer_one(home: Home) -> None:
    """The call that it has out comes in; what it has not sent, its successor sends."""
    async with home.host(DARKROOM_CONCURRENCY="1") as host:
        under_way = (await host.generate("an old mill [[latency:6]]", count=2, wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the first call to be out")
        [old] = home.workers()
        with writing(home.engine) as connection:
            connection.execute(workers.update().values(version="0.0.1"))
        later = (await host.generate("a new mill", wait_seconds=0))["job_id"]
        assert (await host.finish(under_way))["status"] == "completed"
        assert (await host.finish(later))["status"] == "completed"
        await until(lambda: is_gone(old), "the older worker to end")
        executors = [call.executor for call in home.job(under_way).calls]
        assert len(set(executors)) == 2
    assert len(home.posts()) == len(home.files()) == 3


@pytest.mark.anyio
async def test_a_worker_that_is_told_to_end_brings_in_what_is_out(home: Home) -> None:
    """SIGTERM, as a shutdown sends it: the picture lands first."""
    job_id = home.submit("a ferry [[latency:2]]")
    with home.worker() as worker:
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        worker.terminate()
        assert await anyio.to_thread.run_sync(wait_gone, worker) == 0
    assert home.job(job_id).status == "completed"
    assert len(home.files()) == 1


def test_nothing_but_protocol_stands_on_stdout(home: Home) -> None:
    """Every line of a session that makes a picture on a new database is a JSON-RPC message."""
    asked = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "raw", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {
            "id": 2,
            "method": "tools/call",
            "params": {"name": "generate_image", "arguments": {"prompt": "a line", "model": "gpt-image-2-all"}},
        },
    ]
    lines = _said_on_stdout(home, asked)
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in lines)
    assert any(b'"completed"' in line for line in lines)


def _said_on_stdout(home: Home, messages: list[dict[str, Any]]) -> list[bytes]:
    """Send raw messages to a front and return every line that it writes until the answer to the last, and after."""
    with subprocess.Popen(
        [sys.executable, "-m", "darkroom", "serve"],
        env=home.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as front:
        assert front.stdin is not None
        assert front.stdout is not None
        for message in messages:
            front.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        front.stdin.flush()
        lines: list[bytes] = []
        while not lines or json.loads(lines[-1]).get("id") != messages[-1]["id"]:
            lines.append(front.stdout.readline())
        front.stdin.close()
        return [*lines, *front.stdout.readlines()]
