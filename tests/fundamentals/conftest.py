"""A host for the tutorial: one session with a server whose pictures come from the sandbox."""

import os
from collections.abc import AsyncGenerator

import pytest
from mcp.client import Client

from darkroom.app import create_server
from darkroom.sandbox.server import Running
from darkroom.service.front import Front
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import Desk
from environments import environment_of


@pytest.fixture(scope="session")
def server(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> tuple[Surroundings, str]:
    label = f"tutorial-{os.getpid()}"
    environment = environment_of(sandbox, tmp_path_factory.mktemp("tutorial"), label)
    return Surroundings(front=Front(read_settings(environment))), label


@pytest.fixture
async def desk(server: tuple[Surroundings, str], sandbox: Running, anyio_backend: str) -> AsyncGenerator[Desk]:
    surroundings, label = server
    assert surroundings.front is not None
    async with Client(create_server(surroundings)) as client:
        yield Desk(client, sandbox, label, surroundings.front.settings.output_dir)
