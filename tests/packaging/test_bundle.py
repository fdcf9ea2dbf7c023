"""The bundle for Claude Desktop: valid by its maker's own tool, whole when unpacked, and it serves.

The unpacked bundle is started by this project's interpreter rather than by uv: uv would fetch every dependency
from the network first, and no test does that. What uv adds is only that environment.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from darkroom.settings import read_settings
from readme_tables import ROOT, manifest_filled, settings_variables, tool_sentences

MCPB = ROOT / ".cache/bundle/node_modules/.bin/mcpb"


def maker() -> Path:
    if shutil.which("node") is None:
        pytest.skip("Node is not there, so bundles cannot be made or validated")
    if not MCPB.exists():
        pytest.skip("the maker of bundles is not installed; `make test` installs it where npm is there")
    return MCPB


def mcpb(*words: str | Path) -> str:
    done = subprocess.run([maker(), *words], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    mcpb("pack", ROOT, folder / "darkroom.mcpb")
    mcpb("unpack", folder / "darkroom.mcpb", folder / "unpacked")
    return folder / "unpacked"


def manifest() -> Any:
    return json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))


def test_its_maker_finds_the_manifest_valid() -> None:
    assert "passes" in mcpb("validate", ROOT / "manifest.json")


def test_it_holds_what_the_build_needs_and_nothing_that_users_do_not(unpacked: Path) -> None:
    found = {path.name for path in unpacked.iterdir()} - {".mcpbignore"}
    assert found == {"CHANGELOG.md", "LICENSE", "README.md", "docs", "manifest.json", "pyproject.toml", "server"}
    assert (unpacked / manifest()["server"]["entry_point"]).is_file()
    assert (unpacked / manifest()["icon"]).is_file()
    assert list(unpacked.rglob("*.pyc")) == []
    packed = {path.relative_to(unpacked) for path in (unpacked / "server").rglob("*") if path.is_file()}
    source = {path.relative_to(ROOT) for path in (ROOT / "server").rglob("*") if path.is_file()}
    assert {path for path in source if "__pycache__" not in path.parts and not path.name.endswith(".pyc")} <= packed


@pytest.mark.anyio
async def test_unpacked_it_serves_its_tools(unpacked: Path, tmp_path: Path) -> None:
    variables = dict.fromkeys(manifest()["server"]["mcp_config"]["env"], "") | {"DARKROOM_SANDBOX": "true"}
    environment = {**os.environ, **variables, "DARKROOM_HOME": str(tmp_path), "PYTHONPATH": str(unpacked / "server")}
    entry_point = str(unpacked / manifest()["server"]["entry_point"])
    server = StdioServerParameters(command=sys.executable, args=[entry_point], env=environment)
    with anyio.fail_after(60):
        async with Client(stdio_client(server)) as client:
            listed = (await client.list_tools()).tools
    assert [tool.name for tool in listed] == [tool["name"] for tool in manifest()["tools"]]


def test_the_tools_of_the_manifest_are_those_that_agents_see() -> None:
    text = (ROOT / "manifest.json").read_text(encoding="utf-8")
    assert [(tool["name"], tool["description"]) for tool in manifest()["tools"]] == tool_sentences()
    assert text == manifest_filled(text), "run `make readme`"


def test_uv_is_told_to_run_the_entry_point_from_the_bundle() -> None:
    server = manifest()["server"]
    assert server["type"] == "uv"
    assert server["mcp_config"]["args"][0] == "run", "Claude Desktop hands the arguments to a uv of its own"
    assert server["mcp_config"]["args"][-1] == server["entry_point"]
    assert "${__dirname}" in server["mcp_config"]["args"]


def test_what_it_asks_for_reaches_settings_that_exist_and_the_key_is_kept_secret() -> None:
    asked, variables = manifest()["user_config"], manifest()["server"]["mcp_config"]["env"]
    assert set(variables) <= settings_variables()
    assert {f"${{user_config.{name}}}" for name in asked} == set(variables.values())
    assert [name for name, row in asked.items() if row.get("sensitive")] == ["api_key"]
    assert all("default" in row for row in asked.values()), "what is left empty must not reach the server as a name"


def test_left_as_it_comes_it_is_a_server_without_a_key_and_without_a_budget() -> None:
    asked, variables = manifest()["user_config"], manifest()["server"]["mcp_config"]["env"]
    defaults = {f"${{user_config.{name}}}": str(row["default"]).lower() for name, row in asked.items()}
    environment = {name: defaults[value].replace("${home}", "/home/someone") for name, value in variables.items()}
    settings = read_settings(environment)
    assert not settings.has_key
    assert not settings.sandbox
    assert settings.budget_usd is None
