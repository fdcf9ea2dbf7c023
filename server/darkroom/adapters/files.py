"""Files of the user: where pictures may go, and putting them there without ever replacing anything."""

import errno
import glob
import hashlib
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from darkroom.adapters.spool import sync_folder
from darkroom.core.naming import name_problem, numbered
from darkroom.errors import NOTHING_SENT, FolderError

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp"})

_MAX_NUMBER = 10_000
"""Files of one name that are tried before giving up."""


def destination(save_to: str, output_dir: Path, allowed: Sequence[Path]) -> tuple[Path, str]:
    """Decide folder and file name (may be empty) for `save_to`; relative ones stand in `output_dir`.

    Symbolic links are resolved first, so none leads out of the allowed folders.

    Raises:
        FolderError: If it lies outside `allowed`. Nothing was sent.
    """
    if not save_to:
        return output_dir.resolve(), ""
    if "\0" in save_to:
        raise FolderError(f"save_to holds a character that no path can have. {NOTHING_SENT}")
    path = Path(save_to).expanduser()
    path = path if path.is_absolute() else output_dir / path
    is_file = path.suffix.lower() in PICTURE_SUFFIXES and not path.is_dir()
    folder = (path.parent if is_file else path).resolve()
    name = path.name if is_file else ""
    if is_file and (problem := name_problem(name)):
        raise FolderError(f"save_to={save_to!r}: {name!r} cannot be a file name: {problem}. {NOTHING_SENT}")
    roots = [root.resolve() for root in (output_dir, *allowed)]
    if not any(folder == root or root in folder.parents for root in roots):
        places = ", ".join(str(root) for root in roots)
        raise FolderError(
            f"save_to={save_to!r} lies outside the folders that pictures may go to: {places}. Choose a place "
            f"below one of them, or ask the user to add the folder to DARKROOM_OUTPUT_DIRS. {NOTHING_SENT}"
        )
    return folder, name


def check_writable(folder: Path) -> None:
    """Make `folder` if need be and write a byte into it.

    Raises:
        FolderError: If that fails. Nothing was sent.
    """
    probe = folder / f".darkroom-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"\0")
        probe.unlink()
    except OSError as exc:
        raise FolderError(
            f"The folder {str(folder)!r} cannot be written ({exc.strerror or exc}). Choose another one with save_to, "
            f"or ask the user to set DARKROOM_OUTPUT_DIR. {NOTHING_SENT}"
        ) from exc


def free_name(folder: Path, stem: str, extension: str) -> Path:
    """Return the first path of this name in `folder` that is not taken: `stem`, `stem-2`, …"""
    for number in range(1, _MAX_NUMBER):
        path = folder / f"{numbered(stem, number)}.{extension}"
        if not os.path.lexists(path):
            return path
    raise FileExistsError(f"{folder} holds {_MAX_NUMBER} files called {stem}")


def place(source: Path, target: Path) -> None:
    """Copy `source` to `target`, synced and all at once; `target` must not exist.

    Raises:
        FileExistsError: If something stands there already; it is not touched.
        OSError: If the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as exc:  # a file where the folder should be; no other name would help
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target.parent)) from exc
    beside = target.with_name(f"{_beside(target)}{uuid.uuid4().hex[:8]}.part")
    try:
        with source.open("rb") as reading, beside.open("xb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())
        _rename_without_replacing(beside, target)
        sync_folder(target.parent)
    finally:
        beside.unlink(missing_ok=True)


def clear_beside(target: Path) -> None:
    """Remove what a process that was cut off in `place` left beside `target`."""
    for left in target.parent.glob(f"{glob.escape(_beside(target))}*.part"):
        left.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _beside(target: Path) -> str:
    return f".{target.name[:100]}."


def _rename_without_replacing(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no hard links: claim the name first, then put the file over the claim.
        with target.open("xb"):
            pass
        source.replace(target)
