"""Tasks over raw pipes: bound to the durable job, complete where the job is, and only for those who asked for them."""

import time
from typing import Any

from darkroom.sandbox.server import Running
from protocol.pipe import HANDSHAKE, TASKS, Message, Pipe


def finished(pipe: Pipe, task_id: str) -> Message:
    """Ask until the task has ended; a task names its own pause, which a test need not keep."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        task = pipe.ask("tasks/get", {"taskId": task_id})["result"]
        if task["status"] != "working":
            return task
        pipe.call("list_images", limit=1)
    raise AssertionError("the task did not end")


def test_a_call_becomes_a_task_with_the_tools_own_result(home: dict[str, str], sandbox: Running, label: str) -> None:
    with Pipe(home, TASKS) as pipe:
        created = pipe.call("generate_image", prompt="a heron", model="gpt-image-2-vip")
        assert created["resultType"] == "task"
        assert created["status"] == "working"
        assert created["ttlMs"] is None
        assert "result" not in created
        task = finished(pipe, created["taskId"])
        assert task["status"] == "completed"
        result: dict[str, Any] = task["result"]
        job = result["structuredContent"]["jobs"][0]
        again = pipe.call("wait_for_jobs", job_ids=[job["job_id"]])
        assert again["resultType"] == "complete"
        assert again["structuredContent"] == result["structuredContent"]
        assert [block["type"] for block in result["content"]] == ["text", "resource_link", "image"]
    assert sum(call["prompt"] == "a heron" for call in sandbox.calls(label)) == 1


def test_a_task_survives_its_server(home: dict[str, str]) -> None:
    with Pipe(home, TASKS) as pipe:
        task_id = pipe.call("generate_image", prompt="a stork")["taskId"]
        assert pipe.end() == 0
    with Pipe(home, TASKS) as pipe:
        assert finished(pipe, task_id)["result"]["structuredContent"]["jobs"][0]["images"]


def test_a_failed_job_is_a_completed_task_that_says_so(environment: dict[str, str]) -> None:
    """One call at a time, so that the one that fails has to wait behind another one."""
    with Pipe(environment | {"DARKROOM_CONCURRENCY": "1"}, TASKS) as pipe:
        pipe.call("generate_image", prompt="a slow coach [[latency:2]]")
        task = finished(pipe, pipe.call("generate_image", prompt="a crane [[policy-input]]")["taskId"])
        assert task["status"] == "completed"
        assert task["result"]["isError"] is True
        failure = task["result"]["structuredContent"]["jobs"][0]["failures"][0]
        assert failure["charge"] == "none"


def test_a_refusal_needs_no_task(home: dict[str, str]) -> None:
    with Pipe(home, TASKS) as pipe:
        refused = pipe.call("generate_image", prompt="", model="gpt-image-2-vip")
        assert refused["resultType"] == "complete"
        assert refused["isError"]


def test_a_wait_for_several_jobs_is_a_task_too(home: dict[str, str]) -> None:
    with Pipe(home) as plain:
        jobs = [
            plain.call("generate_image", prompt=f"a gull {number} [[latency:2]]", wait_seconds=0) for number in range(2)
        ]
    ids = [job["structuredContent"]["jobs"][0]["job_id"] for job in jobs]
    with Pipe(home, TASKS) as pipe:
        waiting = pipe.call("wait_for_jobs", job_ids=ids)
        task = waiting if waiting["resultType"] == "complete" else finished(pipe, waiting["taskId"])["result"]
        assert [job["job_id"] for job in task["structuredContent"]["jobs"]] == ids
        assert all(job["status"] == "completed" for job in task["structuredContent"]["jobs"])


def test_the_end_of_a_mere_wait_stops_no_job(home: dict[str, str]) -> None:
    with Pipe(home, TASKS) as pipe:
        made = pipe.call("generate_image", prompt="a tern")["taskId"]
        job_id = f"job_{made.rpartition('_')[2]}"
        waiting = pipe.call("wait_for_jobs", job_ids=[job_id])
        if waiting["resultType"] == "task":
            assert pipe.ask("tasks/cancel", {"taskId": waiting["taskId"]})["result"]["resultType"] == "complete"
        assert finished(pipe, made)["status"] == "completed"


def test_cancelling_a_task_drops_what_was_not_sent(environment: dict[str, str], sandbox: Running) -> None:
    """With one call at a time the later ones of a job are still here when the cancel comes."""
    with Pipe(environment | {"DARKROOM_CONCURRENCY": "1"}, TASKS) as pipe:
        task_id = pipe.call("generate_image", prompt="a plover [[latency:2]]", count=8)["taskId"]
        acknowledged = pipe.ask("tasks/cancel", {"taskId": task_id})["result"]
        assert acknowledged["resultType"] == "complete"
        assert "status" not in acknowledged
        assert finished(pipe, task_id)["status"] in ("cancelled", "completed")
        assert pipe.ask("tasks/cancel", {"taskId": task_id})["result"]["resultType"] == "complete"
    assert len(sandbox.calls(environment["APIYI_API_KEY"].removeprefix("sk-test-"))) < 8


def test_tasks_that_do_not_exist_are_refused(home: dict[str, str]) -> None:
    with Pipe(home, TASKS) as pipe:
        for task_id in ("task_make_0123456789abcdef", "job_0123456789abcdef", "../../etc/passwd", ""):
            for method in ("tasks/get", "tasks/cancel", "tasks/update"):
                assert pipe.ask(method, {"taskId": task_id})["error"]["code"] == -32602
        assert pipe.ask("tasks/list")["error"]["code"] == -32601


def test_whoever_did_not_declare_tasks_never_meets_one(home: dict[str, str]) -> None:
    with Pipe(home) as pipe:
        answer = pipe.call("generate_image", prompt="a curlew")
        assert answer["resultType"] == "complete"
        assert answer["structuredContent"]["jobs"][0]["images"]
        assert pipe.ask("tasks/get", {"taskId": "task_make_0123456789abcdef"})["error"]["code"] == -32021
    with Pipe(home, TASKS) as pipe:
        pipe.initialize(HANDSHAKE[-1])
        answer = pipe.call("generate_image", prompt="a snipe")
        assert "taskId" not in answer
        assert answer["structuredContent"]["jobs"][0]["images"]
        assert pipe.ask("tasks/get", {"taskId": "task_make_0123456789abcdef"})["error"]["code"] == -32601
