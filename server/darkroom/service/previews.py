"""Small pictures for the eyes of models and people, made once and kept."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

from darkroom.adapters.pictures import NotAPictureError, contact_sheet, look, preview
from darkroom.adapters.private import private_folder
from darkroom.core.naming import MIME_TYPES
from darkroom.core.records import Image


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
    """Name the file: the first and the last picture for those who delete it, a digest of all for the rest."""
    every = hashlib.sha256(" ".join(image.image_id for image in images).encode()).hexdigest()[:12]
    return f"{images[0].image_id}-{len(images)}-{images[-1].image_id[-6:]}-{every}-{max_px}-{max_bytes}"
