"""A prompt with folders, a key and a worker of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.shell import Shell


@pytest.fixture
def shell(environment: dict[str, str], tmp_path: Path) -> Iterator[Shell]:
    made = Shell(environment, tmp_path)
    yield made
    made.end_workers()
