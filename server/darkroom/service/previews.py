"""Small pictures for the eyes of models and people, made once and kept."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from darkroom.adapters.pictures import NotAPictureError, contact_sheet, look, preview
from darkroom.adapters.private import private_folder
from darkroom.core.naming import MIME_TYPES
from darkroom.core.records import Image

SHEET: Final = "sheet-"
"""What the names of contact sheets begin with."""


def preview_bytes(home: Path, images: Sequence[Image], max_px: int, max_bytes: int) -> tuple[bytes, str] | None:
    """Return one small picture for `images`, a contact sheet for several; None if they cannot be read."""
    folder = home / "previews"
    made = folder / _name(images, max_px, max_bytes)
    try:
        paths = [Path(image.path) for image in images if Path(image.path).is_file()]
        if not paths:
            return None
        if not made.exists():
            private_folder(folder)
            _make(paths, made, max_px, max_bytes)
        return made.read_bytes(), MIME_TYPES.get(look(made).format, "image/png")
    except (NotAPictureError, OSError, UnicodeEncodeError):  # the last: a locale without the letters of the name
        return None


def _make(paths: Sequence[Path], made: Path, max_px: int, max_bytes: int) -> None:
    """Make the small picture under another name first: a caller who looks meanwhile must not find half of it."""
    part = made.with_name(f"{uuid.uuid4().hex}.part")
    try:
        if len(paths) == 1:
            preview(paths[0], part, max_px, max_bytes)
        else:
            contact_sheet(paths, part, max_px, max_bytes)
        part.replace(made)
    finally:
        part.unlink(missing_ok=True)


def _name(images: Sequence[Image], max_px: int, max_bytes: int) -> str:
    """Name the file so that whoever deletes a picture finds it: by the picture's id, or as a sheet of several."""
    own = images[0].image_id if len(images) == 1 else f"{SHEET}{_digest(images)}"
    return f"{own}-{max_px}-{max_bytes}"


def _digest(images: Sequence[Image]) -> str:
    return hashlib.sha256(" ".join(image.image_id for image in images).encode()).hexdigest()[:16]
