"""Folders that are nobody's but the user's."""

from pathlib import Path


def private_folder(folder: Path) -> Path:
    """Make `folder`, and whatever is missing above it, for this user only; return it.

    A folder that exists is left as it is.
    """
    missing = [folder, *folder.parents]
    for each in reversed(missing[: next(n for n, path in enumerate(missing) if path.exists())]):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder
