"""Hosts with different keys share a home, and no picture is ever billed to another host's key."""

from pathlib import Path

import pytest

from processes.hosts import Home, overlap, until

pytestmark = pytest.mark.anyio

OTHER_KEY = "sk-test-the-other-host"


async def test_two_hosts_with_two_keys_pay_each_for_its_own_pictures(home: Home) -> None:
    """Two workers serve one home at once; both hosts see both pictures."""
    key = f"{OTHER_KEY}-{home.environment['APIYI_API_KEY'].removeprefix('sk-test-')}"
    async with home.host() as one, home.host(APIYI_API_KEY=key) as other:
        mine = await one.generate("an oak [[latency:6]]", wait_seconds=0)
        theirs = await other.generate("a birch [[latency:6]]", wait_seconds=0)
        await until(lambda: len(home.posts()) == len(home.posts(key)) == 1, "both calls to be out")
        assert len(home.workers()) == 2
        assert (await one.finish(mine["job_id"]))["status"] == "completed"
        assert (await other.finish(theirs["job_id"]))["status"] == "completed"
        assert [call["prompt"] for call in home.posts()] == ["an oak [[latency:6]]"]
        assert [call["prompt"] for call in home.posts(key)] == ["a birch [[latency:6]]"]
        assert overlap(home.posts() + home.posts(key)) == 2
        assert len((await one.call("list_images"))["images"]) == 2


async def test_a_job_whose_key_no_host_holds_waits_for_it_and_says_so(home: Home) -> None:
    """Another host's front never sends it; any front with that key does, as it starts."""
    job_id = home.submit("a yew")
    async with home.host(APIYI_API_KEY=f"{OTHER_KEY}-stranger") as stranger:
        answer = await stranger.call("wait_for_jobs", job_ids=[job_id], wait_seconds=1)
        [job] = answer["jobs"]
        assert job["status"] == "working"
        assert any("another key" in warning for warning in job["warnings"])
        assert home.posts() == []
    async with home.host():
        await until(lambda: home.job(job_id).status == "completed", "the job, which nobody waits for")
    assert len(home.posts()) == 1


async def test_no_file_that_a_session_leaves_behind_holds_the_key(home: Home) -> None:
    """Not the database, no log, no spool, no picture; nor does a result."""
    async with home.host() as host:
        done = await host.answer("generate_image", prompt="a reed", model="gpt-image-2-all")
        refused = await host.answer("generate_image", prompt="a rush [[echo-key]]", model="gpt-image-2-all")
        assert refused.is_error
    key = home.environment["APIYI_API_KEY"]
    assert key not in done.model_dump_json()
    assert key not in refused.model_dump_json()
    assert _holders(home.path, key) == _holders(home.pictures, key) == []


def _holders(folder: Path, key: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
