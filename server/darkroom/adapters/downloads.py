"""Fetching a picture from an address that somebody else wrote, without being led into a private network.

Rule 1: only `https`, and only to public addresses: every address that the name resolves to is checked, and
the connection goes to a checked address itself, so that no second look-up can answer otherwise.
Rule 2: every redirect is followed by hand and starts again at rule 1.
Rule 3: proxies of the environment are not used. A proxy would resolve the name itself, behind the check.
Rule 4: size and time are bounded while the bytes come in, whatever the server announces.
"""

import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final

import anyio
import httpx2

from darkroom.catalog.limits import CHUNK_TIMEOUT_SECONDS, CONNECT_TIMEOUT_SECONDS, INPUT_MAX_REDIRECTS
from darkroom.errors import DarkroomError, RequestError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Returns every address of a host name; the port is only passed on to the system's resolver."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is routed at large; IPv4-mapped, NAT64 (64:ff9b::/96), link-local lie outside."""

_NOT_PUBLIC: Final = (
    # What `ipaddress` of some supported Python versions takes for global although it leads elsewhere.
    IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890)
    IPv4Network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # public by number, but a cloud's own wire server (Azure documentation)
    IPv6Network("2001::/23"),  # Teredo and other protocol assignments (RFC 2928)
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address, possibly a private one, inside
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)
_MAX_ADDRESSES: Final = 4
"""How many addresses of one name are tried: a dead one costs a connect time-out."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 522, 524})

_ANOTHER_WAY: Final = "Give a public https address, or save the picture to a file and give its absolute path."


class DownloadRefusedError(RequestError):
    """The address may not be fetched: not https, not public, or led elsewhere. No charge."""


class DownloadFailedError(DarkroomError):
    """The address may be fetched, but no picture came of it. A download costs nothing."""

    code = "download_failed"

    def __init__(self, message: str, *, retryable: bool) -> None:
        self.retryable = retryable
        """Whether the same download may well work a little later."""
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Bounds:
    max_bytes: int
    allowed_origins: frozenset[str]
    public_only: bool
    resolve: Resolver


async def resolve_name(host: str, port: int) -> Sequence[Address]:
    """Ask the system for every address of `host`.

    Raises:
        OSError: If the name cannot be resolved.
    """
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public internet: not private, local, shared, tunnelled or reserved.

    >>> is_public(ip_address("93.184.215.14")), is_public(ip_address("2606:4700::1111"))
    (True, True)
    >>> is_public(ip_address("169.254.169.254")), is_public(ip_address("::ffff:8.8.8.8"))
    (False, False)
    """
    if address.is_multicast or not address.is_global:
        return False
    if address.is_reserved or any(address in network for network in _NOT_PUBLIC):
        return False
    return address.version == 4 or address in _GLOBAL_UNICAST


async def fetch(
    url: str,
    dest: Path,
    *,
    max_bytes: int,
    timeout_seconds: float,
    allowed_origins: Sequence[str] = (),
    public_only: bool = True,
    resolve: Resolver = resolve_name,
    trust: ssl.SSLContext | None = None,
) -> Path:
    """Download `url` to `dest`, which appears only when it is whole; returns `dest`.

    `allowed_origins` (`scheme://host:port`) are exempt from https and the address check: the gateway's own.
    `timeout_seconds` bounds the whole, redirects included. `trust` replaces the system's certificates.

    Raises:
        DownloadRefusedError: If the address, or one it redirects to, may not be fetched.
        DownloadFailedError: If nothing usable came: an error status, too many bytes, a web page, silence.
    """
    bounds = _Bounds(max_bytes, frozenset(_origin(_parse(origin)) for origin in allowed_origins), public_only, resolve)
    try:
        with anyio.fail_after(timeout_seconds), _partial(dest) as part:
            async with httpx2.AsyncClient(
                trust_env=False,
                follow_redirects=False,
                verify=trust or httpx2.create_ssl_context(),
                # A kept connection could be used again for another name at the same address.
                limits=httpx2.Limits(max_keepalive_connections=0),
                timeout=httpx2.Timeout(CHUNK_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            ) as client:
                await _follow(client, _parse(url), part, bounds)
            part.replace(dest)
    except TimeoutError as exc:
        raise DownloadFailedError(
            f"{url_shown(url)} did not deliver the picture within {timeout_seconds:g} s.", retryable=True
        ) from exc
    return dest


def url_shown(url: str) -> str:
    """`url` as it may be shown and logged: without its query, which may hold a signature, or a login."""
    bare = url.partition("?")[0].partition("#")[0]
    scheme, separator, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    shown = f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"
    return repr(shown if len(shown) <= 200 else shown[:200] + "…")


async def _follow(client: httpx2.AsyncClient, url: httpx2.URL, part: Path, bounds: _Bounds) -> None:
    """Fetch `url` into `part`, through at most `INPUT_MAX_REDIRECTS` redirects."""
    for _ in range(INPUT_MAX_REDIRECTS + 1):
        async with _asked(client, url, await _allowed_addresses(url, bounds)) as response:
            if response.status_code not in _REDIRECTS:
                await _receive(response, url, part, bounds.max_bytes)
                return
            location = response.headers.get("location", "")
        if not location:
            raise DownloadFailedError(f"{_name(url)} redirects to nowhere. {_ANOTHER_WAY}", retryable=False)
        url = _parse(location, base=url)
    raise DownloadRefusedError(
        f"{_name(url)} is reached only after more than {INPUT_MAX_REDIRECTS} redirects. {_ANOTHER_WAY}"
    )


def _parse(text: str, base: httpx2.URL | None = None) -> httpx2.URL:
    try:
        url = base.join(text) if base is not None else httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError, TypeError) as exc:
        raise DownloadRefusedError(f"{url_shown(text)} is not a valid address. {_ANOTHER_WAY}") from exc
    if not url.host or url.scheme not in ("https", "http"):
        raise DownloadRefusedError(f"{url_shown(text)} is not an https address. {_ANOTHER_WAY}")
    if url.userinfo:
        raise DownloadRefusedError(f"{url_shown(text)} holds a login, which is not sent. {_ANOTHER_WAY}")
    return url


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.host}:{_port(url)}"


