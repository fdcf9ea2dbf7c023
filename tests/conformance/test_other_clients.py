"""Other people's clients against the real server on stdio: they connect, make a picture, and read it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client

from conformance.installing import node, npm_file, python_of, run
from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from environments import environment_of

pytestmark = pytest.mark.timeout(400)  # the first run installs the clients

ELSEWHERE = Path(__file__).parent / "elsewhere"


@pytest.fixture(scope="session")
def home(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment that they share."""
    return environment_of(sandbox, tmp_path_factory.mktemp("clients"), "clients")


@pytest.fixture(scope="session")
async def tools(anyio_backend: str) -> list[dict[str, Any]]:
    """Return the tool list as a host gets it."""
    server = create_server(Surroundings(front=Front(read_settings({}))))
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
    return [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in listed]


def test_the_python_sdk_before_2_works(home: dict[str, str]) -> None:
    done = run([str(python_of("legacy")), str(ELSEWHERE / "legacy_client.py"), sys.executable], home)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert seen.pop("progress") >= 1
    assert seen == {
        "version": "2025-11-25",
        "tools": 8,
        "made": ["text", "resource_link", "image"],
        "looked": ["image"],
        "read": "image/png",
        "prompts": 3,
    }


@pytest.mark.parametrize("kind", ["plain", "reset"])
def test_the_typescript_sdk_ends_well_when_a_job_takes_longer_than_its_limit(home: dict[str, str], kind: str) -> None:
    """The job takes twice the limit of a call; that is 90 s under the usual 60 s, in small."""
    script = str(ELSEWHERE / "typescript_client.mjs")
    sdk = str(Path(npm_file("@modelcontextprotocol/sdk", "package.json")).parent)
    prompt = f"a long one {kind} [[latency:8]]"
    done = run([str(node()), script, sdk, sys.executable, "4000", kind, prompt], home)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert (seen["status"], seen["tools"], seen["resources"]) == ("completed", 8, True)
    assert seen["content"] == ["text", "resource_link", "image"]
    assert seen["calls"] > 2
    assert (seen["progress"] > 0) is (kind == "reset")


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_nothing_to_complain_about(home: dict[str, str], era: str) -> None:
    inspector = npm_file("@modelcontextprotocol/inspector", "clients/launcher/build/index.js")
    server = [sys.executable, "-m", "darkroom", "serve"]
    asked = ["--method", "tools/list", "--strict", "--protocol-era", era]
    done = run([str(node()), inspector, "--cli", *server, *asked], home)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert len(json.loads(done.stdout)["tools"]) == 8
    assert "warning" not in done.stderr.lower()


def test_the_converters_of_three_vendors_take_every_tool(tools: list[dict[str, Any]]) -> None:
    done = run([str(python_of("converters")), str(ELSEWHERE / "converters.py")], said=json.dumps(tools))
    assert done.returncode == 0, done.stderr[-3000:]
    made = json.loads(done.stdout)
    expected = [sorted(tool["inputSchema"]["properties"]) for tool in tools]
    assert made == dict.fromkeys(("openai", "openai strict", "anthropic", "google"), expected)
