"""Real faults: a table that is not there or takes nothing, a lock somebody holds, a body that takes its time."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from portal.mailbox.models import Mailbox
from tests.support.portals import Portal

PIECE = 500_000
REFUSE = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE INSERT ON envelopes BEGIN SELECT RAISE(ABORT, 'refused'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE disk_full; END'",
        "CREATE TRIGGER refuse BEFORE INSERT ON envelopes FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
}
TAKE_AGAIN = {
    "sqlite": ("DROP TRIGGER refuse",),
    "postgresql": ("DROP TRIGGER refuse ON envelopes", "DROP FUNCTION refuse"),
}


@contextmanager
def hidden(portal: Portal, table: str) -> Iterator[None]:
    """Take a table away for a while: whatever needs it fails, half-way through a transaction or at its beginning."""
    _run(portal, f"ALTER TABLE {table} RENAME TO hidden")
    try:
        yield
    finally:
        _run(portal, f"ALTER TABLE hidden RENAME TO {table}")


@contextmanager
def unwritable(portal: Portal) -> Iterator[None]:
    """Let the database refuse letters for a while, and still be read."""
    engine = portal.here.database.engine.dialect.name
    _run(portal, *REFUSE[engine])
    try:
        yield
    finally:
        _run(portal, *TAKE_AGAIN[engine])


@contextmanager
def locked(portal: Portal) -> Iterator[None]:
    """Let somebody else write for longer than anybody waits, which is a tenth of a second meanwhile."""
    engine = portal.here.database.engine
    impatient = IMPATIENT[engine.dialect.name]
    sa.event.listen(engine, "connect", impatient)
    engine.dispose()
    with portal.here.database.writing() as db:
        db.execute(sa.update(Mailbox).values(burned=False))
        yield
    sa.event.remove(engine, "connect", impatient)
    engine.dispose()


def _impatient_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 100")


def _impatient_postgresql(connection: Any, _record: object) -> None:
    connection.execute("SET lock_timeout = '100ms'")
    connection.commit()


IMPATIENT = {"sqlite": _impatient_sqlite, "postgresql": _impatient_postgresql}


def _run(portal: Portal, *statements: str) -> None:
    with portal.here.database.transaction() as db:
        for statement in statements:
            db.execute(sa.text(statement))


class Slow(io.BytesIO):
    """A body that arrives in pieces; something else happens before each but the first."""

    def __init__(self, data: bytes, meanwhile: Callable[[], None]) -> None:
        super().__init__(data)
        self.calls = 0
        self._meanwhile = meanwhile

    def readinto(self, buffer: Any, /) -> int:
        if self.tell():
            self.calls += 1
            self._meanwhile()
        return super().readinto(memoryview(buffer)[:PIECE])


def lock_is_free(portal: Portal) -> None:
    """Write to every mailbox, as somebody else would: it fails if a request holds a lock."""
    with portal.here.database.transaction() as db:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        db.execute(sa.update(Mailbox).values(burned=False))
