"""Install a server once, pinned, into an environment of its own below `.cache/peers`."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from servers import Server

CACHE = Path(__file__).parents[2] / ".cache" / "peers"
INSTALL_SECONDS = 600


class NotInstalledError(Exception):
    """The server cannot be had here; the message says why."""


def command_of(server: Server) -> list[str]:
    """Return the command that starts a server, installed first if it is not there yet.

    Raises:
        NotInstalledError: its runtime is missing, or the registry or the package said no.
    """
    if server.registry == "this tree":
        return list(server.program)
    folder = CACHE / server.name
    return _from_npm(server, folder) if server.registry == "npm" else _from_pypi(server, folder)


def runtime_of(server: Server, command: Sequence[str]) -> str:
    """Name the Python or Node that runs an installed server."""
    started_by = Path(command[0])
    runtime = started_by.parent / "python" if server.registry == "PyPI" else started_by
    text = subprocess.run([str(runtime), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"Node {text.removeprefix('v')}" if server.registry == "npm" else text


def _from_pypi(server: Server, folder: Path) -> list[str]:
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    requirement = f"{server.name}[{server.extra}]=={server.version}" if server.extra else _pin(server, "==")
    if not _is_there(folder, requirement):
        _run([str(_python(server.runtime)), "-m", "venv", "--clear", str(folder)])
        _run([str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])
        _remember(folder, requirement)
    return [str(scripts / server.program[0]), *server.program[1:]]


def _from_npm(server: Server, folder: Path) -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstalledError("Node and npm are not installed")
    wanted = [_pin(server, "@")]
    if _node_version(node) < server.runtime:
        packaged = _packaged_node()
        wanted.append(f"{packaged}@{server.runtime[0]}")
        node = str(folder / "node_modules" / packaged / "bin" / "node")
    if not _is_there(folder, "\n".join(wanted)):
        folder.mkdir(parents=True, exist_ok=True)
        _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *wanted])
        _remember(folder, "\n".join(wanted))
    return [node, *(str(folder / part) for part in server.program)]


def _pin(server: Server, sign: str) -> str:
    return f"{server.name}{sign}{server.version}"


def _is_there(folder: Path, wanted: str) -> bool:
    marker = folder / "installed"
    return marker.exists() and marker.read_text(encoding="utf-8") == wanted


def _remember(folder: Path, wanted: str) -> None:
    (folder / "installed").write_text(wanted, encoding="utf-8")


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotInstalledError(str(exc)) from exc
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error" in line.lower() and "log of this run" not in line]
        raise NotInstalledError(said[-1].strip() if said else "no reason given")


def _python(oldest: tuple[int, int]) -> Path:
    """Return the first Python that is new enough: this one, one on the path, or one of pyenv's."""
    for candidate in _pythons(oldest):
        asked = subprocess.run(
            [candidate, "-c", "import json, sys; print(json.dumps(sys.version_info[:2]))"],
            capture_output=True,
            text=True,
            check=False,
        )
        if asked.returncode == 0 and tuple(json.loads(asked.stdout)) >= oldest:
            return Path(candidate)
    raise NotInstalledError(f"needs Python {oldest[0]}.{oldest[1]}, and none was found")


def _pythons(oldest: tuple[int, int]) -> Iterator[str]:
    yield sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in range(oldest[1], oldest[1] + 5):
        if (found := shutil.which(f"python3.{minor}")) is not None:
            yield found
        yield from (str(path) for path in sorted(pyenv.glob(f"3.{minor}.*/bin/python")))


def _node_version(node: str) -> tuple[int, int]:
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = text.strip().removeprefix("v").split(".")[:2]
    return int(major), int(minor)


def _packaged_node() -> str:
    """Name the npm package that holds a Node for this machine."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if system is None or machine is None:
        raise NotInstalledError("Node is too old, and npm holds no newer one for this system")
    return f"node-{system}-{machine}"
