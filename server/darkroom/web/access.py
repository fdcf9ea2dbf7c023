"""Who may ask: hosts and origins first, then the token. Nothing behind this runs for anybody else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from darkroom.web.bearer import LOOPBACK, Token

HEALTH: Final = "/healthz"
IMAGES: Final = "/images/"

_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_WILDCARDS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on
_WAY_OUT: Final = "If the address is right, set DARKROOM_HTTP_URL to it where the server runs."
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
    parts = urlsplit((address.public_url or address.base_url).lower())  # as browsers write names
    if parts.hostname not in LOOPBACK:
        hosts += [parts.netloc, *([f"{parts.netloc}:*"] if parts.port is None else [])]
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


class Access:
    """Lets in whoever names a right host, comes from a right origin and shows the token."""

    def __init__(self, app: ASGIApp, rules: TransportSecuritySettings, token: Token) -> None:
        self._app = app
        self._hosts = re.compile(_whole(rules.allowed_hosts))
        self._origins = re.compile(_whole(rules.allowed_origins))
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)  # a load balancer asks by address and without a token
            return
        headers = Headers(scope=scope)
        refused = self._from_elsewhere(headers) or self._without_token(scope["path"], headers)
        await (refused or self._app)(scope, receive, send)

    def _from_elsewhere(self, headers: Headers) -> Response | None:
        """Refuse a page whose name was pointed at this server, and pages of other origins; more exactly than the SDK.

        Its own check, which comes after, lets anything follow the colon of a port.
        """
        if not self._hosts.fullmatch(headers.get("host", "")):
            return PlainTextResponse(f"This server has another name than the Host header says. {_WAY_OUT}", 421)
        origin = headers.get("origin")  # browsers always send one where it matters
        if origin is not None and not self._origins.fullmatch(origin):
            return PlainTextResponse(f"Pages of this Origin may not ask. {_WAY_OUT}", 403)
        return None

    def _without_token(self, path: str, headers: Headers) -> Response | None:
        if path.startswith(IMAGES):
            return None  # a link carries its own signature
        if self._token.admits(headers.get("authorization", "")):
            return None
        return JSONResponse(
            {"error": "The token is missing or wrong. Send it as Authorization: Bearer TOKEN."},
            status_code=401,
            headers={"WWW-Authenticate": 'Bearer realm="darkroom"'},
        )


def with_cors(app: ASGIApp, rules: TransportSecuritySettings) -> ASGIApp:
    """Answer browsers' questions before a request: yes to the origins that may ask at all."""
    return CORSMiddleware(
        app,
        allow_origin_regex=_whole(rules.allowed_origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=list(_ALLOWED_HEADERS),
        expose_headers=["Mcp-Session-Id", "WWW-Authenticate"],
        max_age=600,
    )


def _whole(allowed: Sequence[str]) -> str:
    """Write names as a pattern to match whole; `:*` at the end of one is any port."""
    port = ":[0-9]{1,5}"
    return "|".join(re.escape(name.removesuffix(":*")) + port * name.endswith(":*") for name in allowed)
