"""One home for a whole module, so that its tests share a worker; each test has a session of its own."""

import os
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path

import pytest
from mcp.client import Client

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import Desk

_labels = count(1)


@pytest.fixture(scope="module")
def surroundings(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> tuple[Surroundings, str]:
    folder = tmp_path_factory.mktemp("editing")
    label = f"editing-{os.getpid()}-{next(_labels)}"
    environment = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "LANG") if name in os.environ
    } | {
        "HOME": str(folder),
        "APIYI_API_KEY": f"sk-test-{label}",
        "APIYI_BASE_URL": sandbox.base_url,
        "DARKROOM_HOME": str(folder / "home"),
        "DARKROOM_OUTPUT_DIR": str(folder / "pictures"),
        "DARKROOM_TIME_SCALE": "0.001",
        "DARKROOM_IDLE_SECONDS": "5",
        "DARKROOM_CONCURRENCY": "10",
    }
    return Surroundings(front=Front(read_settings(environment))), label


@pytest.fixture
async def desk(
    surroundings: tuple[Surroundings, str], sandbox: Running, tmp_path: Path, anyio_backend: str
) -> AsyncGenerator[Desk]:
    """Return a session with the server, and the sandbox's view of what it sent."""
    around, label = surroundings
    async with Client(create_server(around)) as client:
        yield Desk(client, sandbox, label, tmp_path)
