"""Who may ask: hosts and origins first, then the token. Nothing behind this runs for anybody else."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from darkroom.web.bearer import LOOPBACK, Token

HEALTH: Final = "/healthz"
IMAGES: Final = "/images/"

_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_WILDCARDS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on
_ALLOWED_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Accept",
    "Last-Event-ID",
    "Mcp-Session-Id",
    "Mcp-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and what it is called from outside."""

    host: str
    port: int
    public_url: str = ""

    @property
    def base_url(self) -> str:
        """What links begin with."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in _WILDCARDS else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def security(address: Address) -> TransportSecuritySettings:
    """Decide which `Host` and `Origin` headers are right: this machine's, and those of the public address."""
    hosts = [*_NAMES, *[f"{name}:*" for name in _NAMES]]
    origins = [f"http://{name}{port}" for name in _NAMES for port in ("", ":*")]
    parts = urlsplit(address.public_url or address.base_url)
    if parts.hostname not in LOOPBACK:
        hosts += [parts.netloc, *([f"{parts.netloc}:*"] if parts.port is None else [])]
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


class Access:
    """Lets in whoever names a right host, comes from a right origin and shows the token."""

    def __init__(self, app: ASGIApp, rules: TransportSecuritySettings, token: Token) -> None:
        self._app = app
        self._rules = TransportSecurityMiddleware(rules)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)  # a load balancer asks by address and without a token
            return
        refused = await self._rules.validate_request(Request(scope)) or self._without_token(scope)
        await (refused or self._app)(scope, receive, send)

    def _without_token(self, scope: Scope) -> Response | None:
        if scope["path"].startswith(IMAGES):
            return None  # a link carries its own signature
        if self._token.admits(Headers(scope=scope).get("authorization", "")):
            return None
        return JSONResponse(
            {"error": "The token is missing or wrong. Send it as Authorization: Bearer TOKEN."},
            status_code=401,
            headers={"WWW-Authenticate": 'Bearer realm="darkroom"'},
        )


def with_cors(app: ASGIApp, rules: TransportSecuritySettings) -> ASGIApp:
    """Answer browsers' questions before a request: yes to the origins that may ask at all."""
    patterns = [
        re.escape(origin.removesuffix(":*")) + (r":\d+" if origin.endswith(":*") else "")
        for origin in rules.allowed_origins
    ]
    return CORSMiddleware(
        app,
        allow_origin_regex="|".join(patterns),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=list(_ALLOWED_HEADERS),
        expose_headers=["Mcp-Session-Id", "WWW-Authenticate"],
        max_age=600,
    )
