"""The key is in no result, file or log, whatever the gateway echoes and wherever a worker dies; and what Darkroom
keeps is private to the user."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom.sandbox.server import Running
from faults.hosts import House, Report
from faults.workbench import workbench

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

PROMPT = "a heron at the weir"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A key of its own for each test."""
    return f"sk-test-verysecret-{tmp_path.name}"


@pytest.fixture
def house(sandbox: Running, tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, sandbox.base_url)
    yield made
    made.close()


def files_below(folder: Path) -> list[Path]:
    """Return every file below `folder`."""
    return [path for path in folder.rglob("*") if path.is_file()]


def holding(folder: Path, secret: str) -> list[str]:
    """Return the files below `folder` in whose bytes `secret` stands."""
    return [str(path) for path in files_below(folder) if secret.encode() in path.read_bytes()]


async def _made(house: House, key: str, *prompts: str) -> list[Report]:
    async with house.host(key) as host:
        told: list[Report] = []
        for prompt in prompts:
            report, _ = await host.call("generate_image", prompt=prompt, wait_seconds=50)
            told += report["jobs"]
        return told


async def test_a_key_that_the_gateway_echoes_is_nowhere(house: House, key: str) -> None:
    triggers = ("[[echo-key]]", "[[drop-mid-body]]", "[[503-once]]", "")
    told = await _made(house, key, *(f"{PROMPT} {trigger}" for trigger in triggers))
    assert [job["status"] for job in told] == ["failed", "failed", "completed", "completed"]
    assert "Authorization: Bearer [key]." in told[0]["failures"][0]["message"]
    assert key not in json.dumps(told)
    assert list((house.home / "spool").glob("*.part")) != []
    assert holding(house.folder, key) == []
    for process in house.workers():
        assert key not in " ".join(process.cmdline())


async def test_an_answer_that_a_dead_worker_left_holds_no_key(house: House, key: str) -> None:
    fault = {"DARKROOM_FAULT_AFTER": "spooled"}
    async with house.host(key, **fault) as host:
        report, _ = await host.call("generate_image", prompt=f"{PROMPT} [[echo-key]]", wait_seconds=0)
        [told] = (await host.ends([report["jobs"][0]["job_id"]])).values()
    assert (house.home / "logs" / "darkroom.log").read_text().count(" serves ") == 2
    assert (told.code, told.charge) == ("invalid_request", "none")
    assert holding(house.folder, key) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
async def test_what_darkroom_keeps_is_private_to_the_user(house: House, key: str) -> None:
    edit = {"prompt": PROMPT, "images": [str(house.example())], "wait_seconds": 50}
    async with house.host(key) as host:
        report, _ = await host.call("edit_image", **edit)
        assert report["jobs"][0]["status"] == "completed"
        report, _ = await host.call("generate_image", prompt=f"{PROMPT} [[drop-mid-body]]", wait_seconds=50)
    paths = [house.home, *house.home.rglob("*")]
    open_to_others = {
        f"{path.relative_to(house.home)} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in paths
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert open_to_others == set()
    kinds = {path.relative_to(house.home).parts[0] for path in paths[1:]}
    assert {"darkroom.sqlite", "spool", "logs", "inputs", "jobs"} <= kinds


async def test_the_log_names_jobs_and_calls_with_their_events_and_never_the_prompt(house: House, key: str) -> None:
    [job] = await _made(house, key, f"{PROMPT} [[503-once]]")
    log = (house.home / "logs" / "darkroom.log").read_text()
    lines = [line for line in log.splitlines() if job["job_id"] in line]
    events = [line.rpartition(": ")[2] for line in lines]
    assert events == [
        "send, now sent",
        "retry, now planned (gateway, charge none)",
        "send, now sent",
        "answer, now received",
        "save, now saved",
    ]
    assert all("call_" in line for line in lines)
    assert "heron" not in log


async def test_errors_and_settings_show_no_key(sandbox: Running, environment: dict[str, str], key: str) -> None:
    async with workbench(sandbox, environment | {"APIYI_API_KEY": key}) as bench:
        assert key not in f"{bench.settings!r} {bench.settings} {bench.gateway!r} {bench.renderer!r}"
        job = await bench.make(prompt=f"{PROMPT} [[echo-key]]")
        assert key not in f"{job!r}"
