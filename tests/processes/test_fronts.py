"""Whatever happens to a front or its caller in mid-generation, the picture lands once and is found again."""

import time

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from processes.hosts import Home, Host, elapsed_since, only, until

pytestmark = pytest.mark.anyio


async def test_a_front_killed_in_mid_generation_loses_nothing(home: Home) -> None:
    """Its picture lands as a file, and a new front shows it; one call was paid."""
    async with home.host() as host, anyio.create_task_group() as tasks:
        tasks.start_soon(_ask_and_be_cut_off, host, "a lighthouse [[latency:1.5]]")
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        host.kill()
    async with home.host() as host:
        [known] = home.journal.recent_jobs(["working", "completed"], 2)
        job = await host.finish(known.job_id)
        assert job["status"] == "completed"
        path = only(job["images"])["path"]
        assert home.files() == [path.rpartition("/")[2]]
        assert [image["path"] for image in (await host.call("list_images"))["images"]] == [path]
    assert len(home.posts()) == 1


async def test_closing_stdin_in_mid_generation_loses_nothing(home: Home) -> None:
    """A host that goes away gets the same job again, and its picture."""
    prompt = "a windmill [[latency:1.5]]"
    async with home.host() as host:
        before = await host.generate(prompt, wait_seconds=0)
        await until(lambda: len(home.posts()) == 1, "the call to be out")
    async with home.host() as host:
        after = await host.generate(prompt, wait_seconds=30)
    assert after["job_id"] == before["job_id"]
    assert after["status"] == "completed"
    assert len(home.files()) == len(home.posts()) == 1


async def test_a_call_that_the_client_gave_up_goes_on_and_is_found_by_the_same_request(home: Home) -> None:
    """A time-out at the client's side, which cancels the call, costs nothing twice."""
    arguments = {"prompt": "a bridge [[latency:4]]", "model": "gpt-image-2-all"}
    async with home.host() as host:
        await host.call("list_images")
        with pytest.raises(MCPError):
            await host.client.call_tool("generate_image", arguments, read_timeout_seconds=2.0)
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        again = only((await host.call("generate_image", **arguments))["jobs"])
        assert again["status"] == "completed"
        assert any("same request" in warning for warning in again["warnings"])
    assert len(home.files()) == len(home.posts()) == 1


async def test_a_delivered_request_asked_again_makes_a_new_picture(home: Home) -> None:
    """Working: the same job, here and in another front. Delivered: a new one. Another number: a new one at once."""
    prompt = "a cat [[latency:1]]"
    async with home.host() as one, home.host() as other:
        first = await one.generate(prompt, wait_seconds=0)
        same = await other.generate(prompt, wait_seconds=0)
        another = await other.generate(prompt, wait_seconds=0, variation=2)
        assert first["status"] == same["status"] == "working"
        assert first["job_id"] == same["job_id"] != another["job_id"]
        assert (await one.finish(first["job_id"]))["status"] == "completed"
        assert (await other.finish(another["job_id"]))["status"] == "completed"
        fresh = await other.generate(prompt, wait_seconds=30)
        assert fresh["status"] == "completed"
    assert len({first["job_id"], another["job_id"], fresh["job_id"]}) == 3
    assert len(home.files()) == len(home.posts()) == 3


async def test_a_result_that_nobody_got_is_given_to_the_same_request(home: Home) -> None:
    """The front dies while its caller waits; the worker outlives it; the request, made again, pays nothing."""
    prompt = "a forest [[latency:1]]"
    async with home.host() as host, anyio.create_task_group() as tasks:
        tasks.start_soon(_ask_and_be_cut_off, host, prompt)
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        host.kill()
    await until(lambda: len(home.files()) == 1, "the file")
    async with home.host() as host:
        job = await host.generate(prompt)
        assert job["status"] == "completed"
    assert len(home.files()) == len(home.posts()) == 1


async def test_a_wait_ends_in_time_with_what_to_do_next(home: Home) -> None:
    """A slow job is a success that says `working`; progress comes at once and rises."""
    async with home.host() as host:
        job_id = (await host.generate("a tower [[latency:8]]", wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the call to be out")
        began = time.monotonic()
        answer = await host.answer("wait_for_jobs", job_ids=[job_id], wait_seconds=1)
        assert elapsed_since(began) < 2.0
        assert not answer.is_error
        assert answer.structured_content is not None
        job = only(answer.structured_content["jobs"])
        assert job["status"] == "working"
        assert "wait_for_jobs" in job["next"]
        told = list(host.progress)
        assert told
        host.progress.clear()
        began = time.monotonic()
        await host.call("wait_for_jobs", job_ids=[job_id], wait_seconds=6)
        seconds = [at for at, _ in host.progress]
        assert seconds[0] < 1.0
        assert seconds == sorted(set(seconds))
        assert len(seconds) >= 2 or elapsed_since(began) < 5.0
        assert "gpt-image-2" in host.progress[0][1]
        number = len(host.progress)
        assert (await host.finish(job_id))["status"] == "completed"
        quiet = len(host.progress)
        await host.call("list_images")
        assert len(host.progress) == quiet >= number


async def test_a_wait_above_the_ceiling_is_cut_and_said_so(home: Home) -> None:
    """An unknown host gets 55 seconds at the most."""
    async with home.host() as host:
        job = await host.generate("a rose", wait_seconds=240)
    assert job["status"] == "completed"
    assert any("cut from 240 to 55" in warning for warning in job["warnings"])


async def test_waiting_for_any_returns_with_the_first_that_ends(home: Home) -> None:
    """`until: any` does not wait for the slow one."""
    async with home.host() as host:
        slow = (await host.generate("a snail [[latency:20]]", wait_seconds=0))["job_id"]
        quick = (await host.generate("a hare", wait_seconds=0))["job_id"]
        answer = await host.call("wait_for_jobs", job_ids=[slow, quick], until="any", wait_seconds=18)
        assert [job["status"] for job in answer["jobs"]] == ["working", "completed"]


async def test_cancelling_drops_what_was_not_sent_and_lands_what_was(home: Home) -> None:
    """Of three calls of which one is out, two cost nothing and one arrives."""
    async with home.host(DARKROOM_CONCURRENCY="1") as host:
        job_id = (await host.generate("a swan [[latency:3]]", count=3, wait_seconds=0))["job_id"]
        await until(lambda: len(home.posts()) == 1, "the first call to be out")
        answer = await host.answer("cancel_job", job_id=job_id)
        assert "2 of 3 calls were dropped" in str(answer.content)
        job = await host.finish(job_id)
        assert job["status"] == "completed"
        assert len(job["images"]) == 1
    assert len(home.posts()) == len(home.files()) == 1


async def _ask_and_be_cut_off(host: Host, prompt: str) -> None:
    """Make a call whose front dies before it answers."""
    with pytest.raises(MCPError):
        await host.generate(prompt)
