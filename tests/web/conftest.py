"""One Darkroom over HTTP for the folder, and a second one on the same database, as behind a load balancer."""

import os
from collections.abc import Iterator

import httpx2
import pytest

from darkroom.sandbox.server import Running
from darkroom.settings import Settings, read_settings
from environments import environment_of
from web.running import TOKEN, Listening, darkroom_on


@pytest.fixture(scope="session")
def label() -> str:
    """Part of the sandbox's ledger that these tests write."""
    return f"web-{os.getpid()}"


@pytest.fixture(scope="session")
def settings(sandbox: Running, tmp_path_factory: pytest.TempPathFactory, label: str) -> Settings:
    """Return settings that both servers share."""
    return read_settings(environment_of(sandbox, tmp_path_factory.mktemp("web"), label))


@pytest.fixture(scope="session")
def server(settings: Settings) -> Iterator[Listening]:
    with darkroom_on(settings) as listening:
        yield listening


@pytest.fixture(scope="session")
def replica(settings: Settings) -> Iterator[Listening]:
    """Return another server on the same database."""
    with darkroom_on(settings) as listening:
        yield listening


@pytest.fixture
def http() -> Iterator[httpx2.Client]:
    """Return a client that shows the token."""
    with httpx2.Client(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30) as client:
        yield client


@pytest.fixture
def stranger() -> Iterator[httpx2.Client]:
    """Return a client without a token, as a browser is."""
    with httpx2.Client(timeout=30) as client:
        yield client
