"""What is sent again, how often and how late: by the gateway's own table, in the journal and in what callers read."""

import time

import anyio
import pytest

from darkroom.catalog.retries import RETRIES, RETRY_AFTER_MAX_SECONDS, RetryKind
from darkroom.core.job import State
from darkroom.core.records import Job
from darkroom.core.report import job_report, progress_message
from darkroom.sandbox.server import Running
from faults.workbench import Workbench, workbench

pytestmark = pytest.mark.anyio

FOR_EVER: dict[str, RetryKind] = {
    "[[429]]": "saturated",
    "[[502-html]]": "restarting",
    "[[503]]": "unavailable",
    "[[write-failed]]": "unwritten",
    "[[500-unknown]]": "overburdened",
    "[[429-parameter]]": "never",
    "[[policy-input]]": "never",
    "[[504]]": "never",
    "[[drop]]": "never",
}
SCALE = 0.01


@pytest.mark.parametrize(("trigger", "kind"), FOR_EVER.items())
async def test_a_failure_is_tried_again_as_often_and_as_late_as_its_kind_allows(
    sandbox: Running, environment: dict[str, str], trigger: str, kind: RetryKind
) -> None:
    async with workbench(sandbox, environment, DARKROOM_TIME_SCALE=str(SCALE)) as bench:
        job = await bench.make(prompt=f"a stone {trigger}")
        waits = RETRIES[kind].waits_seconds
        written = bench.written(job)
        assert [event for event, _, _ in written if event == "send"] == ["send"] * (1 + len(waits))
        assert len(bench.posts()) == 1 + len(waits)
        retried = [at for event, _, at in written if event == "retry"]
        sent_again = [at for event, _, at in written if event == "send"][1:]
        for wait, left, back in zip(waits, retried, sent_again, strict=True):
            # The wait begins when the refusal came, a moment before it is written down.
            assert wait * SCALE - 0.05 <= back - left < wait * SCALE + 2
        assert [detail.partition(";")[0] for event, detail, _ in written if event == "retry"] == [
            f"try {number} on gpt-image-2-all failed ({_code(job_report(job, time.time()))})"
            for number in range(1, len(waits) + 1)
        ]


def _code(report: dict[str, list[dict[str, str]]]) -> str:
    return report["failures"][0]["code"]


async def test_a_request_that_never_left_is_tried_again(sandbox: Running, environment: dict[str, str]) -> None:
    closed = Running().start()
    closed.stop()
    async with workbench(sandbox, environment, APIYI_BASE_URL=closed.base_url) as bench:
        report = await bench.report()
    assert [failure["code"] for failure in report["failures"]] == ["gateway"]
    assert report["failures"][0]["charge"] == "none"
    assert len(report["warnings"]) == len(RETRIES["unsent"].waits_seconds)


@pytest.mark.parametrize(("asked", "held"), [("20", 20), ("9999", RETRY_AFTER_MAX_SECONDS), ("0", 1)])
async def test_retry_after_is_honoured_within_bounds(
    sandbox: Running, environment: dict[str, str], asked: str, held: int
) -> None:
    async with workbench(sandbox, environment, DARKROOM_TIME_SCALE=str(SCALE)) as bench:
        job = await bench.make(prompt=f"a stone [[429-retry-after:{asked}]]")
        assert job.status == "completed"
        [left] = [at for event, _, at in bench.written(job) if event == "retry"]
        back = [at for event, _, at in bench.written(job) if event == "send"][1]
        assert held * SCALE <= back - left < held * SCALE + 2


async def test_while_a_retry_waits_the_progress_says_which_one(sandbox: Running, environment: dict[str, str]) -> None:
    async with workbench(sandbox, environment, DARKROOM_TIME_SCALE="0.1") as bench:
        job_id = bench.submit(prompt="a stone [[503-twice]]")
        job, heard = await _now(bench, job_id), list[str]()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bench.renderer.run, job_id)
            while job.status == "working":
                job = await _now(bench, job_id)
                if job.calls[0].state is State.PLANNED and job.calls[0].next_send_at is not None:
                    heard.append(progress_message([job], time.time()))
                await anyio.sleep(0.05)
        assert list(dict.fromkeys(heard)) == [
            "try 1 on gpt-image-2-all failed (gateway); tried again after 2 s",
            "try 2 on gpt-image-2-all failed (gateway); tried again after 4 s",
        ]
        assert job_report(job, time.time())["warnings"][-2:] == [f"{text}." for text in dict.fromkeys(heard)]


async def _now(bench: Workbench, job_id: str) -> Job:
    return await anyio.to_thread.run_sync(bench.journal.job, job_id)


async def test_an_overburdened_upstream_gets_smaller_inputs_and_the_same_order(
    sandbox: Running, environment: dict[str, str]
) -> None:
    async with workbench(sandbox, environment) as bench:
        model = {"gpt-image-2": {"size": "1024x640", "quality": "low"}}
        large = bench.example((900, 900))
        report = await bench.report(prompt="bluer [[500-once]]", images=[large], model=model)
        first, second = bench.posts()
    assert report["status"] == "completed"
    assert second["parts"][0]["bytes"] < first["parts"][0]["bytes"]
    assert (first["fields"], first["model"]) == (second["fields"], second["model"])
    assert second["fields"]["size"] == "1024x640"
    assert any("with smaller inputs" in warning for warning in report["warnings"])
    assert (report["images"][0]["width"], report["images"][0]["height"]) == (1024, 640)


@pytest.mark.parametrize("trigger", ["[[503-once]]", "[[429-once]]", "[[502-once]]", "[[write-failed-once]]"])
async def test_no_other_retry_touches_the_inputs(sandbox: Running, environment: dict[str, str], trigger: str) -> None:
    async with workbench(sandbox, environment) as bench:
        large = bench.example((900, 900))
        await bench.report(prompt=f"bluer {trigger}", images=[large], model="gpt-image-2-vip")
        first, second = bench.posts()
    assert (first["parts"], first["fields"]) == (second["parts"], second["fields"])
