"""How long things stay that are needed no more: answers that were refusals, prepared inputs, previews."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from darkroom.adapters.journal import Journal

RETENTION_DAYS: Final = 30
"""Long enough for a dispute over a charge; the console of the gateway shows about as much."""

_DAY_SECONDS: Final = 24 * 3600


def clear_old(journal: Journal, home: Path, now: float) -> int:
    """Remove what is older than `RETENTION_DAYS` and belongs to no call under way; return how many files went.

    Never a raw answer whose picture is not saved yet: a held picture keeps its answer for as long as it takes.
    """
    before = now - RETENTION_DAYS * _DAY_SECONDS
    removed = 0
    for path in _old(home / "spool", before):
        if journal.has_ended(call_id=path.name.partition(".")[0]):
            path.unlink(missing_ok=True)
            removed += 1
    for path in _old(home / "jobs", before):
        if journal.has_ended(job_id=path.name):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    for path in _old(home / "previews", before):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def _old(folder: Path, before: float) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        if path.lstat().st_mtime < before:
            yield path
