"""Whether something was written to the database since the last look, told in microseconds where a query takes long.

Only SQLite can be looked at like that; other databases are simply asked.
"""

import sqlite3
from typing import Final, Literal

import sqlalchemy as sa

from darkroom.adapters.database import jobs

LOOK_SECONDS: Final = 0.005
"""How often it may be looked: 0.02 ms each (measured 2026-11-22)."""

ASK_SECONDS: Final = 0.05
"""How often a database may be asked that cannot be looked at."""

_LOOKS: Final = {"anything": "PRAGMA data_version", "jobs": f"SELECT max(rowid) FROM {jobs.name}"}  # noqa: S608 - our own


class Changes:
    """What others write to one database: anything at all, or new jobs. To be used by one thread at a time."""

    def __init__(self, engine: sa.Engine, of: Literal["anything", "jobs"] = "anything") -> None:
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._connection = sqlite3.connect(file, check_same_thread=False) if file else None
        self._look = _LOOKS[of]
        self._seen: object = None

    @property
    def are_seen(self) -> bool:
        """Whether `any` really knows; else it always says yes."""
        return self._connection is not None

    @property
    def look_seconds(self) -> float:
        """How often it makes sense to ask `any`."""
        return LOOK_SECONDS if self.are_seen else ASK_SECONDS

    def any(self) -> bool:
        """Whether something may have been written since the last call; yes at the first."""
        if self._connection is None:
            return True
        try:
            seen = self._connection.execute(self._look).fetchone()
        except sqlite3.Error:
            return True  # whoever asks the database now finds out what is wrong
        before, self._seen = self._seen, seen
        return seen != before
