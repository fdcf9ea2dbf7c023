"""Answers that turn up after their call was given up: a worker that was taken for gone had only slept."""

from pathlib import Path

from darkroom.adapters.journal import Journal
from darkroom.adapters.spool import find_spooled
from darkroom.core.job import Event, IllegalTransitionError


def salvage(journal: Journal, home: Path) -> list[str]:
    """Take up every whole answer in the spool whose call is in doubt; return the jobs that have something to save.

    Only answers that said 200: what else turned up is no picture, and the doubt about its charge stays.
    """
    folder = home / "spool"
    if not folder.is_dir():
        return []
    names = {path.name.partition(".")[0] for path in folder.iterdir() if path.suffix == ".answer"}
    found: list[str] = []
    for call in journal.in_doubt(sorted(names)):
        try:
            spooled = find_spooled(home, call.call_id, call.attempt)
        except OSError:
            continue  # the disk does not give it now
        if spooled is None or not 200 <= spooled.status < 300:
            continue
        try:
            journal.advance(call.call_id, Event.ANSWER, detail="its answer turned up")
        except IllegalTransitionError:
            continue  # somebody else took it up a moment ago
        found.append(call.job_id)
    return found
