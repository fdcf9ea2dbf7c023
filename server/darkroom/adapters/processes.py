"""Worker processes: is one there, start one, ask an older one to leave."""

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import psutil
import sqlalchemy as sa
from filelock import FileLock, Timeout

from darkroom.adapters.database import moment, reading, workers, writing
from darkroom.adapters.private import private_folder

SEEN_SECONDS: Final = 60.0
"""A worker on another machine that was not seen for as long has vanished; it is seen every few seconds."""

_DETACHED: Final = 0x00000008 | 0x00000200
_BREAKAWAY: Final = 0x01000000
"""Windows: no console and a process group of its own; out of the host's job object, which some hosts close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """What one worker process says of itself."""

    executor: str
    queue: str
    home: str
    pid: int
    version: str
    seen_at: float
    leaving: bool


def lock_of(home: Path, queue: str) -> FileLock:
    """Return the lock that the one worker of this folder, gateway and key holds as long as it lives."""
    return FileLock(home / f"worker-{queue}.lock", timeout=0, mode=0o600)


def worker_lives(home: Path, queue: str) -> bool:
    """Whether some process holds the worker's lock; the system lets go of it when that process ends."""
    lock = lock_of(home, queue)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def start_worker(environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a worker in a session of its own, so that it outlives this process and its terminal.

    The key goes over in the environment, never on the command line, which other users can read.

    Raises:
        OSError: If no process can be started.
    """
    private_folder(log.parent)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as errors:
        try:
            process = _spawn(environment, log, errors, _BREAKAWAY if os.name == "nt" else 0)
        except PermissionError:  # a job object that lets nobody go; better a worker that dies with the host than none
            process = _spawn(environment, log, errors, 0)
    # Somebody has to ask for its exit status, or it stays in the process table until this process ends.
    threading.Thread(target=process.wait, name="darkroom-reaper", daemon=True).start()
    return process


def _spawn(environment: Mapping[str, str], log: Path, errors: BinaryIO, flags: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-X", "utf8", "-m", "darkroom", "worker"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=dict(environment),
        start_new_session=True,
        creationflags=flags | (_DETACHED if os.name == "nt" else 0),
        cwd=Path(log.anchor),  # a worker must not keep a project folder or a drive busy
    )


def new_executor(home: Path) -> str:
    """Name a new worker process of `home`, in whose spool its answers will lie."""
    return f"{_place(home)}#{uuid.uuid4().hex}"


def is_of(executor: str, home: Path) -> bool:
    """Whether this worker was one of `home`."""
    return executor.startswith(f"{_place(home)}#")


def register(engine: sa.Engine, executor: str, queue: str, home: Path, version: str) -> None:
    """Write a worker into the table; earlier ones of the same home and queue are gone, since it holds the lock."""
    with writing(engine) as connection:
        now = moment(connection)
        mine = sa.and_(workers.c.queue == queue, workers.c.home == _place(home))
        connection.execute(workers.delete().where(mine))
        connection.execute(
            workers.insert().values(
                executor=executor,
                queue=queue,
                home=_place(home),
                pid=os.getpid(),
                version=version,
                started_at=now,
                seen_at=now,
                leaving=False,
            )
        )


def seen(engine: sa.Engine, executor: str) -> bool:
    """Say that a worker lives; return whether it was asked to leave."""
    with writing(engine) as connection:
        now = moment(connection)
        connection.execute(workers.update().where(workers.c.executor == executor).values(seen_at=now))
        query = sa.select(workers.c.leaving).where(workers.c.executor == executor)
        return bool(connection.execute(query).scalar_one_or_none())


def unregister(engine: sa.Engine, executor: str) -> None:
    """Take a worker out of the table."""
    with writing(engine) as connection:
        connection.execute(workers.delete().where(workers.c.executor == executor))


def worker_of(engine: sa.Engine, queue: str, home: Path) -> WorkerRow | None:
    """Return the living worker of this home and queue, as far as it has said so."""
    return next((row for row in living_workers(engine, queue) if row.home == _place(home)), None)


def ask_to_leave(engine: sa.Engine, executor: str) -> None:
    """Ask a worker to finish what is under way and end."""
    with writing(engine) as connection:
        connection.execute(workers.update().where(workers.c.executor == executor).values(leaving=True))


def living_workers(engine: sa.Engine, queue: str) -> list[WorkerRow]:
    """Return the workers of a queue that were seen lately and, on this machine, whose process is there."""
    with reading(engine) as connection:
        rows = connection.execute(sa.select(workers).where(workers.c.queue == queue)).all()
        now = moment(connection)
    host = socket.gethostname()
    return [
        WorkerRow(
            executor=row.executor,
            queue=row.queue,
            home=row.home,
            pid=row.pid,
            version=row.version,
            seen_at=row.seen_at,
            leaving=row.leaving,
        )
        for row in rows
        if row.seen_at > now - SEEN_SECONDS and (not row.home.startswith(f"{host}:") or psutil.pid_exists(row.pid))
    ]


def _place(home: Path) -> str:
    """Name a home across machines that share a database."""
    return f"{socket.gethostname()}:{home}"
