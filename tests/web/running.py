"""A web application on a free loopback port, in a thread, as long as a `with` block lasts."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from darkroom.settings import Settings
from darkroom.web.access import Address
from darkroom.web.application import application
from darkroom.web.bearer import Token

TOKEN = "a-token-that-only-tests-know"  # noqa: S105 - opens nothing else


class Listening:
    """Serves what `make` makes for its address; `url` is the MCP endpoint, `origin` what stands before all paths."""

    def __init__(self, make: Callable[[Address], ASGIApp], public_url: str = "") -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        port: int = self._socket.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.url = f"{self.origin}/mcp"
        config = uvicorn.Config(
            make(Address("127.0.0.1", port, public_url)), log_level="error", timeout_graceful_shutdown=1, lifespan="on"
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._server.is_up.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


def darkroom_on(settings: Settings, token: str = TOKEN, public_url: str = "") -> Listening:
    """Serve Darkroom itself with these settings."""
    return Listening(lambda address: application(settings, address, Token(token)), public_url)
