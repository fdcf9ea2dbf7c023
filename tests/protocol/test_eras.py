"""Over raw pipes: every era is spoken, a probe spoils no handshake, nothing bad ends the server, the end is clean."""

import signal
import sys

import pytest

from darkroom.protocol.batches import BATCH_VERSION
from protocol.pipe import HANDSHAKE, MODERN, Pipe

TOOLS = [
    "generate_image",
    "edit_image",
    "wait_for_jobs",
    "list_sizes",
    "estimate_cost",
    "list_images",
    "view_image",
    "cancel_job",
]


@pytest.mark.parametrize("version", HANDSHAKE)
def test_a_host_of_an_older_era_is_answered_in_its_own(home: dict[str, str], version: str) -> None:
    with Pipe(home) as pipe:
        said = pipe.initialize(version)
        assert said["protocolVersion"] == version
        assert said["serverInfo"]["name"] == "darkroom"
        assert said["capabilities"]["resources"]["listChanged"] is True
        assert [tool["name"] for tool in pipe.ask("tools/list")["result"]["tools"]] == TOOLS
        assert pipe.call("list_sizes")["structuredContent"]["models"]
        assert pipe.hang_up()[0] == 0


def test_a_host_of_the_newest_era_needs_no_handshake(home: dict[str, str]) -> None:
    with Pipe(home) as pipe:
        tools = pipe.ask("tools/list")["result"]
        assert [tool["name"] for tool in tools["tools"]] == TOOLS
        assert (tools["ttlMs"], tools["cacheScope"]) == (3_600_000, "public")
        assert "io.modelcontextprotocol/tasks" in pipe.ask("server/discover")["result"]["capabilities"]["extensions"]
        assert pipe.hang_up()[0] == 0


@pytest.mark.parametrize("version", [HANDSHAKE[0], HANDSHAKE[-1]])
def test_a_host_that_asks_first_and_then_shakes_hands_is_served(home: dict[str, str], version: str) -> None:
    """Copilot CLI and Claude Code do so on one pipe; the SDK alone refuses everything from then on."""
    with Pipe(home) as pipe:
        assert MODERN in pipe.ask("server/discover")["result"]["supportedVersions"]
        assert pipe.ask("server/discover")["result"]["supportedVersions"]
        assert pipe.initialize(version)["protocolVersion"] == version
        assert len(pipe.ask("tools/list")["result"]["tools"]) == len(TOOLS)


def test_a_host_that_asks_first_may_stay_in_the_newest_era(home: dict[str, str]) -> None:
    with Pipe(home) as pipe:
        assert pipe.ask("server/discover")["result"]["resultType"] == "complete"
        assert len(pipe.ask("tools/list")["result"]["tools"]) == len(TOOLS)


def test_a_version_that_nobody_knows_is_answered_with_one_that_we_speak(home: dict[str, str]) -> None:
    with Pipe(home) as pipe:
        assert pipe.initialize("2099-01-01")["protocolVersion"] == HANDSHAKE[-1]
    with Pipe(home) as pipe:
        answer = pipe.ask("tools/list", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}})
        assert answer["error"]["code"] == -32022
        assert len(pipe.ask("tools/list")["result"]["tools"]) == len(TOOLS)


@pytest.mark.parametrize("era", [HANDSHAKE[-1], MODERN])
def test_bad_input_gets_its_error_and_the_server_lives_on(home: dict[str, str], era: str) -> None:
    with Pipe(home) as pipe:
        if era != MODERN:
            pipe.initialize(era)
        pipe.write(b'{"jsonrpc": "2.0", "id": 7, "method":')
        assert pipe.answer_to(None)["error"]["code"] == -32700
        pipe.write(b"\xff\xfe not utf-8")
        assert pipe.answer_to(None)["error"]["code"] == -32700
        pipe.write(b"[1, 2, 3]")
        assert pipe.answer_to(None)["error"]["code"] == -32600
        assert pipe.ask("no/such_method")["error"]["code"] == -32601
        assert pipe.ask("tools/call", {"arguments": {}})["error"]["code"] == -32602
        long = pipe.call("generate_image", prompt="x" * 10_000_000)
        assert long["isError"]
        assert "Nothing was sent" in long["content"][0]["text"]
        assert len(str(long)) < 2_000
        unknown = pipe.call("no_such_tool")
        assert unknown["isError"]
        assert len(pipe.ask("tools/list")["result"]["tools"]) == len(TOOLS)
        status, errors = pipe.hang_up()
        assert status == 0
        assert "Traceback" not in errors


