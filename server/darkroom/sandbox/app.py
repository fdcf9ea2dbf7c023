"""The sandbox as a web application: the gateway's paths, the result links, and three doors for tests."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from darkroom.catalog.limits import CHAT_PATH, DEFAULT_BASE_URL, EDITS_PATH, GENERATIONS_PATH, MODELS_PATH
from darkroom.catalog.models import MODELS
from darkroom.sandbox.call import Endpoint
from darkroom.sandbox.cdn import PATH, Print
from darkroom.sandbox.gateway import Gateway
from darkroom.sandbox.keys import INVALID_KEY, profile_of
from darkroom.sandbox.latency import number
from darkroom.sandbox.options import Options
from darkroom.sandbox.refusals import new_request_id

PREFIX = urlsplit(DEFAULT_BASE_URL).path
"""Path of the gateway's API below its host, `/v1`."""

_FLAKY_FAILURES = 2
_SLOW_SECONDS = 5.0
_SLOW_PIECES = 20


class _Paid:
    """One of the three endpoints that cost money."""

    def __init__(self, gateway: Gateway, endpoint: Endpoint) -> None:
        self._gateway = gateway
        self._endpoint: Endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._gateway.serve(self._endpoint, scope, receive, send)


def create_app(options: Options) -> Starlette:
    """Return an application that behaves like the gateway; its state is its own, and nothing it does costs.

    Without the server of `darkroom.sandbox.server` it works too, but for the triggers that end a connection.
    """
    gateway = Gateway(options)
    doors = _Doors(gateway)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        gateway.close()

    app = Starlette(
        routes=[
            Route(PREFIX + GENERATIONS_PATH, _Paid(gateway, "generations"), methods=["POST"]),
            Route(PREFIX + EDITS_PATH, _Paid(gateway, "edits"), methods=["POST"]),
            Route(PREFIX + CHAT_PATH, _Paid(gateway, "chat"), methods=["POST"]),
            Route(PREFIX + MODELS_PATH, doors.models),
            Route(PATH + "/{name}", doors.download),
            Route("/_sandbox/ledger", doors.ledger),
            Route("/_sandbox/reset", doors.reset, methods=["POST"]),
            Route("/_sandbox/expire", doors.expire, methods=["POST"]),
            Route("/_sandbox/health", doors.health),
        ],
        lifespan=lifespan,
    )
    app.state.gateway = gateway
    return app


class _Doors:
    """The paths that cost nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def models(self, request: Request) -> Response:
        """List the models, for a good key."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not profile_of(key).known:
            body = INVALID_KEY.body(new_request_id())
            return Response(body, INVALID_KEY.status, media_type=INVALID_KEY.content_type)
        rows = [{"id": model, "object": "model", "created": 0, "owned_by": "sandbox"} for model in MODELS]
        return JSONResponse({"object": "list", "data": rows})

    async def ledger(self, request: Request) -> Response:
        """List every call, oldest first; `?key=LABEL` those of one key."""
        return JSONResponse(self._gateway.ledger.calls(request.query_params.get("key", "")))

    async def reset(self, _: Request) -> Response:
        """Forget calls, links and counts."""
        self._gateway.reset()
        return JSONResponse({"reset": True})

    async def expire(self, _: Request) -> Response:
        """Let every result link die now."""
        self._gateway.cdn.expire()
        return JSONResponse({"expired": True})

    async def health(self, _: Request) -> Response:
        """Say that the sandbox is there."""
        return JSONResponse({"sandbox": True, "calls": len(self._gateway.ledger.calls())})

    async def download(self, request: Request) -> Response:
        """Serve a picture behind a link, or the failure that its call asked for."""
        kept = self._gateway.cdn.find(request.path_params["name"])
        if kept is None or "cdn-404" in kept.triggers:
            return Response("404 Not Found", 404, media_type="text/plain")
        kept.served += 1
        if "cdn-flaky" in kept.triggers and kept.served <= _FLAKY_FAILURES:
            return Response("503 Service Unavailable", 503, media_type="text/plain")
        if "cdn-html" in kept.triggers:
            return Response("<html><body>This picture is resting.</body></html>", media_type="text/html")
        if "cdn-slow" in kept.triggers:
            return self._slowly(kept)
        return Response(kept.content, media_type=kept.content_type)

    def _slowly(self, kept: Print) -> Response:
        seconds = number(kept.triggers["cdn-slow"], _SLOW_SECONDS * self._gateway.options.time_scale)
        length = {"content-length": str(len(kept.content))}
        return StreamingResponse(_pieces(kept.content, seconds), media_type=kept.content_type, headers=length)


async def _pieces(content: bytes, seconds: float) -> AsyncIterator[bytes]:
    step = -(-len(content) // _SLOW_PIECES)
    for start in range(0, len(content), step):
        await anyio.sleep(seconds / _SLOW_PIECES)
        yield content[start : start + step]
