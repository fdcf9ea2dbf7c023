"""Machines that share one database: each a home, an output folder and a clock of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from darkroom.adapters.database import open_database
from darkroom.sandbox.server import Running
from processes.hosts import Home

CLOCKS: Final = Path(__file__).with_name("clocks")
"""Python runs what lies here at its start; see `sitecustomize.py`."""


class Machine(Home):
    """A home whose database is the shared one."""

    @property
    def engine(self) -> sa.Engine:
        """The shared database, opened at the first need."""
        if self._engine is None:
            self._engine = open_database(self.path, self.environment["DARKROOM_DATABASE_URL"])
        return self._engine

    def spool(self) -> list[str]:
        """Names of the raw answers that lie here."""
        return sorted(path.name for path in (self.path / "spool").glob("*.answer"))

    def texts(self) -> str:
        """Everything that was logged here."""
        files = [*(self.path / "logs").glob("*"), *self.path.parent.glob("*.err")]
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)


@contextmanager
def machine_at(sandbox: Running, environment: dict[str, str], folder: Path, **more: str) -> Generator[Machine]:
    """Keep a machine below `folder` with the key and gateway of `environment`; end its processes at the end."""
    own = {
        "HOME": str(folder),
        "DARKROOM_HOME": str(folder / "home"),
        "DARKROOM_OUTPUT_DIR": str(folder / "pictures"),
    }
    folder.mkdir()
    machine = Machine(sandbox, environment | own | more)
    try:
        yield machine
    finally:
        machine.end()


def wrong_clock(seconds: float) -> dict[str, str]:
    """Return the environment of a process whose clock is ahead by so many seconds, or behind."""
    return {"PYTHONPATH": str(CLOCKS), "TEST_CLOCK_SECONDS": str(seconds)}
