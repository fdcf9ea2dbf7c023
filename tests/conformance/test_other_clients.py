"""Other people's clients against the real server on stdio: they connect, make a picture, and read it."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
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
    return environment_of(sandbox, tmp_path_factory.mktemp("clients"), "clients") | {"DARKROOM_CONCURRENCY": "10"}


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


LIMIT_SECONDS = 60
"""Both TypeScript SDKs' own limit of a call; a signal of progress extends it only for `resetTimeoutOnProgress`."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host on one of the TypeScript SDKs."""

    package: str
    era: str
    kind: str
    wait_seconds: str = ""
    """How long a call of the server waits; Darkroom's own choice for a host that it does not know if empty."""

    @property
    def prompt(self) -> str:
        """A picture of its own that takes 90 s."""
        return f"for {self.package} {self.era} {self.kind} {self.wait_seconds} [[latency:90]]"


HOSTS = (
    Host("@modelcontextprotocol/sdk", "legacy", "plain"),
    Host("@modelcontextprotocol/sdk", "legacy", "reset"),
    Host("@modelcontextprotocol/client", "legacy", "plain"),
    Host("@modelcontextprotocol/client", "auto", "reset"),
    Host("@modelcontextprotocol/sdk", "legacy", "reset", "120"),
    Host("@modelcontextprotocol/client", "auto", "plain", "120"),
)


def long_job(host: Host, home: dict[str, str]) -> dict[str, Any]:
    """Have a host make its picture, and return what it saw."""
    script = str(ELSEWHERE / "typescript_client.mjs")
    sdk = str(Path(npm_file(host.package, "package.json")).parent)
    environment = {**home, "DARKROOM_WAIT_SECONDS": host.wait_seconds}
    done = run([str(node()), script, sdk, sys.executable, host.era, host.kind, host.prompt], environment, seconds=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_typescript_hosts_get_jobs_of_90_s_under_their_limit_of_60(home: dict[str, str], sandbox: Running) -> None:
    """At the same time, since all that they do is wait."""
    node()  # installs
    with ThreadPoolExecutor(len(HOSTS)) as hosts:
        ended = list(hosts.map(long_job, HOSTS, repeat(home)))
    sent = [call["prompt"] for call in sandbox.calls("clients")]
    for host, seen in zip(HOSTS, ended, strict=True):
        print(host, seen)  # shown if one of them ends badly
        assert seen["sdk"].startswith(host.package)
        assert (seen["status"], seen["tools"], seen["resources"]) == ("completed", 8, True)
        assert seen["content"] == ["text", "resource_link", "image"]
        assert seen["elapsed_seconds"] >= 90
        assert (seen["progress"] > 0) is (host.kind == "reset")
        assert sent.count(host.prompt) == 1
        if not host.wait_seconds:  # it waits, and asks again by the job's id
            assert seen["timeouts"] == 0
            assert seen["calls"] > 1
        elif host.kind == "reset":  # one call, which progress keeps alive
            assert (seen["timeouts"], seen["calls"]) == (0, 1)
            assert seen["longest_ms"] > LIMIT_SECONDS * 1000
        else:  # it gives up, as it would on any slow server, and asks for the same again
            assert (seen["timeouts"], seen["calls"]) == (1, 2)


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
