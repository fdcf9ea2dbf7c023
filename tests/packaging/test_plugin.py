"""The plugin for Claude Code, the registry's server.json and the Dockerfile hold what their readers ask for."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from darkroom.catalog.hosts import HOSTS
from readme_tables import ROOT, settings_variables


def loaded(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def test_the_plugin_has_what_claude_code_reads() -> None:
    plugin = loaded(".claude-plugin/plugin.json")
    assert re.fullmatch(r"[a-z0-9-]+", plugin["name"])
    assert plugin["description"]
    assert plugin["author"]["name"]
    assert set(plugin) <= {"name", "version", "description", "author", "license", "keywords"}
    assert [path.name for path in sorted((ROOT / "skills").iterdir())] == ["darkroom-editing", "darkroom-images"]


def test_the_marketplace_offers_that_plugin_from_this_very_folder() -> None:
    market = loaded(".claude-plugin/marketplace.json")
    assert market["name"]
    assert market["owner"]["name"]
    [offered] = market["plugins"]
    assert offered["name"] == loaded(".claude-plugin/plugin.json")["name"]
    assert offered["source"].startswith("./")
    assert (ROOT / offered["source"] / ".claude-plugin/plugin.json").is_file()


def test_the_plugins_server_starts_from_the_plugins_folder_and_outlasts_the_longest_wait() -> None:
    [(name, server)] = loaded(".mcp.json")["mcpServers"].items()
    assert name == "darkroom"
    assert "${CLAUDE_PLUGIN_ROOT}" in server["args"]
    assert (ROOT / server["args"][-1]).is_file()
    assert server["timeout"] > max(host.max_wait_seconds for host in HOSTS) * 1000
    assert "env" not in server, "Claude Code hands its environment on; a key does not belong here"


def test_server_json_keeps_the_bounds_of_the_registrys_schema() -> None:
    server = loaded("server.json")
    assert server["$schema"].endswith("/schemas/2025-12-11/server.schema.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", server["name"])
    assert 3 <= len(server["name"]) <= 200
    assert 1 <= len(server["description"]) <= 100
    assert 1 <= len(server["title"]) <= 100
    assert not re.search(r"[\^~><=*]|latest", server["version"])
    assert set(server) <= {"$schema", "name", "title", "description", "version", "packages", "repository", "websiteUrl"}
    [package] = server["packages"]
    assert package["registryType"] == "pypi"
    assert package["transport"] == {"type": "stdio"}
    for variable in package["environmentVariables"]:
        assert set(variable) <= {"name", "description", "format", "isRequired", "isSecret"}
        assert variable.get("format", "string") in {"string", "number", "boolean", "filepath"}
        assert variable["name"] in settings_variables()
        assert variable.get("isSecret", False) == variable["name"].endswith("KEY")


def test_the_readme_carries_the_mark_by_which_the_registry_knows_the_owner() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- mcp-name: {loaded('server.json')['name']} -->" in readme


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    linter = shutil.which("hadolint", path=Path(sys.executable).parent)
    if linter is None:
        pytest.skip("hadolint has no package for this machine")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dockerfile_copies_what_the_build_needs_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {word for line in re.findall(r"^COPY (.+)$", text, flags=re.MULTILINE) for word in line.split()[:-1]}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "server"}
    kept = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert copied == kept
    assert re.search(r"^USER 1000", text, flags=re.MULTILINE)
    assert set(re.findall(r"(DARKROOM_[A-Z_]+)=", text)) <= settings_variables()
