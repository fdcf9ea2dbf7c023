"""The web application: MCP at `/mcp`, pictures, uploads, health, and what stands before them."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from darkroom import __version__
from darkroom.app import create_server
from darkroom.errors import DarkroomError
from darkroom.service.front import Front
from darkroom.settings import Settings
from darkroom.tools.boundary import Surroundings
from darkroom.web.access import HEALTH, Access, Address, security, with_cors
from darkroom.web.bearer import Token
from darkroom.web.leaving import Leaving
from darkroom.web.pictures import Pictures
from darkroom.web.uploads import Uploads
from darkroom.web.vault import Vault

MAX_BODY_BYTES: Final = 32 * 1024 * 1024
"""Longest MCP request: a few pictures as data URLs; larger ones go through /uploads."""

log = logging.getLogger("darkroom.web")


def application(settings: Settings, address: Address, token: Token) -> ASGIApp:
    """Make the application. It holds no state of its own, so any number of them may share one database."""
    vault = Vault(settings)
    vault.base_url = address.base_url
    local = settings.http_local
    server = create_server(Surroundings(front=Front(settings), local=local, links=vault.links))
    return guarded(server, address, token, vault)


def guarded(server: MCPServer[None], address: Address, token: Token, vault: Vault) -> ASGIApp:
    """Put `server` and the routes beside it behind the checks of access."""
    rules = security(address)
    inner = server.streamable_http_app(
        stateless_http=True, transport_security=rules, max_request_body_size=MAX_BODY_BYTES, host=address.host
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with inner.router.lifespan_context(inner):
            yield
        vault.close()

    routes = [
        Route(HEALTH, _healthy, methods=["GET"]),
        Route("/images/{image_id}", Pictures(vault).get, methods=["GET"]),
        Route("/uploads", Uploads(vault).post, methods=["POST"]),
        Mount("/", app=inner),
    ]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={DarkroomError: _unavailable})
    return with_cors(Access(Leaving(app), rules, token), rules)


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})


async def _unavailable(_: Request, exc: Exception) -> Response:
    log.warning("%s", exc)
    return JSONResponse({"error": "The database cannot be read just now. Try again."}, 503)
