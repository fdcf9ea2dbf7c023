"""A home of its own for each test, whose processes are ended with it."""

from collections.abc import Iterator

import pytest

from darkroom.sandbox.server import Running
from processes.hosts import Home, home_at


@pytest.fixture
def home(sandbox: Running, environment: dict[str, str]) -> Iterator[Home]:
    with home_at(sandbox, environment) as made:
        yield made
