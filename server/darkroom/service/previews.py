"""Small pictures for the eyes of models and people, made once and kept."""

import hashlib
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from PIL import Image as Pillow

from darkroom.adapters.library import Library
from darkroom.adapters.pictures import NotAPictureError, look
from darkroom.adapters.private import private_folder
from darkroom.adapters.thumbnails import Grid, contact_sheet, grid_of, preview, small
from darkroom.core.naming import MIME_TYPES
from darkroom.core.records import Image, Job

SHEET: Final = "sheet-"
"""What the names of contact sheets begin with."""

MOST_READY: Final = 200
"""Small copies that are held at most while their sheets are awaited; 20 MB, were they all of sheets of ten."""

_UNREADABLE: Final = (NotAPictureError, OSError, UnicodeEncodeError)
"""What a picture that was moved or spoiled ends in; the last: a locale without the letters of its name."""


class Previews:
    """The small pictures of one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "previews"
        self._ready: dict[tuple[Path, Grid], Pillow.Image] = {}
        self._lock = threading.Lock()

    def find(self, images: Sequence[Image], max_px: int, max_bytes: int) -> tuple[bytes, str] | None:
        """Return one small picture for `images`, a contact sheet for several, and its MIME type.

        None if they cannot be read.
        """
        made = self._folder / _name(images, max_px, max_bytes)
        try:
            paths = [Path(image.path) for image in images if Path(image.path).is_file()]
            if not paths:
                return None
            if not made.exists():
                private_folder(self._folder)
                self._make(paths, made, max_px, max_bytes)
            return made.read_bytes(), MIME_TYPES.get(look(made).format, "image/png")
        except _UNREADABLE:
            return None

    def prepare(self, image: Image, count: int, max_px: int) -> None:
        """Make the small copy of `image` that a sheet of `count` such pictures needs, while the others are made."""
        path = Path(image.path)
        with suppress(*_UNREADABLE):
            grid = grid_of([look(path).upright_size] * count, max_px)
            copy = small(path, grid.width, grid.height)
            with self._lock:
                self._ready[path, grid] = copy
                for oldest in list(self._ready)[:-MOST_READY]:
                    del self._ready[oldest]

    def _make(self, paths: Sequence[Path], made: Path, max_px: int, max_bytes: int) -> None:
        """Make the small picture under another name first: a caller who looks meanwhile must not find half of it."""
        part = made.with_name(f"{uuid.uuid4().hex}.part")
        try:
            if len(paths) == 1:
                preview(paths[0], part, max_px, max_bytes)
            else:
                contact_sheet(paths, part, max_px, max_bytes, self._taken(paths))
            part.replace(made)
        finally:
            part.unlink(missing_ok=True)

    def _taken(self, paths: Sequence[Path]) -> dict[tuple[Path, Grid], Pillow.Image]:
        """Take out what is ready of these pictures."""
        with self._lock:
            keys = [key for key in self._ready if key[0] in paths]
            return {key: self._ready.pop(key) for key in keys}


class Sheet:
    """The contact sheet of jobs that somebody waits for, made ready picture by picture."""

    def __init__(self, previews: Previews, library: Library, jobs: Sequence[Job], max_px: int) -> None:
        self._previews = previews
        self._library = library
        self._job_ids = [job.job_id for job in jobs]
        self._count = sum(job.order.count for job in jobs)
        self._max_px = max_px
        self._seen: set[str] = set()

    def make_ready(self, seconds: float) -> None:
        """Make small copies of the pictures that came since the last time, beginning none after so many seconds.

        Raises:
            DatabaseError: If the library cannot be read.
        """
        until = time.monotonic() + seconds
        for image in self._library.of_jobs(self._job_ids):
            if image.image_id not in self._seen and time.monotonic() < until:
                self._seen.add(image.image_id)
                self._previews.prepare(image, self._count, self._max_px)


def _name(images: Sequence[Image], max_px: int, max_bytes: int) -> str:
    """Name the file so that whoever deletes a picture finds it: by the picture's id, or as a sheet of several."""
    own = images[0].image_id if len(images) == 1 else f"{SHEET}{_digest(images)}"
    return f"{own}-{max_px}-{max_bytes}"


def _digest(images: Sequence[Image]) -> str:
    return hashlib.sha256(" ".join(image.image_id for image in images).encode()).hexdigest()[:16]
