"""The sandbox on a port: in the foreground for people, in a thread of its own for workers and tests."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from darkroom.sandbox.app import PREFIX, create_app
from darkroom.sandbox.delivery import TRANSPORT
from darkroom.sandbox.gateway import Gateway
from darkroom.sandbox.options import Options

HOST: Final = "127.0.0.1"
_BACKLOG: Final = 2048
_KEEP_ALIVE_SECONDS: Final = 3600
_GRACE_SECONDS: Final = 2
_START_SECONDS: Final = 20.0


class _OpenHanded(H11Protocol):
    """HTTP/1.1 that hands its connection to the application, which can then end it as it likes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        app: ASGIApp = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {TRANSPORT: transport}
            await app(scope, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """A server that ends calls under way when it stops, instead of waiting minutes for them."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def serve(host: str, port: int, options: Options, ready: Callable[[str], None] | None = None) -> None:
    """Run a sandbox until it is interrupted or terminated; nothing is written to stdout.

    `ready` is called once with the address for clients, before the first call is answered.

    Raises:
        OSError: If the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener:
        bound: int = listener.getsockname()[1]
        if ready is not None:
            ready(f"http://{f'[{host}]' if ':' in host else host}:{bound}{PREFIX}")
        with contextlib.suppress(KeyboardInterrupt):
            _server(create_app(options), host, bound).run(sockets=[listener])


class Running:
    """A sandbox on a free loopback port, in a thread of its own, for as long as the `with` block lasts."""

    def __init__(self, options: Options | None = None, port: int = 0) -> None:
        self.options = options or Options()
        self._wanted_port = port
        self._app = create_app(self.options)
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.port = 0
        """Port that it listens on; 0 before it runs."""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """Address for clients, with the gateway's path."""
        return self.origin + PREFIX

    @property
    def gateway(self) -> Gateway:
        """The inside, for looking only; it lives in the server's own thread."""
        return self._app.state.gateway

    def calls(self, key: str = "") -> list[dict[str, Any]]:
        """Return the ledger, oldest call first; with `key`, the calls of that label."""
        return self.gateway.ledger.calls(key)

    def start(self) -> Self:
        """Listen, and return once calls are answered.

        Raises:
            OSError: If the port is taken.
        """
        self._socket = socket.create_server((HOST, self._wanted_port), backlog=_BACKLOG)
        self.port = self._socket.getsockname()[1]
        self._server = _server(self._app, HOST, self.port)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="darkroom-sandbox", daemon=True
        )
        self._thread.start()
        # The socket listens already: clients that come before the first accept wait in its queue.
        return self

    def stop(self) -> None:
        """End calls under way, close the port and wait for the thread."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._socket is not None:
            self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await anyio.to_thread.run_sync(self.stop)


def _server(app: Starlette, host: str, port: int) -> _Server:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_OpenHanded,
        ws="none",
        loop="asyncio",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return _Server(config, app.state.gateway)
