"""The spool: raw answers on disk before anything looks at them.

One file an attempt: a line of JSON with the status and headers, then the body as it came. It is written
as `.part`, synced, and renamed when it is whole; a `.part` that stays behind is an answer cut off.
It lives until its picture is saved, and is private to the user.
"""

import errno
import json
import os
import shutil
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from darkroom.adapters.private import private_folder
from darkroom.wire.folding import ReadAt

ROOM_BYTES: Final = 64 * 1024 * 1024
"""Free space without which nothing is sent: a 4K picture of noise takes 33 MB as base64, and as much again decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """One raw answer on disk."""

    path: Path
    status: int
    headers: Mapping[str, str]
    body_offset: int
    """Where the body begins in the file, in bytes."""

    def body(self) -> bytes:
        """Read the whole body."""
        with self.path.open("rb") as file:
            file.seek(self.body_offset)
            return file.read()

    def copy_body(self, path: Path) -> None:
        """Write the whole body to `path`."""
        with self.path.open("rb") as body, path.open("wb") as file:
            body.seek(self.body_offset)
            shutil.copyfileobj(body, file, 1 << 20)

    @contextmanager
    def reading(self) -> Generator[ReadAt]:
        """Open the body to be read in pieces: offset and length."""
        with self.path.open("rb", buffering=0) as file:

            def read_at(offset: int, length: int) -> bytes:
                file.seek(self.body_offset + offset)
                return file.read(length)

            yield read_at


class SpoolWriter:
    """Writes one raw answer; a context manager that leaves a `.part` behind if it is not finished."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self.bytes_written = 0
        self._head = b""
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        private_folder(self.path.parent)
        descriptor = os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        return self

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Write the first line."""
        self._head = json.dumps({"status": status, "headers": dict(headers)}).encode() + b"\n"
        self._open.write(self._head)

    def write(self, chunk: bytes) -> None:
        """Add a piece of the body."""
        self._open.write(chunk)
        self.bytes_written += len(chunk)

    def read_at(self, offset: int, length: int) -> bytes:
        """Read back a piece of the body that came so far."""
        self._open.flush()
        self._open.seek(len(self._head) + offset)
        piece = self._open.read(length)
        self._open.seek(0, os.SEEK_END)
        return piece

    def finish(self) -> Spooled:
        """Sync and rename; from here on the answer survives a crash."""
        self._open.flush()
        os.fsync(self._open.fileno())
        self._open.close()
        self.part.replace(self.path)
        sync_folder(self.path.parent)
        return read_spooled(self.path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None and not self._file.closed:
            self._file.close()

    @property
    def _open(self) -> BinaryIO:
        assert self._file is not None, "begin the context first"  # noqa: S101 - a mistake of the program
        return self._file


def spool_path(home: Path, call_id: str, attempt: int) -> Path:
    """Return where the answer of one attempt lies."""
    return home / "spool" / f"{call_id}.{attempt}.answer"


def read_spooled(path: Path) -> Spooled:
    """Read the first line of a spooled answer."""
    with path.open("rb") as file:
        head = file.readline()
    line = json.loads(head)
    return Spooled(path=path, status=line["status"], headers=line["headers"], body_offset=len(head))


def find_spooled(home: Path, call_id: str, attempt: int) -> Spooled | None:
    """Return the whole answer of an attempt, or None if none came, or what came was damaged on disk."""
    path = spool_path(home, call_id, attempt)
    try:
        return read_spooled(path) if path.exists() else None
    except (ValueError, KeyError, TypeError):
        return None


def find_part(home: Path, call_id: str, attempt: int) -> Path | None:
    """Return the beginning of an answer that was cut off, or None."""
    part = Path(f"{spool_path(home, call_id, attempt)}.part")
    return part if part.exists() else None


def adopt(part: Path, *, is_whole: Callable[[ReadAt], bool]) -> Spooled | None:
    """Make a whole answer of a `.part` whose end was not written down; None if it is not whole.

    The bytes stay where they are until the rename, so being cut off in here loses nothing.
    """
    try:
        spooled = read_spooled(part)
    except (ValueError, KeyError, TypeError):
        return None
    with spooled.reading() as read_at:
        if not is_whole(read_at):
            return None
    with part.open("r+b") as file:
        os.fsync(file.fileno())
    path = part.with_suffix("")
    part.replace(path)
    sync_folder(path.parent)
    return replace(spooled, path=path)


def check_room(home: Path) -> None:
    """Make sure that an answer can be kept, before anything is paid for.

    Raises:
        OSError: If the spool cannot be written or the disk is nearly full.
    """
    folder = home / "spool"
    private_folder(folder)
    if shutil.disk_usage(folder).free < ROOM_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    probe = folder / f".probe-{uuid.uuid4().hex}"
    probe.write_bytes(b"\0")
    probe.unlink()


def clear(home: Path, call_id: str) -> None:
    """Remove everything that the spool holds of a call whose picture is saved."""
    # Not `glob`, which makes a regular expression of every id.
    with os.scandir(home / "spool") as found:
        ours = [entry.path for entry in found if entry.name.startswith(f"{call_id}.")]
    for path in ours:
        Path(path).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
