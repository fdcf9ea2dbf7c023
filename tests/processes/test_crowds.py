"""Many calls at once: never more than allowed, none forgotten."""

import anyio
import pytest

from processes.hosts import Home, Host, overlap, until

pytestmark = pytest.mark.anyio


async def test_no_more_calls_are_out_at_once_than_the_concurrency_says(home: Home) -> None:
    """Nine calls of several jobs, three at a time."""
    async with home.host(DARKROOM_CONCURRENCY="3") as host:
        ids = [
            (await host.generate(f"a herd, number {number} [[latency:0.7]]", count=count, wait_seconds=0))["job_id"]
            for number, count in enumerate((4, 2, 1, 1, 1))
        ]
        for job_id in ids:
            assert (await host.finish(job_id))["status"] == "completed"
    assert len(home.posts()) == len(home.files()) == 9
    assert overlap(home.posts()) == 3


async def test_ten_pictures_of_one_job_all_arrive(home: Home) -> None:
    """`count` at its largest is ten calls and ten files."""
    async with home.host(DARKROOM_CONCURRENCY="10") as host:
        job_id = (await host.generate("a dozen, nearly", count=10, wait_seconds=0))["job_id"]
        job = await host.finish(job_id)
        assert len({image["path"] for image in job["images"]}) == 10
    assert len(home.posts()) == len(home.files()) == 10


async def test_fifty_jobs_from_two_fronts_all_complete(home: Home) -> None:
    """Submitted at once, each ends with its own file."""
    ids: list[str] = []

    async def ask(host: Host, number: int) -> None:
        ids.append((await host.generate(f"a bird, number {number}", wait_seconds=0))["job_id"])

    async with home.host(DARKROOM_CONCURRENCY="25") as one, home.host(DARKROOM_CONCURRENCY="25") as other:
        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(ask, one if number % 2 else other, number)
        assert len(set(ids)) == 50
        await until(lambda: len(home.journal.recent_jobs(["completed"], 60)) == 50, "fifty jobs to complete")
    assert len(home.posts()) == len(home.files()) == 50
