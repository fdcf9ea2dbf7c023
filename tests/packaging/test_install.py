"""`darkroom install` writes each host's configuration: nothing else changes, no key is written, nothing gets lost."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from darkroom.catalog.hosts import HOSTS
from darkroom.catalog.installs import INSTALLS, KEY, KEY_FILE, Install
from darkroom.cli.install import config_file
from readme_tables import ROOT, tool_sentences

SECRET = "sk-never-to-be-written"  # noqa: S105 - no key
BY_HOST = {install.host: install for install in INSTALLS}
ALL_HOSTS = pytest.mark.parametrize("install", INSTALLS, ids=lambda install: install.host)

OTHERS = {
    "json": '{\n    "theme": "dark",\n    "PLACE": {\n        "other": {"command": "other"}\n    }\n}\n',
    "toml": '# mine\nmodel = "o9"  # the good one\n\n[mcp_servers.other]\ncommand = "other"\n',
}
"""A file that a person wrote, with another server in it."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def run(home: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "USERPROFILE": str(home), KEY: SECRET}
    command = [sys.executable, "-P", "-m", "darkroom", "install", *words]
    return subprocess.run(
        command, env=environment, input=answer, capture_output=True, text=True, cwd=home, check=False, timeout=60
    )


def file_of(install: Install, home: Path) -> Path:
    return Path(install.files["linux"].replace("~", str(home), 1))


def others_of(install: Install) -> str:
    return OTHERS[install.form].replace("PLACE", install.place[0])


def read(install: Install, text: str) -> Any:
    return tomllib.loads(text) if install.form == "toml" else json.loads(text)


def servers(install: Install, text: str) -> Any:
    return read(install, text)[install.place[0]]


@pytest.mark.skipif(sys.platform != "linux", reason="the paths are those of Linux")
@ALL_HOSTS
def test_a_host_without_a_file_gets_one_that_starts_this_very_python(install: Install, home: Path) -> None:
    done = run(home, install.host, "--yes")
    assert done.returncode == 0, done.stderr
    text = file_of(install, home).read_text(encoding="utf-8")
    entry = servers(install, text)["darkroom"]
    words = entry["command"] if install.command == "list" else [entry["command"], *entry["args"]]
    assert words == [sys.executable, "-P", "-m", "darkroom", "serve"]
    assert SECRET not in text + done.stdout + done.stderr
    assert file_of(install, home).stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the paths are those of Linux")
