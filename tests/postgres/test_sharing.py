"""On PostgreSQL: what one machine promises holds, and machines that share a key share jobs, library and budget."""

import json
import subprocess
import sys
from collections.abc import Mapping

import anyio
import pytest

from desk import job_of
from postgres.machines import Machine
from postgres.server import PASSWORD
from processes.hosts import Host, only, until

pytestmark = pytest.mark.anyio


async def test_a_host_makes_finds_and_counts_a_picture_and_shows_no_secret(here: Machine) -> None:
    """The whole road over stdio: estimate, generate, wait, list, spend, doctor."""
    said: list[object] = []
    async with here.host(DARKROOM_BUDGET_USD="1") as host:
        said.append(before := await host.call("estimate_cost", prompt="a quay", model={"gpt-image-2-all": {}}))
        made = await host.answer("generate_image", prompt="a quay", model="gpt-image-2-all", wait_seconds=0)
        said.append(made.model_dump(mode="json"))
        job_id = job_of(made)["job_id"]
        job = await host.finish(job_id)
        assert job["status"] == "completed"
        assert here.files() == [only(job["images"])["path"].rpartition("/")[2]]
        said.append(listed := await host.call("list_images"))
        assert only(listed["images"])["image_id"] == only(job["images"])["image_id"]
        said.append(after := await host.call("estimate_cost", prompt="a quay", model={"gpt-image-2-all": {}}))
        assert float(before["budget_left_usd"]) - float(after["budget_left_usd"]) == pytest.approx(
            float(job["cost"]["charged_usd"])
        )
    assert len(here.posts()) == 1
    spend = json.loads(await _command(here.environment, "spend", "--json"))
    assert json.dumps(job["cost"]["charged_usd"]) in json.dumps(spend)
    doctor = await _command(here.environment, "doctor")
    assert "PostgreSQL (DARKROOM_DATABASE_URL)" in doctor
    seen = f"{json.dumps(said)}{json.dumps(job)}{spend}{doctor}{here.texts()}"
    assert PASSWORD not in seen
    assert here.environment["APIYI_API_KEY"] not in seen
    assert "Traceback" not in seen


async def test_a_wrong_password_is_told_without_showing_it(here: Machine) -> None:
    """The doctor and a tool both say in a sentence that the database cannot be opened."""
    wrong = here.environment["DARKROOM_DATABASE_URL"].replace(PASSWORD, "sesame-sesame")
    async with here.host(DARKROOM_DATABASE_URL=wrong) as host:
        answer = await host.answer("generate_image", prompt="a lock", model="gpt-image-2-all")
    assert answer.is_error
    doctor = await _command(here.environment | {"DARKROOM_DATABASE_URL": wrong}, "doctor")
    for said in (answer.model_dump_json(), doctor):
        assert "cannot be opened" in said
        assert "sesame-sesame" not in said
        assert "Traceback" not in said
    assert here.posts() == []


async def test_each_job_of_two_machines_is_sent_once(here: Machine, there: Machine) -> None:
    """Both make the empty database at once; their workers take jobs of both; what both ask for is one job."""
    found: list[str] = []
    # The folder is a part of what is asked for, and so shared, as README asks of machines with one key.
    slowly = {"DARKROOM_CONCURRENCY": "1", "DARKROOM_OUTPUT_DIR": str(here.pictures)}

    async def ask(host: Host, prompt: str) -> None:
        found.append((await host.generate(f"{prompt} [[latency:0.6]]", wait_seconds=0))["job_id"])

    async with here.host(**slowly) as one, there.host(**slowly) as other:
        async with anyio.create_task_group() as tasks:
            for host in (one, other):
                tasks.start_soon(ask, host, "the same heron")
            for number in range(5):
                tasks.start_soon(ask, one if number % 2 else other, f"a gull, number {number}")
        assert len(found) == 7
        for job_id in set(found):
            assert (await one.finish(job_id))["status"] == "completed"
        assert len((await other.call("list_images"))["images"]) == 6
    executors = {call.executor for job_id in found for call in here.job(job_id).calls}
    assert len(executors) == 2
    prompts = [post["prompt"] for post in here.posts()]
    assert len(set(found)) == len(here.files()) == len(prompts) == len(set(prompts)) == 6


async def test_ten_requests_at_once_against_a_budget_for_three_buy_three(here: Machine, there: Machine) -> None:
    """The cap holds across machines: what the others ask for in the same moment is counted."""
    refused: list[str] = []
    cap = {"DARKROOM_BUDGET_USD": "0.10"}

    async def ask(host: Host, number: int) -> None:
        arguments = {"prompt": f"a coin, number {number}", "model": "gpt-image-2-all", "wait_seconds": 0}
        answer = await host.answer("generate_image", **arguments)
        if answer.is_error:
            refused.append(answer.model_dump_json())

    async with here.host(**cap) as one, there.host(**cap) as other:
        for host in (one, other):
            assert (await host.call("estimate_cost", prompt="a coin"))["budget_left_usd"] == "0.10"
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(ask, one if number % 2 else other, number)
        await until(lambda: len(here.journal.recent_jobs(["completed"], 10)) == 3, "three jobs to complete")
    assert len(refused) == 7
    assert all("budget" in said and "Nothing was sent" in said for said in refused)
    assert len(here.posts()) == 3


async def _command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run `darkroom` to its end and return all that it says."""
    done = await anyio.run_process(
        [sys.executable, "-m", "darkroom", *arguments],
        env=environment,
        cwd="/",
        check=False,
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode()
