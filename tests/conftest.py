"""What most folders need: the sandbox on a loopback port, and an environment that touches nothing else."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from environments import environment_of

_labels = count(1)


# The same examples each time: a run of the same tree gives the same verdict twice.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    """One sandbox without delays for all tests; each key has a part of its ledger for itself."""
    with Running(Options(time_scale=0)) as running:
        yield running


@pytest.fixture
def environment(sandbox: Running, tmp_path: Path) -> dict[str, str]:
    """Return an environment whose gateway is the sandbox, with folders and a key of its own.

    `sandbox.calls(environment["APIYI_API_KEY"].removeprefix("sk-test-"))` is its part of the ledger.
    """
    return environment_of(sandbox, tmp_path, f"one-{os.getpid()}-{next(_labels)}")