def _name(url: httpx2.URL) -> str:
    return url_shown(str(url))


async def _allowed_addresses(url: httpx2.URL, bounds: _Bounds) -> Sequence[Address]:
    """Resolve the host of `url` and refuse it unless every one of its addresses may be reached.

    Raises:
        DownloadRefusedError: If the scheme or one of the addresses is not allowed.
        DownloadFailedError: If the name has no address.
    """
    exempt = _origin(url) in bounds.allowed_origins
    if url.scheme != "https" and not exempt:
        raise DownloadRefusedError(f"{_name(url)} is not fetched: only https is. {_ANOTHER_WAY}")
    try:
        addresses = await bounds.resolve(url.host, _port(url))
    except (OSError, UnicodeError) as exc:
        later = isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN
        raise DownloadFailedError(
            f"{_name(url)} cannot be fetched: the name {url.host!r} has no address. Check the spelling.",
            retryable=later,
        ) from exc
    if bounds.public_only and not exempt:
        for address in addresses:
            if not is_public(address):
                raise DownloadRefusedError(
                    f"{_name(url)} is not fetched: it leads to {address}, which is not public. {_ANOTHER_WAY}"
                )
    return addresses


@asynccontextmanager
async def _asked(
    client: httpx2.AsyncClient, url: httpx2.URL, addresses: Sequence[Address]
) -> AsyncGenerator[httpx2.Response]:
    """Send the request for `url` to the first of `addresses` that answers; the body is not read yet."""
    failure: httpx2.TransportError | None = None
    for address in addresses[:_MAX_ADDRESSES]:
        request = client.build_request(
            "GET",
            url.copy_with(host=str(address)),
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": "image/*",
                # What is compressed on the way could unfold to any size.
                "Accept-Encoding": "identity",
            },
            extensions={"sni_hostname": url.host},
        )
        try:
            response = await client.send(request, stream=True)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
            failure = exc
            continue
        except httpx2.TransportError as exc:
            raise _broken(url, exc) from exc
        try:
            yield response
        finally:
            await response.aclose()
        return
    raise _broken(url, failure) from failure


def _broken(url: httpx2.URL, failure: httpx2.TransportError | None) -> DownloadFailedError:
    if failure is None:
        return DownloadFailedError(f"{_name(url)} has no address.", retryable=False)
    why = str(failure) or type(failure).__name__
    return DownloadFailedError(
        f"{_name(url)} cannot be fetched: {why}. No proxy is used for pictures. "
        "Try again, or save the picture to a file and give its absolute path.",
        retryable="CERTIFICATE_VERIFY_FAILED" not in why,
    )


async def _receive(response: httpx2.Response, url: httpx2.URL, part: Path, max_bytes: int) -> None:
    """Write the body of `response` to `part`, and refuse what cannot be a picture as early as possible."""
    _refuse_by_headers(response, url, max_bytes)
    received = 0
    try:
        async with await anyio.open_file(part, "wb") as stream:
            async for chunk in response.aiter_raw(65_536):
                if not received and _is_page(chunk):
                    raise _page(url)
                received += len(chunk)
                if received > max_bytes:
                    raise _too_large(url, max_bytes)
                await stream.write(chunk)
    except httpx2.TransportError as exc:
        raise _broken(url, exc) from exc
    if not received:
        raise DownloadFailedError(f"{_name(url)} answers with nothing. Check the address.", retryable=False)


def _refuse_by_headers(response: httpx2.Response, url: httpx2.URL, max_bytes: int) -> None:
    status = response.status_code
    if status != 200:
        raise DownloadFailedError(
            f"{_name(url)} answers {status} instead of a picture. Check that the link works without a login.",
            retryable=status in _TRY_AGAIN,
        )
    if response.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml")):
        raise _page(url)
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise DownloadFailedError(
            f"{_name(url)} sends compressed data although that was declined. {_ANOTHER_WAY}", retryable=False
        )
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(url, max_bytes)


def _is_page(chunk: bytes) -> bool:
    return chunk[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html", b"<head"))


def _page(url: httpx2.URL) -> DownloadFailedError:
    return DownloadFailedError(
        f"{_name(url)} is a web page, not a picture. Give the address of the picture itself, "
        "the one that a browser shows when the picture is opened alone.",
        retryable=False,
    )


def _too_large(url: httpx2.URL, max_bytes: int) -> DownloadFailedError:
    return DownloadFailedError(
        f"{_name(url)} is larger than {max_bytes / 1_048_576:.0f} MB. Give a smaller picture.",
        retryable=False,
    )


@contextmanager
def _partial(dest: Path) -> Generator[Path]:
    """Name the file that is written until the download is whole; it never stays behind."""
    part = dest.with_name(dest.name + ".part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
