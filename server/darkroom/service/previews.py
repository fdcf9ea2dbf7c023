"""Small pictures for the eyes of models and people, made once and kept."""

from collections.abc import Sequence
from pathlib import Path

from darkroom.adapters.pictures import NotAPictureError, contact_sheet, look, preview
from darkroom.adapters.private import private_folder
from darkroom.core.naming import MIME_TYPES
from darkroom.core.records import Image


def preview_bytes(home: Path, images: Sequence[Image], max_px: int, max_bytes: int) -> tuple[bytes, str] | None:
    """Return one small picture for `images`, a contact sheet for several; None if they cannot be read."""
    folder = home / "previews"
    name = f"{images[0].image_id}-{len(images)}-{images[-1].image_id[-6:]}-{max_px}-{max_bytes}"
    made = folder / name
    try:
        paths = [Path(image.path) for image in images if Path(image.path).is_file()]
        if not paths:
            return None
        if not made.exists():
            private_folder(folder)
            if len(paths) == 1:
                preview(paths[0], made, max_px, max_bytes)
            else:
                contact_sheet(paths, made, max_px, max_bytes)
        return made.read_bytes(), MIME_TYPES.get(look(made).format, "image/png")
    except (NotAPictureError, OSError, UnicodeEncodeError):  # the last: a locale without the letters of the name
        return None
