"""The doctor finds what is in the way, says what to do, and never shows the key."""

from pathlib import Path
from typing import Any

import pytest

from cli.shell import Shell


def _levels(found: dict[str, Any]) -> dict[str, str]:
    return {row["about"]: row["level"] for row in found["findings"]}


def test_all_is_well_where_all_is_well(shell: Shell) -> None:
    shell.environment.pop("DARKROOM_TIME_SCALE")
    found = shell.read("doctor")
    assert found["healthy"]
    assert [row for row in found["findings"] if row["level"] == "fail"] == []
    assert _levels(found)["models"] == "ok"
    shown = shell.run("doctor")
    assert shown.returncode == 0
    assert shell.environment["APIYI_API_KEY"] not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("change", "about", "said"),
    [
        ({"APIYI_API_KEY": ""}, "key", "env_vars"),
        ({"APIYI_API_KEY": "sk-nobody-knows-this-key-at-all"}, "gateway", "APIYI_API_KEY"),
        ({"APIYI_BASE_URL": "https://api-cf.apiyi.com/v1", "APIYI_API_KEY": ""}, "address", "https://api.apiyi.com/v1"),
        ({"APIYI_BASE_URL": "http://127.0.0.1:9/v1"}, "gateway", "APIYI_BASE_URL"),
        ({"DARKROOM_DATABASE_URL": "postgresql://127.0.0.1:9/none"}, "database", "nothing new is sent"),
        ({"DARKROOM_WAIT_SECONDS": "soon"}, "settings", "DARKROOM_WAIT_SECONDS"),
    ],
)
def test_what_is_in_the_way_is_found_and_advised_on(
    shell: Shell, change: dict[str, str], about: str, said: str
) -> None:
    shell.environment |= change
    done = shell.run("doctor")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    key = shell.environment["APIYI_API_KEY"]
    assert not key or key not in done.stdout + done.stderr
    [row] = [row for row in shell.read("doctor")["findings"] if row["about"] == about]
    assert row["level"] == "fail"
    assert said in row["found"] + row["advice"]


def test_an_address_without_its_path_is_found(shell: Shell) -> None:
    shell.environment["APIYI_BASE_URL"] = shell.environment["APIYI_BASE_URL"].removesuffix("/v1")
    levels = _levels(shell.read("doctor"))
    assert levels["address"] == "fail"


def test_a_folder_that_cannot_be_is_found_for_root_too(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    shell.environment["DARKROOM_OUTPUT_DIR"] = str(tmp_path / "file" / "below")
    [row] = [row for row in shell.read("doctor")["findings"] if row["level"] == "fail"]
    assert row["about"] == "output folder"
    assert "DARKROOM_OUTPUT_DIR" in row["advice"]


def test_surprises_are_warned_of(shell: Shell) -> None:
    shell.environment["http_proxy"] = "http://user:secret@127.0.0.1:9"
    shell.environment["APIYI_BASE_URL"] = "http://gateway.invalid/v1"
    done = shell.read("doctor")
    assert _levels(done)["proxy"] == "warn"
    assert _levels(done)["time scale"] == "warn"
    assert "secret" not in str(done)


def test_a_gateway_on_this_machine_is_reached_past_a_proxy(shell: Shell) -> None:
    shell.environment["http_proxy"] = "http://127.0.0.1:9"
    levels = _levels(shell.read("doctor"))
    assert levels["gateway"] == "ok"
    assert "proxy" not in levels


def test_doubtful_charges_and_the_worker_are_told(shell: Shell) -> None:
    job_id = shell.read("generate", "a fox [[drop]]")["jobs"][0]["job_id"]
    rows = {row["about"]: row for row in shell.read("doctor")["findings"]}
    assert job_id in rows["charges in doubt"]["found"]
    assert "spend settle" in rows["charges in doubt"]["advice"]
    assert "Runs (process" in rows["worker"]["found"]
    assert "DARKROOM_CONCURRENCY" in rows["worker"]["found"]
    assert "disconnected" in rows["last job"]["found"]
