"""Who may ask over HTTP: the token, hosts and origins, long bodies; nobody else learns or spends anything."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from darkroom.errors import SettingsError
from darkroom.settings import Settings
from darkroom.web.access import Address, security
from darkroom.web.application import MAX_BODY_BYTES
from darkroom.web.bearer import FILE_NAME, Token, token_for
from web.calling import BEARER, request
from web.running import TOKEN, Listening, darkroom_on

PATHS = ("/mcp", "/uploads", "/nothing")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"]
)
def test_nothing_is_done_without_the_token(server: Listening, stranger: httpx2.Client, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    for path in PATHS:
        answer = stranger.post(f"{server.origin}{path}", json={}, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in answer.text


def test_the_token_opens(server: Listening, http: httpx2.Client) -> None:
    answer = http.post(server.url, **request("tools/list"))
    assert answer.status_code == 200
    assert len(answer.json()["result"]["tools"]) == 8


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "https://127.0.0.1:1",
        "http://127.0.0.1.evil.example",
        "http://localhost:8000.evil.example",
        "http://localhost:80@evil.example",
        "http://localhost:@evil.example",
        "http://localhost@evil.example",
        "http://localhost:",
        "http://localhost:6274/",
        "http://localhost:6274 http://evil.example",
        "http://localhost:123456",
        "http://[::1]:1.evil.example",
    ],
)
def test_a_foreign_origin_is_refused_even_with_the_token(server: Listening, http: httpx2.Client, origin: str) -> None:
    answer = http.post(server.url, **request("tools/list", Origin=origin))
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://localhost:6274", "http://127.0.0.1", "http://127.0.0.1:8765", "http://[::1]:80"]
)
def test_pages_of_this_machine_may_ask(server: Listening, http: httpx2.Client, origin: str) -> None:
    answer = http.post(server.url, **request("tools/list", Origin=origin))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "localhost:8000.evil.example",
        "127.0.0.1:80@evil.example",
        "localhost@evil.example",
        "localhost:",
        "localhost:http",
        "localhost:8000 evil.example",
    ],
)
def test_a_foreign_host_name_is_refused(server: Listening, http: httpx2.Client, host: str) -> None:
    """A page whose name was pointed at this machine (DNS rebinding) comes with its own name."""
    for path in ("/mcp", "/uploads", "/images/img_x"):
        assert http.post(f"{server.origin}{path}", json={}, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:65535"])
def test_the_names_of_this_machine_are_right(server: Listening, http: httpx2.Client, host: str) -> None:
    assert http.post(server.url, **request("tools/list", Host=host)).status_code == 200


def test_browsers_may_ask_from_allowed_origins_only(server: Listening, stranger: httpx2.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,mcp-method"}
    good = stranger.options(server.url, headers={"Origin": "http://localhost:6274", **asked})
    assert good.status_code == 200
    assert good.headers["access-control-allow-origin"] == "http://localhost:6274"
    bad = stranger.options(server.url, headers={"Origin": "http://evil.example", **asked})
    assert bad.status_code == 400
    assert "access-control-allow-origin" not in bad.headers


def test_health_is_told_to_anybody(server: Listening, stranger: httpx2.Client) -> None:
    answer = stranger.get(f"{server.origin}/healthz", headers={"Host": "10.0.0.7"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_a_body_that_is_too_long_is_refused_and_the_server_lives(server: Listening, http: httpx2.Client) -> None:
    headers = request("tools/call")["headers"] | {"Content-Type": "application/json"}
    answer = http.post(server.url, content=b"x" * (MAX_BODY_BYTES + 1), headers=headers)
    assert answer.status_code == 413
    assert http.post(server.url, **request("tools/list")).status_code == 200


def test_bad_requests_get_their_errors(server: Listening, http: httpx2.Client) -> None:
    headers = request("tools/list")["headers"] | {"Content-Type": "application/json"}
    broken = http.post(server.url, content=b'{"jsonrpc"', headers=headers)
    assert (broken.status_code, broken.json()["error"]["code"]) == (400, -32700)
    unknown = http.post(server.url, **request("no/such_method"))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, -32601)
    version = http.post(server.url, **request("tools/list", {}, tasks=False, **{"Mcp-Protocol-Version": "2099-01-01"}))
    assert version.status_code == 400
    long = request("tools/call", {"name": "generate_image", "arguments": {"prompt": "x" * 10_000_000}})
    long["headers"]["Mcp-Name"] = "generate_image"
    answer = http.post(server.url, **long).json()["result"]
    assert answer["isError"]
    assert "Nothing was sent" in answer["content"][0]["text"]


@pytest.mark.parametrize("version", ["2025-03-26", "2026-07-28"])
def test_a_batch_is_refused_as_one(server: Listening, http: httpx2.Client, version: str) -> None:
    """Only 2025-03-26 had batches, and no client that we know of sends any; the SDK does not read them."""
    headers = request("ping")["headers"] | {"Mcp-Protocol-Version": version}
    answer = http.post(server.url, json=[{"jsonrpc": "2.0", "id": 1, "method": "ping"}], headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in (-32600, -32602)  # the SDK gives either, by the era
    assert http.post(server.url, **request("tools/list")).status_code == 200


def test_a_public_address_is_what_its_callers_name(settings: Settings) -> None:
    with darkroom_on(settings, public_url="https://Pictures.example") as server, httpx2.Client(headers=BEARER) as http:
        for host in ("pictures.example", "pictures.example:443", "127.0.0.1:1"):
            assert http.post(server.url, **request("tools/list", Host=host)).status_code == 200
        named = {"Host": "pictures.example", "Origin": "https://pictures.example"}
        assert http.post(server.url, **request("tools/list", {}, tasks=False, **named)).status_code == 200
        for origin in ("http://pictures.example", "https://pictures.example.evil", "https://pictures.example:443.evil"):
            foreign = {"Host": "pictures.example", "Origin": origin}
            assert http.post(server.url, **request("tools/list", {}, tasks=False, **foreign)).status_code == 403
        for host in (
            "pictures.example.evil",
            "pictures.example:443.evil",
            "pictures.example@evil",
            "apictures.example",
        ):
            assert http.post(server.url, **request("tools/list", Host=host)).status_code == 421


def test_an_address_of_every_interface_admits_no_name_by_itself() -> None:
    rules = security(Address("0.0.0.0", 80))
    assert not any(host.startswith("0.0.0.0") for host in rules.allowed_hosts)
    assert "192.168.1.5:80" in security(Address("192.168.1.5", 80)).allowed_hosts


def test_a_token_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    first = token_for("", tmp_path, "0.0.0.0")
    assert first.is_new
    assert len(first.value) >= 32
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert token_for("", tmp_path, "127.0.0.1") == Token(first.value)
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_a_token_is_off_only_where_nobody_else_can_reach(tmp_path: Path) -> None:
    assert token_for("off", tmp_path, "127.0.0.1").admits("")
    for host in ("0.0.0.0", "192.168.1.5", "::"):
        with pytest.raises(SettingsError, match=r"only for 127\.0\.0\.1"):
            token_for("off", tmp_path, host)


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    for setting in ("short", "with a space in it and long", "ünïcödé-and-long-enough"):
        with pytest.raises(SettingsError, match="no token") as caught:
            token_for(setting, tmp_path, "127.0.0.1")
        assert setting not in str(caught.value)


def test_the_command_shows_its_token_once_and_ends_cleanly(tmp_path: Path) -> None:
    environment = {"DARKROOM_HOME": str(tmp_path), "HOME": str(tmp_path), "DARKROOM_SANDBOX": "1"}
    command = [sys.executable, "-m", "darkroom", "serve", "--http", "--port", "0"]
    said: list[str] = []
    for _ in range(2):
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                lines = [process.stderr.readline(), process.stderr.readline()]
                url = lines[0].split()[-1]
                with httpx2.Client(timeout=30) as http:
                    assert http.get(url.replace("/mcp", "/healthz")).status_code == 200
                    assert http.post(url, json={}).status_code == 401
                process.terminate()
                assert process.wait(15) == 0
            finally:
                process.kill()
        said.append("".join(lines))
    token = (tmp_path / FILE_NAME).read_text(encoding="ascii").strip()
    assert token in said[0]
    assert token not in said[1]