def test_a_broken_line_before_anything_else_is_answered_too(home: dict[str, str]) -> None:
    with Pipe(home) as pipe:
        pipe.write(b"hello")
        assert pipe.answer_to(None)["error"]["code"] == -32700
        assert pipe.initialize(HANDSHAKE[2])["protocolVersion"] == HANDSHAKE[2]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could take.")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_at_once_and_cleanly(home: dict[str, str], number: signal.Signals) -> None:
    with Pipe(home) as pipe:
        pipe.initialize(HANDSHAKE[-1])
        assert pipe.end(number) == 0


def test_a_job_outlives_the_server_that_took_it(home: dict[str, str]) -> None:
    """The worker stays when its front is ended, and the next front shows the picture."""
    with Pipe(home) as pipe:
        job = pipe.call("generate_image", prompt="a lighthouse", wait_seconds=0)["structuredContent"]["jobs"][0]
        assert pipe.end() == 0
    with Pipe(home) as pipe:
        later = pipe.call("wait_for_jobs", job_ids=[job["job_id"]])["structuredContent"]["jobs"][0]
        assert later["status"] == "completed"
        assert later["images"]


def test_a_call_with_half_a_character_is_answered_under_its_own_id(home: dict[str, str]) -> None:
    """A JavaScript host that cuts an emoji in half writes such a line; without an answer the call would hang."""
    arguments = rb'{"name":"list_sizes","arguments":{"model":"\ud83d"}}'
    line = rb'{"jsonrpc":"2.0","id":77,"method":"tools/call","params":' + arguments + b"}"
    with Pipe(home) as host:
        host.initialize("2025-06-18")
        host.write(line)
        assert host.answer_to(77)["error"]["message"].startswith("Parse error")
        assert "tools" in host.ask("tools/list")["result"]


TWO_PINGS = b'[{"jsonrpc": "2.0", "id": 8, "method": "ping"}, {"jsonrpc": "2.0", "id": 9, "method": "ping"}]'


@pytest.mark.parametrize("version", [version for version in HANDSHAKE if version != BATCH_VERSION])
def test_a_batch_is_refused_as_one_and_the_server_lives_on(home: dict[str, str], version: str) -> None:
    """Only 2025-03-26 had batches."""
    with Pipe(home) as host:
        host.initialize(version)
        host.write(TWO_PINGS)
        assert host.answer_to(None)["error"]["code"] == -32600
        assert host.ask("ping")["result"] == {}
        assert host.hang_up() == (0, "")


def test_every_request_of_a_batch_is_answered_where_the_version_has_them(home: dict[str, str]) -> None:
    with Pipe(home) as host:
        host.initialize(BATCH_VERSION)
        host.write(TWO_PINGS)
        assert host.answer_to(8)["result"] == host.answer_to(9)["result"] == {}
        assert host.hang_up() == (0, "")


@pytest.mark.parametrize("batch", [b"[]", b"[1]", TWO_PINGS.replace(b"method", b"mthod", 1), b"[" * 9999])
def test_a_batch_that_holds_anything_else_is_refused_and_none_of_it_is_done(home: dict[str, str], batch: bytes) -> None:
    with Pipe(home) as host:
        host.initialize(BATCH_VERSION)
        host.write(batch)
        assert host.answer_to(None)["error"]["code"] in (-32600, -32700)
        assert host.ask("ping")["result"] == {}
        assert [message["id"] for message in host.said if message.get("id") in (8, 9)] == []
