"""Only public https addresses are fetched, whatever names, redirects and encodings say, within size and time."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from darkroom.adapters.downloads import (
    Address,
    DownloadFailedError,
    DownloadRefusedError,
    Resolver,
    fetch,
    is_public,
    url_shown,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
MEGABYTE = 1_048_576


class Site(ThreadingHTTPServer):
    """A web site on loopback: each path has an answer, and what was asked is written down."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.heard: list[tuple[str, str]] = []
        self.finished = threading.Event()
        super().__init__(("127.0.0.1", 0), Answering)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    """Looks its answers up in the site."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer, and note who was asked for."""
        site = self.server
        assert isinstance(site, Site)
        site.heard.append((self.headers["Host"], self.path))
        try:
            site.answers[self.path](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            site.finished.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def write(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    return write


def endless(to: BaseHTTPRequestHandler) -> None:
    """300 MB that were not announced."""
    to.send_response(200)
    to.send_header("Connection", "close")
    to.end_headers()
    for _ in range(300):
        to.wfile.write(PNG[:8] + bytes(MEGABYTE - 8))


@pytest.fixture
def site() -> Generator[Site]:
    with serving(Site()) as running:
        yield running


@contextmanager
def serving(site: Site) -> Generator[Site]:
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


def get(
    url: str,
    dest: Path,
    *,
    allowed: Sequence[str] = (),
    max_bytes: int = 50 * MEGABYTE,
    timeout_seconds: float = 20,
    resolve: Resolver | None = None,
    trust: ssl.SSLContext | None = None,
    public_only: bool = True,
) -> Path:
    return asyncio.run(
        fetch(
            url,
            dest,
            max_bytes=max_bytes,
            timeout_seconds=timeout_seconds,
            allowed_origins=allowed,
            public_only=public_only,
            trust=trust,
            **({} if resolve is None else {"resolve": resolve}),
        )
    )


def resolving(**names: str) -> Resolver:
    """A resolver that knows `names`, with `_` for a dot and spaces between several addresses."""

    async def resolve(host: str, port: int) -> Sequence[Address]:
        del port
        key = host.replace(".", "_")
        if key not in names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return [ip_address(text) for text in names[key].split()]

    return resolve


# What may be fetched


def test_a_picture_arrives_whole_and_nothing_else_stays(tmp_path: Path, site: Site) -> None:
    site.answers["/a.png?sig=1%2F2"] = answer(200, PNG, Content_Type="image/png")
    dest = tmp_path / "a"
    assert get(f"{site.origin}/a.png?sig=1%2F2", dest, allowed=[site.origin]) == dest
    assert dest.read_bytes() == PNG
    assert list(tmp_path.iterdir()) == [dest]


def test_redirects_are_followed_relative_ones_too(tmp_path: Path, site: Site) -> None:
    for step in range(5):
        site.answers[f"/{step}"] = answer((301, 302, 303, 307, 308)[step], Location=f"{step + 1}")
    site.answers["/5"] = answer(200, PNG)
    assert get(f"{site.origin}/0", tmp_path / "a", allowed=[site.origin]).read_bytes() == PNG
    assert len(site.heard) == 6


def test_a_sixth_redirect_is_refused(tmp_path: Path, site: Site) -> None:
    site.answers["/again"] = answer(302, Location="/again")
    with pytest.raises(DownloadRefusedError, match="more than 5 redirects"):
        get(f"{site.origin}/again", tmp_path / "a", allowed=[site.origin])
    assert len(site.heard) == 6


def test_the_connection_goes_to_the_address_that_was_checked_under_its_own_name(tmp_path: Path, site: Site) -> None:
    site.answers["/a.png"] = answer(200, PNG)
    origin = f"http://pictures.test:{site.server_port}"
    get(f"{origin}/a.png", tmp_path / "a", allowed=[origin], resolve=resolving(pictures_test="127.0.0.1"))
    assert site.heard == [(f"pictures.test:{site.server_port}", "/a.png")]


def test_a_dead_address_is_followed_by_the_next_one(tmp_path: Path, site: Site) -> None:
    site.answers["/a.png"] = answer(200, PNG)
    origin = f"http://pictures.test:{site.server_port}"
    resolve = resolving(pictures_test="::1 127.0.0.1")  # nothing listens on the first
    assert get(f"{origin}/a.png", tmp_path / "a", allowed=[origin], resolve=resolve).read_bytes() == PNG


def certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(("host", "welcome"), [("pictures.test", True), ("evil.test", False)])
def test_the_certificate_must_be_for_the_name_although_the_address_is_dialled(
    tmp_path: Path, host: str, welcome: bool
) -> None:
    pem = certificate(tmp_path, "pictures.test")
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    site.socket = context.wrap_socket(site.socket, server_side=True, do_handshake_on_connect=False)
    site.answers["/a.png"] = answer(200, PNG)
    trust = ssl.create_default_context(cafile=str(pem))
    resolve = resolving(pictures_test="127.0.0.1", evil_test="127.0.0.1")
    url = f"https://{host}:{site.server_port}/a.png"
    with serving(site):
        if welcome:
            assert get(url, tmp_path / "a", resolve=resolve, trust=trust, public_only=False).read_bytes() == PNG
        else:
            with pytest.raises(DownloadFailedError, match="CERTIFICATE_VERIFY_FAILED") as caught:
                get(url, tmp_path / "a", resolve=resolve, trust=trust, public_only=False)
            assert not caught.value.retryable


# What may not


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png", "ftp://127.0.0.1:1/a.png", "file:///etc/passwd", "//127.0.0.1:1/a.png",
        "/etc/passwd", "https://", "https://user:secret@127.0.0.1:1/a.png", "https://[::1/a.png",
        "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_only_https_addresses_without_a_login_are_taken(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadRefusedError, match=r"only https is|not an https|holds a login|not a valid") as caught:
        get(url, tmp_path / "a")
    assert "secret" not in str(caught.value)
    assert "absolute path" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::10.0.0.1",
        "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1",
        "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_no_special_range_is_public(text: str) -> None:
    """Tested as values, so that a mistake here cannot dial any of them."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "LOCALHOST", "[::1]", "[::ffff:10.0.0.1]"],
)
def test_this_machine_is_refused_however_it_is_written(tmp_path: Path, host: str) -> None:
    with pytest.raises(DownloadRefusedError, match="not public"):
        get(f"https://{host}/a.png", tmp_path / "a")


@pytest.mark.parametrize("text", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_public_addresses_are_told_from_them(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("addresses", ["10.0.0.1", "93.184.215.14 10.0.0.1", "2606:4700::1111 ::1"])
def test_a_name_is_refused_if_any_of_its_addresses_is_private(tmp_path: Path, addresses: str) -> None:
    with pytest.raises(DownloadRefusedError, match="not public"):
        get("https://pictures.test/a.png", tmp_path / "a", resolve=resolving(pictures_test=addresses))


@pytest.mark.parametrize(
    "target", ["https://10.0.0.1/x", "http://127.0.0.1:1/x", "https://[::ffff:127.0.0.1]/x", "file:///etc/passwd"]
)
def test_a_redirect_to_what_may_not_be_fetched_is_refused(tmp_path: Path, site: Site, target: str) -> None:
    site.answers["/a"] = answer(302, Location=target)
    with pytest.raises(DownloadRefusedError):
        get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin])


def test_a_name_is_resolved_anew_after_a_redirect_and_refused_if_it_moved(tmp_path: Path, site: Site) -> None:
    site.answers["/a"] = answer(302, Location="https://pictures.test/b")
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(f"{host}:{port}")
        return [ip_address("127.0.0.1")]

    with pytest.raises(DownloadRefusedError, match="not public"):
        get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin], resolve=resolve)
    assert asked == [f"127.0.0.1:{site.server_port}", "pictures.test:443"]


def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.answers["/a"] = answer(200, PNG)
    assert get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin]).read_bytes() == PNG


# What does not work out


@pytest.mark.parametrize(
    ("reply", "words", "retryable"),
    [
        (answer(404), "answers 404", False),
        (answer(403), "answers 403", False),
        (answer(503), "answers 503", True),
        (answer(429), "answers 429", True),
        (answer(204), "answers 204", False),
        (answer(302), "redirects to nowhere", False),
        (answer(200), "answers with nothing", False),
        (answer(200, b"<p>hello", Content_Type="text/html; charset=utf-8"), "is a web page", False),
        (answer(200, b"\n <!DOCTYPE HTML><p>hello", Content_Type="image/png"), "is a web page", False),
        (answer(200, PNG, Content_Encoding="gzip"), "compressed", False),
        (answer(200, bytes(2 * MEGABYTE)), "larger than 1 MB", False),
    ],
)
def test_what_is_no_picture_is_said_in_words(
    tmp_path: Path, site: Site, reply: Callable[[BaseHTTPRequestHandler], None], words: str, retryable: bool
) -> None:
    site.answers["/a?key=secret"] = reply
    with pytest.raises(DownloadFailedError, match=words) as caught:
        get(f"{site.origin}/a?key=secret", tmp_path / "a", allowed=[site.origin], max_bytes=MEGABYTE)
    assert caught.value.retryable == retryable
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_300_megabytes_are_cut_at_the_bound(tmp_path: Path, site: Site) -> None:
    site.answers["/a"] = endless
    with pytest.raises(DownloadFailedError, match="larger than 5 MB"):
        get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin], max_bytes=5 * MEGABYTE)
    assert list(tmp_path.iterdir()) == []
    assert site.finished.wait(10)


def test_a_body_that_breaks_off_may_be_tried_again(tmp_path: Path, site: Site) -> None:
    def broken(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Length", "5000")
        to.end_headers()
        to.wfile.write(PNG)
        to.close_connection = True

    site.answers["/a"] = broken
    with pytest.raises(DownloadFailedError, match="cannot be fetched") as caught:
        get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin])
    assert caught.value.retryable
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_never_ends_is_left_at_the_time_out(tmp_path: Path, site: Site) -> None:
    release = threading.Event()

    def silent(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Length", "5000")
        to.end_headers()
        to.wfile.write(PNG)
        release.wait(10)

    site.answers["/a"] = silent
    with pytest.raises(DownloadFailedError, match=r"within 0\.3 s") as caught:
        get(f"{site.origin}/a", tmp_path / "a", allowed=[site.origin], timeout_seconds=0.3)
    release.set()
    assert caught.value.retryable
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailedError, match="has no address") as caught:
        get("https://pictures.test/a.png", tmp_path / "a", resolve=resolving())
    assert not caught.value.retryable


def test_nobody_listening_may_be_tried_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        origin = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(DownloadFailedError, match="cannot be fetched") as caught:
        get(f"{origin}/a.png", tmp_path / "a", allowed=[origin])
    assert caught.value.retryable


def test_a_shown_address_has_neither_signature_nor_login() -> None:
    assert url_shown("https://me:pw@host.test/a.png?sig=abc#top") == "'https://host.test/a.png'"
    assert len(url_shown("https://host.test/" + "a" * 5000)) < 220
