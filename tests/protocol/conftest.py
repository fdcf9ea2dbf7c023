"""One home for the folder, so that its tests share a worker; each test has a server of its own."""

import os

import pytest

from darkroom.sandbox.server import Running
from environments import environment_of


@pytest.fixture(scope="session")
def label() -> str:
    """Part of the sandbox's ledger that these tests write."""
    return f"protocol-{os.getpid()}"


@pytest.fixture(scope="session")
def home(sandbox: Running, tmp_path_factory: pytest.TempPathFactory, label: str) -> dict[str, str]:
    """Return the environment that they share."""
    return environment_of(sandbox, tmp_path_factory.mktemp("protocol"), label) | {"DARKROOM_CONCURRENCY": "10"}
