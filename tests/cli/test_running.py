"""`darkroom sandbox` says how to use it, and works; `darkroom demo` shows the main job without a terminal or key."""

import signal
from pathlib import Path

import httpx2

from cli.shell import Shell


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