@ALL_HOSTS
def test_everything_else_in_the_file_stays_and_the_old_file_is_kept(install: Install, home: Path) -> None:
    file = file_of(install, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(others_of(install), encoding="utf-8")
    done = run(home, install.host, "--yes")
    assert done.returncode == 0, done.stderr
    new, old = read(install, file.read_text(encoding="utf-8")), read(install, others_of(install))
    del new[install.place[0]]["darkroom"]
    if install.inputs:
        assert new.pop("inputs") == [dict(install.inputs)]
    assert new == old
    [backup] = file.parent.glob(f"{file.name}.*.bak")
    assert backup.read_text(encoding="utf-8") == others_of(install)
    assert "+" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the paths are those of Linux")
@ALL_HOSTS
def test_a_second_run_changes_nothing_and_keeps_no_second_copy(install: Install, home: Path) -> None:
    run(home, install.host, "--yes")
    before = file_of(install, home).read_bytes()
    done = run(home, install.host, "--yes")
    assert done.returncode == 0
    assert "already" in done.stdout
    assert file_of(install, home).read_bytes() == before
    assert list(file_of(install, home).parent.glob("*.bak")) == []


@ALL_HOSTS
def test_print_shows_the_entry_in_the_hosts_form_and_writes_nothing(install: Install, home: Path) -> None:
    done = run(home, install.host, "--print")
    assert done.returncode == 0, done.stderr
    assert "darkroom" in servers(install, done.stdout)
    assert SECRET not in done.stdout + done.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == []


@ALL_HOSTS
def test_the_sandbox_needs_no_key(install: Install, home: Path) -> None:
    done = run(home, install.host, "--print", "--sandbox")
    entry = servers(install, done.stdout)["darkroom"]
    assert entry[install.environment] == {"DARKROOM_SANDBOX": "1"}
    assert "inputs" not in read(install, done.stdout)
    assert "env_vars" not in entry


def test_each_host_gets_the_key_in_the_way_that_it_knows(home: Path) -> None:
    found: dict[str, Any] = {}
    for install in INSTALLS:
        entry = servers(install, run(home, install.host, "--print").stdout)["darkroom"]
        found[install.host] = entry.get("env_vars") or entry.get(install.environment)
    key_file = {KEY_FILE: str(home / ".config/darkroom/key")}
    assert found == {
        "claude-desktop": key_file if sys.platform == "linux" else found["claude-desktop"],
        "claude-code": None,
        "codex": [KEY],
        "cursor": {KEY: "${env:APIYI_API_KEY}"},
        "vscode": {KEY: "${input:apiyi-api-key}"},
        "gemini": {KEY: "$APIYI_API_KEY"},
        "opencode": None,
        "zed": found["claude-desktop"],
    }


def test_no_is_an_answer(home: Path) -> None:
    file = home / "mcp.json"
    file.write_text("{}", encoding="utf-8")
    done = run(home, "cursor", "--file", str(file), answer="n\n")
    assert done.returncode == 1
    assert "+" in done.stdout
    assert file.read_text(encoding="utf-8") == "{}"
    assert list(home.glob("*.bak")) == []


@pytest.mark.parametrize(
    "text", ['{\n  // mine\n  "theme": "dark"\n}\n', '{"theme": "dark",}', "[]", '{"servers": []}']
)
def test_a_file_that_would_lose_something_is_left_alone_and_the_piece_to_paste_is_shown(home: Path, text: str) -> None:
    file = home / "mcp.json"
    file.write_text(text, encoding="utf-8")
    done = run(home, "vscode", "--file", str(file), "--yes")
    assert done.returncode == 1
    assert file.read_text(encoding="utf-8") == text
    assert "darkroom" in servers(BY_HOST["vscode"], done.stdout)
    assert "was not changed" in done.stderr
    assert "Traceback" not in done.stderr


def test_comments_of_toml_stay(home: Path) -> None:
    file = home / "config.toml"
    file.write_text(OTHERS["toml"], encoding="utf-8")
    assert run(home, "codex", "--file", str(file), "--yes").returncode == 0
    assert file.read_text(encoding="utf-8").startswith(OTHERS["toml"].rstrip())


def test_variables_that_a_person_added_stay_and_so_does_their_way_of_giving_the_key(home: Path) -> None:
    file = home / "mcp.json"
    mine = {"APIYI_API_KEY": "mine", "DARKROOM_BUDGET_USD": "2"}
    old: Any = {"mcpServers": {"darkroom": {"command": "old", "args": [], "env": mine}}}
    file.write_text(json.dumps(old), encoding="utf-8")
    assert run(home, "cursor", "--file", str(file), "--yes").returncode == 0
    entry = json.loads(file.read_text(encoding="utf-8"))["mcpServers"]["darkroom"]
    assert entry["env"] == mine
    assert entry["command"] == sys.executable


def test_the_ends_of_lines_stay_as_they_were(home: Path) -> None:
    file = home / "config.toml"
    file.write_bytes(OTHERS["toml"].replace("\n", "\r\n").encode())
    assert run(home, "codex", "--file", str(file), "--yes").returncode == 0
    written = file.read_bytes()
    assert b"darkroom" in written
    assert written.count(b"\n") == written.count(b"\r\n")
    assert "already" in run(home, "codex", "--file", str(file), "--yes").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_into_dotfiles_stays_a_link(home: Path) -> None:
    target, file = home / "dotfiles.json", home / "mcp.json"
    target.write_text("{}", encoding="utf-8")
    file.symlink_to(target)
    assert run(home, "cursor", "--file", str(file), "--yes").returncode == 0
    assert file.is_symlink()
    assert "darkroom" in target.read_text(encoding="utf-8")


def test_paths_of_other_systems(home: Path) -> None:
    roaming = {"APPDATA": str(home / "Roaming")}
    assert config_file(BY_HOST["vscode"], roaming, "win32") == home / "Roaming/Code/User/mcp.json"
    assert config_file(BY_HOST["codex"], roaming, "win32") == Path.home() / ".codex/config.toml"
    mac = Path.home() / "Library/Application Support/Claude/claude_desktop_config.json"
    assert config_file(BY_HOST["claude-desktop"], {}, "darwin") == mac
    assert config_file(BY_HOST["zed"], {}, "freebsd14") == Path.home() / ".config/zed/settings.json"


def test_a_limit_that_is_written_is_above_the_longest_wait() -> None:
    longest = max(host.max_wait_seconds for host in HOSTS)
    for install in INSTALLS:
        for name, factor in (("timeout", 1000), ("tool_timeout_sec", 1)):
            limit = install.after.get(name)
            assert limit is None or (isinstance(limit, int) and limit > longest * factor)


OUTSIDE = ROOT / ".cache/bundle/node_modules/@gleanwork/mcp-config-schema/configs"


@ALL_HOSTS
def test_place_and_form_are_those_that_an_independent_table_gives(install: Install) -> None:
    file = OUTSIDE / f"{install.host}.json"
    if not OUTSIDE.exists():
        pytest.skip("the table is not installed; `make test` installs it where npm is there")
    if not file.exists():
        pytest.skip("the table does not know this host")
    known = json.loads(file.read_text(encoding="utf-8"))
    assert known["configFormat"] == install.form
    for platform, path in known["configPath"].items():
        plain = path.replace("\\", "/").replace("$HOME", "~").replace("%USERPROFILE%", "~")
        assert install.files[platform] == plain
    form = known["configStructure"]
    assert form["serversPropertyName"] == install.place[0]
    names = form["stdioPropertyMapping"]
    assert names["envProperty"] == install.environment
    assert (names["commandProperty"] == names["argsProperty"]) == (install.command == "list")
    assert install.before.get("type") in (None, "stdio", "local")


@pytest.mark.anyio
async def test_the_entry_that_is_written_starts_a_server_with_all_tools(home: Path) -> None:
    printed = json.loads(run(home, "claude-desktop", "--print", "--sandbox").stdout)["mcpServers"]["darkroom"]
    environment = {**os.environ, **printed["env"], "HOME": str(home), "DARKROOM_HOME": str(home / "state")}
    server = StdioServerParameters(command=printed["command"], args=printed["args"], env=environment)
    with anyio.fail_after(60):
        async with Client(stdio_client(server)) as client:
            listed = (await client.list_tools()).tools
    assert [tool.name for tool in listed] == [name for name, _ in tool_sentences()]


@pytest.mark.anyio
async def test_the_entry_runs_nothing_of_the_folder_that_the_host_stands_in(home: Path) -> None:
    project = home / "project"
    project.mkdir()
    trace = home / "trace"
    for name in ("darkroom.py", "http.py", "json.py", "anyio.py"):
        hostile = f"open({str(trace)!r}, 'a').write({name!r})\nraise SystemExit(9)\n"
        (project / name).write_text(hostile, encoding="utf-8")
    for install in INSTALLS:
        entry = servers(install, run(home, install.host, "--print", "--sandbox").stdout)["darkroom"]
        words = entry["command"] if install.command == "list" else [entry["command"], *entry["args"]]
        environment = {**os.environ, **entry[install.environment], "HOME": str(home), "DARKROOM_HOME": str(home / "s")}
        server = StdioServerParameters(command=words[0], args=words[1:], env=environment, cwd=project)
        with anyio.fail_after(60):
            async with Client(stdio_client(server)) as client:
                listed = (await client.list_tools()).tools
        assert [tool.name for tool in listed] == [name for name, _ in tool_sentences()]
        assert not trace.exists(), trace.read_text(encoding="utf-8")


def test_an_unknown_host_is_wrong_usage_and_the_known_ones_are_named(home: Path) -> None:
    done = run(home, "emacs")
    assert done.returncode == 2
    assert all(f"'{install.host}'" in done.stderr for install in INSTALLS)
