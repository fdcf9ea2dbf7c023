"""One PostgreSQL for the session, an empty database and two machines for each test."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from darkroom.sandbox.server import Running
from postgres.machines import Machine, machine_at
from postgres.server import NoPostgresError, Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    try:
        server = Postgres()
    except NoPostgresError as exc:
        pytest.skip(f"{exc}")
    with server:
        yield server


@pytest.fixture
def shared(postgres: Postgres, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment that all machines of a test have in common."""
    return environment | {"DARKROOM_DATABASE_URL": postgres.create(f"darkroom-{uuid.uuid4().hex}")}


@pytest.fixture
def here(sandbox: Running, shared: dict[str, str], tmp_path: Path) -> Iterator[Machine]:
    with machine_at(sandbox, shared, tmp_path / "here") as machine:
        yield machine


@pytest.fixture
def there(sandbox: Running, shared: dict[str, str], tmp_path: Path) -> Iterator[Machine]:
    with machine_at(sandbox, shared, tmp_path / "there") as machine:
        yield machine
