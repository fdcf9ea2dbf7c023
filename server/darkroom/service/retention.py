"""How long things stay that are needed no more: answers that were refusals, prepared inputs, previews, engine rows."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from darkroom.adapters.finished import clear_finished
from darkroom.adapters.journal import Journal

RETENTION_DAYS: Final = 30
"""Long enough for a dispute over a charge; the console of the gateway shows about as much."""

ENGINE_DAYS: Final = 1
"""The engine's rows of ended jobs serve nobody: ours tell everything. A day is left for a look at what went wrong."""

_DAY_SECONDS: Final = 24 * 3600


def clear_old(journal: Journal, home: Path, now: float) -> int:
    """Remove what is old and belongs to no call under way; return how many files and rows went.

    Files older than `RETENTION_DAYS` go, looked for once a day, since there may be many; the engine's rows go after
    `ENGINE_DAYS`. Never a raw answer whose picture is not saved yet: a held picture keeps its answer for as long as
    it takes. Never the row of a job that has not ended.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    removed = clear_finished(journal.engine, now - ENGINE_DAYS * _DAY_SECONDS)
    looked = home / "cleared"
    if looked.exists() and now - looked.stat().st_mtime < _DAY_SECONDS:
        return removed
    removed += _clear_files(journal, home, now - RETENTION_DAYS * _DAY_SECONDS)
    with suppress(OSError):
        looked.touch(mode=0o600)
    return removed


def _clear_files(journal: Journal, home: Path, before: float) -> int:
    removed = 0
    for path in _old(home / "spool", before):
        if journal.has_ended(call_id=path.name.partition(".")[0]):
            removed += _removed(path)
    for path in _old(home / "jobs", before):
        if journal.has_ended(job_id=path.name):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    for path in _old(home / "previews", before):
        removed += _removed(path)
    return removed


def _removed(path: Path) -> bool:
    """Remove a file; what cannot be removed stays, and is no reason to stop."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        return True
    return False


def _old(folder: Path, before: float) -> Sequence[Path]:
    """Return what is old in `folder`; files come and go meanwhile, by another worker of the same home too."""
    found: list[Path] = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < before:
                    found.append(Path(entry.path))
    return found
