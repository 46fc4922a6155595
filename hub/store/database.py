"""Opening the database: the URL, SQLite's settings, and migrations when the schema is behind."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from hub.errors import Refusal
from hub.store.schema import metadata

HEAD = "0005"
"""The newest revision in `migrations/versions`."""
WAIT_FOR_LOCK = 30.0
"""Seconds to wait for another process's transaction."""


class Database:
    """A database that is known to have today's schema."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        with self._explained():
            _bring_up_to_date(self.engine)

    @property
    def folder(self) -> Path:
        """Where files that belong to the database live (locks)."""
        path = self.engine.url.database
        return Path(path).resolve().parent if path else Path()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that takes the write lock at once. On disk when the block ends; nothing if it raises."""
        with self._explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent reading."""
        with self._explained(), self.engine.connect() as connection:
            yield connection.execution_options(writes=False)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as problem:
            raise Refusal(
                f"the database holds something that this contradicts: {problem.orig}",
                place=self.engine.url.render_as_string(hide_password=True),
                hint="run the command again; if it stays so, two runs do the same, or the database was edited by hand",
            ) from None
        except (OperationalError, DatabaseError) as problem:
            raise Refusal(
                f"the database cannot be used: {problem.orig}",
                place=self.engine.url.render_as_string(hide_password=True),
                hint="check that the path exists, is writable and that the disk is not full; what was recorded is kept",
            ) from None


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite:///"):
        raise Refusal(f"unsupported database {url.partition(':')[0]!r}", place="database", hint="use sqlite:///PATH")
    engine = create_engine(url, connect_args={"timeout": WAIT_FOR_LOCK, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def settings(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin below decides, not the driver
        _use_wal(connection)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes", True) else "BEGIN"
        )

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, once for the file. Several processes that open a new database at the same moment
    all want to: SQLite then says "locked" at once, whatever its time-out, so the waiting is done here."""
    deadline = time.monotonic() + WAIT_FOR_LOCK
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _bring_up_to_date(engine: Engine) -> None:
    """Create or migrate the schema. Alembic takes a second to import, so it is only asked when we are behind."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if _revision(connection) == HEAD:  # another process was faster
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise Refusal(
                f"the database has schema {_revision(connection)!r}, which this hub does not know",
                place=engine.url.render_as_string(hide_password=True),
                hint="a newer hub made it: update this one",
            ) from None


def _revision(connection: Connection) -> str | None:
    known = connection.execute(text("select 1 from sqlite_master where name = 'alembic_version'")).first()
    if known is None:
        return None
    row = connection.execute(text("select version_num from alembic_version")).first()
    return row[0] if row else None


__all__ = ["Database", "metadata"]
