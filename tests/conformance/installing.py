"""What other people's clients need, put below `.cache` once: a Node that is new enough, npm packages, own environments.

Whoever comes first installs, others wait at a lock. Where something cannot be had, the tests that need it are skipped
with the reason.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

CACHE = Path(__file__).parents[2] / ".cache"
INSTALL_SECONDS = 300
RUN_SECONDS = 90
MIN_NODE = (22, 19)

NPM = {
    "@modelcontextprotocol/conformance": "0.2.0-alpha.12",
    "@modelcontextprotocol/sdk": "1.32.2",
    "@modelcontextprotocol/client": "2.4.0",
    "@modelcontextprotocol/inspector": "2.12.0",
}

ENVIRONMENTS = {
    "legacy": ("mcp==1.30.0",),
    "converters": ("openai-agents==0.24.0", "anthropic==2.12.0", "google-genai==3.4.0"),
}


@cache
def node() -> Path:
    """Return a Node that is new enough, with the npm packages installed below the same folder; skip without."""
    own = shutil.which("node")
    npm = shutil.which("npm")
    if own is None or npm is None:
        pytest.skip("Node and npm are not installed, so clients in JavaScript cannot be tried.")
    wanted = dict(NPM)
    packaged = _packaged_node()
    if _version(own) < MIN_NODE:
        if not packaged:
            pytest.skip(f"Node is older than {MIN_NODE}, and there is no newer one for this system in npm.")
        wanted[packaged] = "22"
    folder = CACHE / "node"
    manifest = json.dumps({"private": True, "dependencies": wanted}, indent=1)

    def install() -> None:
        (folder / "package.json").write_text(manifest, encoding="utf-8")
        _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"], folder)

    _once(folder, manifest, install)
    newer = folder / "node_modules" / packaged / "bin" / "node"
    return newer if packaged in wanted else Path(own)


def npm_file(package: str, file: str) -> str:
    """Return the path of a file of an installed package."""
    return str(CACHE / "node" / "node_modules" / package / file)


@cache
def python_of(name: str) -> Path:
    """Return the Python of an environment of its own; skip where it cannot be made."""
    folder = CACHE / name
    wanted = "\n".join(ENVIRONMENTS[name])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def install() -> None:
        _run([sys.executable, "-m", "venv", str(folder)], folder)
        _run([str(python), "-m", "pip", "install", "--quiet", *ENVIRONMENTS[name]], folder)

    _once(folder, wanted, install)
    return python


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    said: str = "",
    seconds: float = RUN_SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Run a client to its end, for so many seconds at most, with what is `said` to it on stdin."""
    return subprocess.run(
        list(command),
        env=dict(environment) if environment is not None else None,
        input=said,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _once(folder: Path, wanted: str, install: Callable[[], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "installed"
    with FileLock(CACHE / f"{folder.name}.lock", timeout=INSTALL_SECONDS):
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return
        try:
            install()
        except (OSError, subprocess.SubprocessError) as exc:
            pytest.skip(f"{folder.name} cannot be installed here: {exc}")
        done.write_text(wanted, encoding="utf-8")


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(list(command), cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS)


def _version(executable: str) -> tuple[int, int]:
    text = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = text.strip().removeprefix("v").split(".")[:2]
    return int(major), int(minor)


def _packaged_node() -> str:
    """Name the npm package that holds a Node for this machine; empty if there is none."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "")
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "")
    return f"node-{system}-{machine}" if system and machine else ""
