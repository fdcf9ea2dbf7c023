"""Whether a picture's file has its end, told by a look at its last bytes and without decoding it."""

import os
from pathlib import Path
from typing import Final

_ENDINGS: Final = {"png": b"IEND", "jpeg": b"\xff\xd9"}
"""What stands at the end of a whole file, but for a few bytes that some programs add."""

_TAIL_BYTES: Final = 1024


def is_whole(path: Path, picture_format: str) -> bool:
    """Whether the file at `path` has its end; true for a format whose end is not known."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(max(0, size - _TAIL_BYTES), os.SEEK_SET)
        tail = file.read()
    if picture_format == "webp":
        return int.from_bytes(head[4:8], "little") + 8 <= size
    return _ENDINGS.get(picture_format, b"") in tail
