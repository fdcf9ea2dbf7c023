"""Waiting and cancelling, through a session: bounded, in any order, and honest about what was sent."""

import anyio
import pytest
from mcp.client import Client

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from desk import Desk, job_of, text_of
from tools.conftest import Home

SMALL = {"gpt-image-2-vip": {"size": "1280x544"}}


async def begun(desk: Desk, prompt: str, **arguments: object) -> str:
    """Submit a job without waiting and return its id."""
    answer = await desk.call("generate_image", prompt=prompt, model=SMALL, wait_seconds=0, **arguments)
    return job_of(answer)["job_id"]


async def sent(desk: Desk, words: str) -> None:
    """Return once the gateway has heard of a call; it is another process, so there is no event to wait for."""
    for _ in range(1000):
        if desk.calls(words):
            return
        await anyio.sleep(0.02)
    raise AssertionError(f"{words!r} was never sent")


@pytest.mark.requirement("wait:any")
@pytest.mark.anyio
async def test_any_returns_when_the_first_job_has_ended(desk: Desk) -> None:
    slow = await begun(desk, "the slow one [[latency:4]]")
    fast = await begun(desk, "the fast one")
    answer = await desk.call("wait_for_jobs", job_ids=[slow, fast], until="any")
    assert answer.structured_content is not None
    jobs = answer.structured_content["jobs"]
    assert [job["job_id"] for job in jobs] == [slow, fast]
    assert [job["status"] for job in jobs] == ["working", "completed"]
    answer = await desk.call("wait_for_jobs", job_ids=[slow, fast, slow])
    assert answer.structured_content is not None
    assert [job["status"] for job in answer.structured_content["jobs"]] == ["completed", "completed"]


@pytest.mark.requirement("wait:bounded")
@pytest.mark.anyio
async def test_a_wait_ends_in_time_although_the_job_does_not(desk: Desk) -> None:
    with anyio.fail_after(4.0):
        answer = await desk.call("generate_image", prompt="overdue [[latency:5]]", model=SMALL, wait_seconds=1)
    assert job_of(answer)["status"] == "working"
    done = await desk.call("wait_for_jobs", job_ids=[job_of(answer)["job_id"]])
    assert job_of(done)["status"] == "completed"
    assert len(desk.calls("overdue")) == 1


@pytest.mark.requirement("wait:progress")
@pytest.mark.anyio
async def test_progress_is_told_at_once_and_names_the_model_and_its_time(desk: Desk) -> None:
    told: list[tuple[float, str]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message or ""))

    arguments = {"prompt": "watched [[latency:0.5]]", "model": SMALL}
    await desk.client.call_tool("generate_image", arguments, progress_callback=hear)
    assert told
    assert told[0][0] < 1
    assert told[0][1].startswith("gpt-image-2-vip")
    assert [progress for progress, _ in told] == sorted(progress for progress, _ in told)


@pytest.mark.requirement("results:all-failed")
@pytest.mark.anyio
async def test_an_answer_is_an_error_only_if_every_job_failed(desk: Desk) -> None:
    good = await begun(desk, "a good one")
    bad = await begun(desk, "a bad one [[policy-input]]")
    both = await desk.call("wait_for_jobs", job_ids=[good, bad])
    alone = await desk.call("wait_for_jobs", job_ids=[bad])
    assert not both.is_error
    assert alone.is_error
    assert alone.structured_content is not None
    assert alone.structured_content["jobs"][0]["failures"][0]["code"] == "content_policy"


@pytest.mark.requirement("cancel:unsent")
@pytest.mark.anyio
async def test_cancelling_drops_what_was_not_sent_and_saves_what_was(
    environment: dict[str, str], sandbox: Running, shared: Home
) -> None:
    """One call at a time goes out, so of two the second can still be dropped."""
    changes = {"DARKROOM_CONCURRENCY": "1", "APIYI_API_KEY": environment["APIYI_API_KEY"]}
    label = environment["APIYI_API_KEY"].removeprefix("sk-test-")
    async with Client(create_server(shared.surroundings(**changes))) as client:
        desk = Desk(client, sandbox, label, shared.folder)
        job_id = await begun(desk, "one of two [[latency:3]]", count=2)
        await sent(desk, "one of two")
        answer = await desk.call("cancel_job", job_id=job_id)
        assert "1 of 2 calls were dropped unsent" in text_of(answer)
        assert job_of(answer)["status"] == "working"
        done = await desk.call("wait_for_jobs", job_ids=[job_id])
    job = job_of(done)
    assert (job["status"], len(job["images"])) == ("completed", 1)
    assert job["cost"]["charged_usd"] == "0.03"
    assert [failure["code"] for failure in job["failures"]] == ["cancelled"]
    assert len(desk.calls("one of two")) == 1


@pytest.mark.anyio
async def test_a_job_that_has_ended_cannot_be_cancelled_and_keeps_its_picture(desk: Desk) -> None:
    job = await desk.job("generate_image", prompt="too late to cancel", model=SMALL)
    answer = await desk.call("cancel_job", job_id=job["job_id"])
    assert "nothing to cancel" in text_of(answer)
    assert job_of(answer)["status"] == "completed"
