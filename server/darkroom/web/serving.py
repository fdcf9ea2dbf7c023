"""`darkroom serve --http`: listen, say where, and serve until the process is ended."""

import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn

from darkroom.errors import SettingsError
from darkroom.settings import Settings
from darkroom.web.access import Address
from darkroom.web.application import application
from darkroom.web.bearer import FILE_NAME, Token, token_for

GRACE_SECONDS = 5
"""How long answers that are under way may take after the process was asked to end; jobs go on in the worker."""


BACKLOG = 2048
"""Callers that may wait for their connection; uvicorn's own number."""


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve MCP over HTTP at `/mcp` until SIGTERM or an interrupt; port 0 takes a free one.

    Raises:
        SettingsError: If the address cannot be listened on, or the token makes no sense for it.
    """
    _log_plainly()
    token = token_for(settings.http_token.get_secret_value(), settings.home, host)
    with _listening(host, port) as listener:
        address = Address(host, listener.getsockname()[1], settings.http_url)
        config = uvicorn.Config(
            application(settings, address, token),
            log_level="warning",
            access_log=False,  # it would hold the signatures of links
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        _leave_when_asked(server)
        sys.stderr.write(announcement(address, token, settings))
        sys.stderr.flush()
        server.run(sockets=[listener])


def _log_plainly() -> None:
    """Write one line an event on stderr; the SDK, which comes later, would draw boxes and leave warnings out."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    logging.getLogger("mcp").setLevel(logging.ERROR)


def _leave_when_asked(server: uvicorn.Server) -> None:
    """Have a signal end the server in order, also before it is up, and when uvicorn raises it again at its end."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)


def announcement(address: Address, token: Token, settings: Settings) -> str:
    """Say where the server is and what callers need; a token that was made just now is shown this once."""
    lines = [f"Darkroom serves MCP at {address.base_url}/mcp"]
    if token.is_new:
        lines.append(f"Callers send the header Authorization: Bearer {token.value}")
        lines.append(f"This token is shown once; it is kept in {settings.home / FILE_NAME}")
    elif not token.value:
        lines.append("No token is asked for: whoever can use this machine can spend your money.")
    elif not settings.http_token.get_secret_value():
        lines.append(f"The token is the one in {settings.home / FILE_NAME}")
    return "\n".join([*lines, ""])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # who connects from here on waits until the server is up
    except OSError as exc:
        listener.close()
        raise SettingsError(f"{host}:{port} cannot be listened on: {exc.strerror}. Choose another --port.") from exc
    return listener
