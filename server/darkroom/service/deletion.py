"""Taking pictures out of the library, on a person's word only: no tool for agents does."""

from pathlib import Path

from darkroom.adapters.library import Library
from darkroom.core.records import Image
from darkroom.errors import FolderError
from darkroom.service.previews import SHEET


def delete_picture(library: Library, home: Path, image_id: str) -> list[str]:
    """Remove the files of a picture and of the model's own one beside it, then their rows; return the files.

    What it cost, its job and the pictures made from it are not touched.

    Raises:
        UnknownImageError: If there is no picture of this id.
        FolderError: If a file cannot be removed; then its row stays too.
    """
    image = library.image(image_id)
    family = library.family(image_id) if image.original_image_id else []
    own = [image, *(other for other in family if other.image_id == image.original_image_id)]
    removed: list[str] = []
    for part in own:
        removed += _remove(part, home)
    library.delete([part.image_id for part in own])
    return removed


def _remove(image: Image, home: Path) -> list[str]:
    path = Path(image.path)
    if image.kind == "input" and home not in path.parents:
        return []  # the user's own file, which only was looked at
    try:
        there = path.exists()
        path.unlink(missing_ok=True)
        for pattern in (f"{image.image_id}-*", f"{SHEET}*"):  # a sheet is quickly made anew
            for preview in (home / "previews").glob(pattern):
                preview.unlink(missing_ok=True)
    except OSError as exc:
        raise FolderError(
            f"{image.path} cannot be removed ({exc.strerror or exc}). It stays in the library; mend that and try again."
        ) from exc
    return [image.path] if there else []
