"""Folders that are nobody's but the user's."""

from itertools import takewhile
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Make `folder`, and whatever is missing above it, for this user only. One that exists is left as it is.

    Raises:
        OSError: If that cannot be done.
    """
    # Made in one go, those above would get the modes that new folders have by default.
    for missing in reversed([*takewhile(lambda path: not path.exists(), folder.parents)]):
        missing.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
