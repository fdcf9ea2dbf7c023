"""`darkroom sandbox` says how to use it, and works; `darkroom demo` shows the main job without a terminal or key."""

import json
import signal
from pathlib import Path

import httpx2

from cli.shell import Shell
from darkroom.sandbox.triggers import TRIGGERS


def test_the_sandbox_says_where_it_listens_and_answers_there(shell: Shell) -> None:
    process = shell.start("sandbox", "--port", "0", "--time-scale", "0")
    assert process.stderr is not None
    address = process.stderr.readline().strip().partition("DARKROOM_SANDBOX=")[2]
    answer = httpx2.get(f"{address}/models", headers={"Authorization": "Bearer sk-sandbox"})
    assert answer.status_code == 200
    taken = shell.run("sandbox", "--port", address.rpartition(":")[2].partition("/")[0])
    assert taken.returncode == 1
    assert "cannot be listened on" in taken.stderr
    process.send_signal(signal.SIGINT)
    out, beside = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in beside


def test_the_demo_makes_pictures_with_every_model_and_says_where_they_lie(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shell.environment |= {"DARKROOM_HOME": str(folder / "home"), "APIYI_API_KEY": ""}
    done = shell.run("demo", "--folder", str(folder), "--time-scale", "0.02")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert 'status "working"' in done.stdout
    assert f"The pictures lie in {folder / 'pictures'}" in done.stdout
    made = [path for path in (folder / "pictures").iterdir() if "original" not in path.name]
    assert len(made) == 6
    assert all(str(path) in done.stdout for path in made)
    assert "stock landscape" in done.stdout
    assert "may be deleted" not in done.stdout, "a folder that a person named may hold other things"
    table = done.stdout.partition("at the real gateway")[2].partition("The pictures lie in")[0]
    assert max(map(len, table.splitlines()[1:])) <= 100


def test_the_sandbox_lists_every_word_that_a_prompt_can_use(shell: Shell) -> None:
    done = shell.run("sandbox", "--triggers")
    assert done.returncode == 0
    listed = [line.split()[0].strip("[]").partition(":")[0] for line in done.stdout.splitlines()]
    assert listed == list(TRIGGERS)


def test_the_sandbox_keeps_a_word_that_it_does_not_know_in_its_ledger(shell: Shell, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    process = shell.start("sandbox", "--port", "0", "--time-scale", "0", "--ledger", str(ledger))
    assert process.stderr is not None
    address = process.stderr.readline().strip().partition("DARKROOM_SANDBOX=")[2]
    body = {"model": "gpt-image-2-vip", "prompt": "a fox [[503-thrice]] [[jpeg]]", "response_format": "b64_json"}
    httpx2.post(f"{address}/images/generations", headers={"Authorization": "Bearer sk-sandbox"}, json=body, timeout=30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    asked = json.loads(ledger.read_text(encoding="utf-8").splitlines()[0])
    assert (asked["unknown_triggers"], asked["triggers"]) == (["[[503-thrice]]"], {"jpeg": ""})
