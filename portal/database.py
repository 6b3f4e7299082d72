"""Engines, sessions and migrations, the same for both databases and for SQLite and PostgreSQL.

A transaction that will write says so when it begins: SQLite then takes the write lock at once (BEGIN IMMEDIATE) and
waits for it up to five seconds, instead of failing when a reader turns writer half-way. In a request, whatever is not GET or HEAD
will write. PostgreSQL waits as long, for a lock and for the server itself, and not for ever: somebody waits for the answer.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask, g, request
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from alembic.config import Config

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 5000
# What libpq takes; a server that is gone without a word is given up as well.
_POSTGRESQL = {
    "connect_timeout": BUSY_TIMEOUT_MS // 1000,
    "tcp_user_timeout": BUSY_TIMEOUT_MS,
}
_PRAGMAS = (
    "journal_mode = WAL",
    # Durable means durable: an acknowledged report survives the power going out.
    "synchronous = FULL",
    # What is deleted is overwritten, not only unlinked (E18).
    "secure_delete = ON",
    "foreign_keys = ON",
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    # Sorting and temporary tables stay in memory: nothing of them reaches the temporary directory.
    "temp_store = MEMORY",
)
_BEGIN = "ishonch_begin"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; one without a time zone is refused, for it could mean anything."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive moments; store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite forgets the zone; it was UTC."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def create_engine(url: str) -> Engine:
    """Make an engine with the house's settings for its kind of database."""
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = sa.create_engine(
            address, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args=_POSTGRESQL
        )
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = sa.create_engine(
        address, pool_size=8, max_overflow=56, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    turns = _Turns()
    event.listen(engine, "begin", turns.begin)
    event.listen(engine, "checkin", turns.end)
    return engine


class Database:
    """One of the two databases, and its sessions."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        writer = self.engine.execution_options(**{_BEGIN: "IMMEDIATE"})
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(writer, expire_on_commit=False)

    def reading(self) -> Session:
        """Open a session that will not write."""
        return self._reading()

    def writing(self) -> Session:
        """Open a session that will write; whoever opens it commits it."""
        return self._writing()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing session, commit it at the end, roll it back after an error."""
        with self._writing.begin() as session:
            yield session

    def init_app(self, app: Flask) -> None:
        """Close this database's session at the end of each request, undoing what was not committed."""
        app.teardown_appcontext(self._close)

    def session_of_request(self) -> Session:
        """Give this request's session; it opens its transaction at the first statement."""
        sessions: dict[int, Session] = g.setdefault("database_sessions", {})
        if id(self) not in sessions:
            sessions[id(self)] = (
                self.reading() if request.method in {"GET", "HEAD"} else self.writing()
            )
        return sessions[id(self)]

    def _close(self, _error: BaseException | None) -> None:
        session = g.get("database_sessions", {}).pop(id(self), None)
        if session is not None:
            session.close()


def scrub(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, so that nothing deleted waits there (E18)."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()


def upgrade(engine: Engine, migrations: Path) -> None:
    """Bring a database to the newest revision of a folder of migrations."""
    from alembic import command  # noqa: PLC0415 - a third of a serving process's start, which never needs it

    with engine.connect() as connection:
        config = _config(migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def is_current(engine: Engine, migrations: Path) -> bool:
    """Say whether the database is at the newest revision."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - as in `upgrade`
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    head = ScriptDirectory.from_config(_config(migrations)).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def run_migrations(metadata: sa.MetaData) -> None:
    """Run what Alembic asks for: the whole of each `env.py`."""
    from alembic import context  # noqa: PLC0415 - as in `upgrade`

    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True
    )
    with _tables_rebuilt(connection), context.begin_transaction():
        context.run_migrations()


@contextmanager
def _tables_rebuilt(connection: Connection) -> Iterator[None]:
    """Let SQLite drop a table it has made anew without taking along every row that refers to it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Outside any transaction, where alone this setting is heard; so not through SQLAlchemy, which begins one.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise RuntimeError(f"a migration left {len(lost)} rows that refer to nothing")
        connection.commit()
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _config(migrations: Path) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as in `upgrade`

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own idea of when to begin would come too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    connection.commit()


class _Turns:
    """Lets the writers of this process take turns. SQLite's own waiters sleep and look again, and the unlucky ones starve."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction; a writer's lasts until its connection goes back to the pool."""
        kind = connection.get_execution_options().get(_BEGIN, "DEFERRED")
        if kind == "IMMEDIATE":
            if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
                busy = sqlite3.OperationalError("database is locked")
                raise OperationalError(f"BEGIN {kind}", None, busy)
            connection.info[_BEGIN] = True
        connection.exec_driver_sql(f"BEGIN {kind}")

    def end(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        """Let the next one write."""
        if record.info.pop(_BEGIN, False):
            self._turn.release()
