"""The doctor on the environment: key, address, proxy, sandbox, folders. Sends nothing."""

import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from darkroom.adapters.files import check_writable
from darkroom.catalog.hosts import HOSTS
from darkroom.catalog.limits import CUTTING_HOSTS, DEFAULT_BASE_URL, KEYS_URL
from darkroom.cli.findings import Finding, fail, ok, warn
from darkroom.errors import FolderError
from darkroom.settings import Settings

_SHORTEST_KEY: Final = 20
"""Keys of this family of gateways are `sk-` and 48 characters; much shorter ones were cut when copied."""

_LOW_SPACE_BYTES: Final = 500_000_000
"""Some dozens of the largest pictures, each kept twice while it is made."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Look at everything that the environment decides."""
    yield from _sandbox(settings)
    yield from _key(settings)
    yield from _address(settings)
    yield from _proxy(settings)
    yield from _time_scale(settings)
    yield from _folders(settings)


def strippers() -> str:
    """Say which hosts keep a key from a server, and the way out of each."""
    return " ".join(f"{host.title} {host.environment}." for host in HOSTS if host.environment)


def _sandbox(settings: Settings) -> Iterator[Finding]:
    if settings.sandbox:
        where = settings.sandbox_url or "one that the worker serves"
        yield warn(
            "sandbox",
            f"On ({where}): pictures are drawn here, nothing is charged.",
            "Unset DARKROOM_SANDBOX for real ones.",
        )


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.sandbox:
        yield ok("key", "None is needed: the sandbox is on.")
        return
    key = settings.api_key.get_secret_value()
    source = "APIYI_API_KEY" if settings.environment.get("APIYI_API_KEY", "").strip() else "APIYI_API_KEY_FILE"
    if not key:
        yield fail(
            "key",
            "There is none: neither APIYI_API_KEY nor APIYI_API_KEY_FILE is set here.",
            f"Make one at {KEYS_URL} and put it into the server's environment, or set DARKROOM_SANDBOX=1 to try "
            f"without. Some hosts keep it from the server: {strippers()} A file named by APIYI_API_KEY_FILE helps too.",
        )
        return
    if not key.startswith("sk-") or len(key) < _SHORTEST_KEY:
        yield warn(
            "key",
            f"{source} does not look like a key of the gateway.",
            f"Compare it with {KEYS_URL}; it begins with sk-.",
        )
    else:
        yield ok("key", f"{source} is set and has the shape of one.")
    if source == "APIYI_API_KEY":
        yield ok("hosts", f"This shell has the key; a host's server may not. {strippers()}")


def _address(settings: Settings) -> Iterator[Finding]:
    if settings.sandbox:
        return
    parts = urlsplit(settings.base_url)
    if parts.hostname in CUTTING_HOSTS:
        yield fail(
            "address",
            f"{settings.base_url} ends each call after about 100 s; a picture that takes longer is paid for and lost.",
            f"Set APIYI_BASE_URL to {DEFAULT_BASE_URL}, or unset it.",
        )
    elif not parts.path.rstrip("/").endswith("/v1"):
        yield fail(
            "address", f"{settings.base_url} does not end in /v1.", f"Set APIYI_BASE_URL to {settings.base_url}/v1."
        )
    elif parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        yield warn("address", f"{settings.base_url} is not encrypted, and the key travels on it.", "Use https.")
    else:
        yield ok("address", settings.base_url)


def _proxy(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.base_url)
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if settings.sandbox or not proxy or parts.hostname in _LOOPBACK or urllib.request.proxy_bypass(parts.netloc):
        return
    shown = urlsplit(proxy).hostname or "a proxy"
    yield warn(
        "proxy",
        f"Calls go through {shown}. A line is silent for minutes while a picture is made; many proxies cut it.",
        f"If calls end as disconnected, put {parts.hostname} into NO_PROXY or have its idle time-out raised to 600 s.",
    )


def _time_scale(settings: Settings) -> Iterator[Finding]:
    if settings.time_scale != 1 and not settings.sandbox:
        yield warn(
            "time scale",
            f"DARKROOM_TIME_SCALE is {settings.time_scale:g}: waits before a retry are not what the gateway asks for.",
            "Unset it outside tests.",
        )


def _folders(settings: Settings) -> Iterator[Finding]:
    yield _writable("home folder", settings.home, "DARKROOM_HOME")
    yield _writable("output folder", settings.output_dir, "DARKROOM_OUTPUT_DIR")
    for folder in settings.output_dirs:
        yield _writable("output folder", folder, "DARKROOM_OUTPUT_DIRS")
    for folder in settings.input_dirs:
        if not folder.is_dir():
            yield warn("input folder", f"{folder} is not there.", "Make it, or take it out of DARKROOM_INPUT_DIRS.")


def _writable(about: str, folder: Path, setting: str) -> Finding:
    try:
        check_writable(folder)
        free = shutil.disk_usage(folder).free
    except FolderError as exc:
        reason = exc.__cause__ or exc
        return fail(about, f"{folder} cannot be written: {reason}.", f"Mend that, or set {setting} to another folder.")
    except OSError as exc:
        return fail(about, f"{folder} cannot be looked at: {exc}.", f"Mend that, or set {setting} to another folder.")
    if free < _LOW_SPACE_BYTES:
        return warn(
            about, f"{folder} has {free / 1e6:.0f} MB left.", "Make room: a picture needs up to 100 MB for a while."
        )
    return ok(about, f"{folder} ({free / 1e9:.1f} GB free)")
