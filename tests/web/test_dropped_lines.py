"""Callers that vanish in the middle of a request leave nothing on disk, one line in the log, and a live server."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from web.running import TOKEN

PNG = b"\x89PNG\r\n\x1a\n"


class Command:
    """`darkroom serve --http` as its own process, whose log is its stderr."""

    def __init__(self, folder: Path) -> None:
        environment = {
            "DARKROOM_HOME": str(folder),
            "HOME": str(folder),
            "DARKROOM_SANDBOX": "1",
            "DARKROOM_HTTP_TOKEN": TOKEN,
            "PYTHONUNBUFFERED": "1",
        }
        command = [sys.executable, "-m", "darkroom", "serve", "--http", "--port", "0"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        self.uploads = folder / "uploads"
        self.url = urlsplit(self.logged().split()[-1])

    def logged(self) -> str:
        """Return the next line of the log, once it is there."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def vanish(self, path: str, kind: str, content: bytes) -> None:
        """Begin a request with a long body, and hang up in the midst of it, while the server reads."""
        head = [
            f"POST {path} HTTP/1.1",
            f"Host: {self.url.netloc}",
            f"Authorization: Bearer {TOKEN}",
            f"Content-Type: {kind}",
            "Accept: application/json, text/event-stream",
            "Content-Length: 1000000",
            "Expect: 100-continue",
        ]
        assert self.url.hostname is not None
        assert self.url.port is not None
        with socket.create_connection((self.url.hostname, self.url.port), timeout=30) as line:
            line.sendall("\r\n".join([*head, "", ""]).encode())
            assert b"100" in line.recv(1000)  # the server waits for the body
            line.sendall(content)

    def end(self) -> str:
        """End the server and return the rest of its log."""
        self.process.terminate()
        _, rest = self.process.communicate(timeout=15)
        assert self.process.returncode == 0
        return rest


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    yield command
    if command.process.poll() is None:
        command.process.kill()
        command.process.communicate()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/png", PNG + bytes(100_000)),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG + bytes(100_000),
        ),
    ],
)
def test_an_upload_that_broke_off_is_one_line_in_the_log(command: Command, kind: str, content: bytes) -> None:
    command.vanish("/uploads", kind, content)
    assert command.logged().startswith("WARNING: POST '/uploads' broke off")
    assert list(command.uploads.iterdir()) == []
    assert httpx2.get(f"http://{command.url.netloc}/healthz").status_code == 200
    assert command.end() == ""


def test_an_mcp_request_that_broke_off_is_one_line_too(command: Command) -> None:
    command.vanish("/mcp", "application/json", b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {')
    assert command.logged().startswith("WARNING: POST '/mcp' broke off")
    assert httpx2.get(f"http://{command.url.netloc}/healthz").status_code == 200
    assert command.end() == ""
