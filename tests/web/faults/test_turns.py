"""Writers of one process take turns, whatever becomes of each; and they wait for other processes, but not for ever."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.database import Database

WRITERS, TIMES = 8, 10


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Database]:
    """A database whose connections do not wait for one another at all: whoever meets another's lock fails."""
    database = Database(f"sqlite:///{tmp_path}/turns.db")
    sa.event.listen(
        database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA busy_timeout = 0"),
    )
    with database.transaction() as db:
        db.execute(sa.text("CREATE TABLE rows (id INTEGER PRIMARY KEY)"))
    yield database
    database.engine.dispose()


def insert(db: Session) -> None:
    db.execute(sa.text("INSERT INTO rows DEFAULT VALUES"))


def insert_and_fail(db: Session) -> None:
    insert(db)
    raise ZeroDivisionError


def count(database: Database) -> int:
    with database.reading() as db:
        return db.scalar(sa.text("SELECT count(*) FROM rows")) or 0


def test_writers_at_once_never_meet_each_other_s_lock(impatient: Database) -> None:
    """D15."""
    failed: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(TIMES):
                with impatient.transaction() as db:
                    insert(db)
                    time.sleep(0.002)
        except sa.exc.SQLAlchemyError as error:
            failed.append(error)

    everybody = [threading.Thread(target=write) for _ in range(WRITERS)]
    for one in everybody:
        one.start()
    for one in everybody:
        one.join()
    assert failed == []
    assert count(impatient) == WRITERS * TIMES


def test_a_reader_waits_for_no_writer(impatient: Database) -> None:
    """D15."""
    with impatient.writing() as writer:
        insert(writer)
        assert count(impatient) == 0
        writer.commit()
    assert count(impatient) == 1


def test_a_turn_ends_with_its_transaction_however_that_ends(
    impatient: Database, tmp_path: Path
) -> None:
    """D15. By an error, a roll-back, another process's lock, or a connection thrown away."""
    with pytest.raises(ZeroDivisionError), impatient.transaction() as db:
        insert_and_fail(db)
    with impatient.writing() as db:
        insert(db)
        db.rollback()
        insert(db)
    other = sqlite3.connect(tmp_path / "turns.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.OperationalError, match="locked"), impatient.transaction() as db:
        insert(db)
    other.close()
    with impatient.writing() as db:
        insert(db)
        db.invalidate()
    with impatient.transaction() as db:
        insert(db)
    assert count(impatient) == 1


def test_who_gets_no_turn_in_time_is_told_so_as_by_the_database(
    impatient: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D15."""
    monkeypatch.setattr("portal.database.BUSY_TIMEOUT_MS", 20)
    with impatient.writing() as slow:
        insert(slow)
        with pytest.raises(sa.exc.OperationalError, match="locked"), impatient.transaction() as db:
            insert(db)
        slow.commit()
    with impatient.transaction() as db:
        insert(db)
    assert count(impatient) == 2
