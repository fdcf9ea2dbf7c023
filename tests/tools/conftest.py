"""One home for all tests of a process, so that they share a worker; each test has a session of its own."""

import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mcp.client import Client

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import Desk
from environments import environment_of


@dataclass(frozen=True)
class Home:
    """Where the shared worker works."""

    environment: dict[str, str]
    label: str
    folder: Path

    @property
    def pictures(self) -> Path:
        """Folder that pictures go to."""
        return Path(self.environment["DARKROOM_OUTPUT_DIR"])

    def surroundings(self, **changes: str) -> Surroundings:
        """Return a front on this home, with these variables set otherwise."""
        return Surroundings(front=Front(read_settings(self.environment | changes)))


@pytest.fixture(scope="session")
def shared(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("tools")
    label = f"tools-{os.getpid()}"
    return Home(environment_of(sandbox, folder, label) | {"DARKROOM_CONCURRENCY": "10"}, label, folder)


@pytest.fixture(scope="session")
def front(shared: Home) -> Surroundings:
    return shared.surroundings()


@pytest.fixture
async def desk(
    front: Surroundings, shared: Home, sandbox: Running, tmp_path: Path, anyio_backend: str
) -> AsyncGenerator[Desk]:
    """Return a session with the server, and the sandbox's view of what it sent."""
    async with Client(create_server(front)) as client:
        yield Desk(client, sandbox, shared.label, tmp_path)
