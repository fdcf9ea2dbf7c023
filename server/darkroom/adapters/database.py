"""The database that fronts and workers share: a SQLite file, or PostgreSQL. DBOS keeps its queue in the same one.

Everything here is synchronous; callers on an event loop run it in a thread.
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from darkroom.adapters.private import private_folder
from darkroom.errors import DatabaseError

SCHEMA_VERSION: Final = 2
"""Version of the tables below; a newer program migrates, an older one refuses."""

BUSY_TIMEOUT_MS: Final = 30_000
"""How long a writer waits for another one; the same as DBOS's own connections."""

_GOES_ON: Final = "What was submitted before goes on and is charged once; try again."

_TURNS: Final[WeakKeyDictionary[sa.Engine, threading.Lock]] = WeakKeyDictionary()

metadata = sa.MetaData()

facts = sa.Table(
    "darkroom_facts",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),
)

jobs = sa.Table(
    "darkroom_jobs",
    metadata,
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("queue", sa.String, nullable=False),
    sa.Column("operation", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("prompt", sa.String, nullable=False),
    sa.Column("order_json", sa.String, nullable=False),
    sa.Column("sandbox", sa.Boolean, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("delivered_at", sa.Float),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Index("darkroom_jobs_by_time", "created_at", "job_id"),
    sa.Index("darkroom_jobs_by_digest", "digest", "created_at"),
    sa.Index("darkroom_jobs_by_status", "status", "created_at"),
)
"""One row a job. `order_json` is a `core.order.Order`; `note` what the worker adds for people."""

calls = sa.Table(
    "darkroom_calls",
    metadata,
    sa.Column("call_id", sa.String, primary_key=True),
    sa.Column("job_id", sa.String, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("executor", sa.String, nullable=False, server_default=""),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("sent_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("next_send_at", sa.Float),
    sa.Column("sandbox", sa.Boolean, nullable=False),
    sa.Column("reserved_microusd", sa.BigInteger, nullable=False),
    sa.Column("charged_microusd", sa.BigInteger),
    sa.Column("basis", sa.String, nullable=False, server_default=""),
    sa.Column("failure_json", sa.String, nullable=False, server_default=""),
    sa.Column("note", sa.String, nullable=False, server_default=""),
    sa.Column("target", sa.String, nullable=False, server_default=""),
    sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("darkroom_calls_by_job", "job_id", "ordinal"),
    sa.Index("darkroom_calls_by_state", "state", "created_at"),
    sa.Index("darkroom_calls_by_time", "created_at"),
)
"""One row a paid call; amounts in millionths of a US dollar. `state` follows `core.job.TRANSITIONS`.

`target` is the file that the picture goes to, written down before it is made, so that a worker
which goes on after a crash finds the file of the one before and makes no second."""

_CALLS_BY_SPENDING: Final = sa.Index(
    "darkroom_calls_by_spending", sa.func.coalesce(calls.c.sent_at, calls.c.created_at)
)
"""When a call counts as spent: the budget looks at the last 24 hours before each job, whatever is stored."""

entries = sa.Table(
    "darkroom_journal",
    metadata,
    sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("call_id", sa.String, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("detail", sa.String, nullable=False),
    sa.Index("darkroom_journal_by_call", "call_id", "entry_id"),
)
"""The write-ahead journal: one row for every change of state, written before its effect."""

images = sa.Table(
    "darkroom_images",
    metadata,
    sa.Column("image_id", sa.String, primary_key=True),
    sa.Column("job_id", sa.String, nullable=False),
    sa.Column("call_id", sa.String, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("format", sa.String, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("prompt", sa.String, nullable=False),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("root_id", sa.String, nullable=False),
    sa.Column("derived_from", sa.String, nullable=False),
    sa.Column("original_image_id", sa.String, nullable=False),
    sa.Column("requested_size", sa.String, nullable=False),
    sa.Column("source_url", sa.String, nullable=False),
    sa.Column("source_url_expires_at", sa.Float),
    sa.Column("charged_microusd", sa.BigInteger),
    sa.Column("warnings_json", sa.String, nullable=False, server_default="[]"),
    sa.Index("darkroom_images_by_time", "created_at", "image_id"),
    sa.Index("darkroom_images_by_root", "root_id", "created_at"),
    sa.Index("darkroom_images_by_call", "call_id"),
    sa.Index("darkroom_images_by_job", "job_id"),
    sa.Index("darkroom_images_by_content", "sha256"),
)
"""One row a picture. `kind`: `picture` (what was ordered), `original` (kept beside a finished one), `input`."""

workers = sa.Table(
    "darkroom_workers",
    metadata,
    sa.Column("executor", sa.String, primary_key=True),
    sa.Column("queue", sa.String, nullable=False),
    sa.Column("home", sa.String, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("leaving", sa.Boolean, nullable=False),
)
"""One row a worker process, with the last time it was seen; `leaving` asks it to drain and end."""


def open_database(home: Path, url: str) -> sa.Engine:
    """Open the database at `url`, or the SQLite file in `home`; make or migrate its tables.

    Raises:
        DatabaseError: If it cannot be opened or belongs to a newer Darkroom. Nothing has been sent.
    """
    try:
        private_folder(home)
        engine = _engine(home, url)
        with FileLock(home / "database.lock", timeout=60, mode=0o600):
            _make_tables(engine)
    except (OSError, SQLAlchemyError, TimeoutError) as exc:
        place = "DARKROOM_DATABASE_URL" if url else str(home / "darkroom.sqlite")
        look = "Check that address and its server, and" if url else "Check"
        raise DatabaseError(
            f"The database {place} cannot be opened ({_reason(exc)}). Nothing new is sent meanwhile. "
            f"{look} the folder DARKROOM_HOME and its free space, or run `darkroom doctor`."
        ) from exc
    return engine


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Generator[sa.Connection]:
    """Open a transaction that holds the write lock from its start, so that what it reads stays true.

    Raises:
        DatabaseError: If the database cannot be written. What the block did is undone.
    """
    try:
        with _turn(engine), engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # The driver would begin at the first write only, and two readers would both go on.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7236921)")
            yield connection
    except SQLAlchemyError as exc:
        raise DatabaseError(f"The database could not be written ({_reason(exc)}). {_GOES_ON}") from exc


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Generator[sa.Connection]:
    """Open a connection to read.

    Raises:
        DatabaseError: If the database cannot be read.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as exc:
        raise DatabaseError(f"The database could not be read ({_reason(exc)}). {_GOES_ON}") from exc


def moment(connection: sa.Connection, clock: Callable[[], float] = time.time) -> float:
    """Return the time that all who share this database agree on, in seconds since 1970.

    On PostgreSQL it is the server's, for the clocks of several machines may differ by minutes. A SQLite file is
    one machine's, so `clock` will do.
    """
    if connection.dialect.name == "sqlite":
        return clock()
    return float(connection.execute(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))).scalar_one())


def fact(engine: sa.Engine, name: str) -> str:
    """Return a fact about this database that was made once with it, such as its `secret`."""
    with reading(engine) as connection:
        return str(connection.execute(sa.select(facts.c.value).where(facts.c.name == name)).scalar_one())


def _turn(engine: sa.Engine) -> AbstractContextManager[object]:
    """Let the writers of this process take turns: SQLite itself makes them wait in naps of up to 0.1 s."""
    if engine.dialect.name != "sqlite":
        return contextlib.nullcontext()
    return _TURNS.setdefault(engine, threading.Lock())


def _engine(home: Path, url: str) -> sa.Engine:
    if url:
        return sa.create_engine(_driver_url(url), pool_pre_ping=True, pool_size=10, max_overflow=10)
    file = home / "darkroom.sqlite"
    if not file.exists():
        file.touch(mode=0o600)
    engine = sa.create_engine(f"sqlite:///{file}", pool_size=10, max_overflow=20)

    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL, not NORMAL: a journal entry must survive a power cut, since a paid call stands behind it.
        connection.execute("PRAGMA synchronous=FULL")

    event.listen(engine, "connect", set_up)
    return engine


def _driver_url(url: str) -> str:
    """Name the PostgreSQL driver that is installed, where the URL names none."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return f"postgresql+psycopg://{url.removeprefix(scheme)}"
    return url


def _make_tables(engine: sa.Engine) -> None:
    if sa.inspect(engine).has_table(facts.name):
        found = int(fact(engine, "schema_version"))
        if found > SCHEMA_VERSION:
            raise DatabaseError(
                f"The database was made by a newer Darkroom (tables of version {found}, this one knows "
                f"{SCHEMA_VERSION}). Install the newer one, or set another DARKROOM_HOME."
            )
        if found < SCHEMA_VERSION:
            _migrate(engine)
        return
    # DBOS keeps its queue in the same database; its tables come first, so that ours tell that both are there.
    from dbos import DBOS

    DBOS.migrate(engine.url.render_as_string(hide_password=False))
    with writing(engine) as connection:
        metadata.create_all(connection)
        if connection.execute(sa.select(facts.c.value).where(facts.c.name == "secret")).first() is None:
            rows = [
                {"name": "schema_version", "value": str(SCHEMA_VERSION)},
                {"name": "secret", "value": secrets.token_hex(32)},
            ]
            connection.execute(facts.insert(), rows)


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables of version 1 to version 2, which looks up by another index what the budget counts."""
    with writing(engine) as connection:
        connection.execute(sa.schema.CreateIndex(_CALLS_BY_SPENDING, if_not_exists=True))
        version = facts.update().where(facts.c.name == "schema_version").values(value=str(SCHEMA_VERSION))
        connection.execute(version)


def _reason(exc: BaseException) -> str:
    """The driver's own words on one line, without SQL and parameters."""
    original = getattr(exc, "orig", None) or exc
    return " ".join(str(original).split())[:200] or type(exc).__name__
