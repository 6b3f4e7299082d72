"""The filing log of an instance in a folder: what the portal's and the office's jobs do to it each minute, at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from casework.witness.rounds import make_round
from portal.clock import local_date, now
from portal.database import Database
from portal.log_keys import filing_key, read_public, witness_key
from portal.mailbox import filing_log
from portal.organisation import load_organisation
from portal.settings import load_office, load_portal


def witnessed(folder: Path) -> None:
    """Let the portal sign its log as it stands, and the office cosign it."""
    office, key = load_office(folder), filing_key(load_portal(folder)).read()
    today = local_date(now(), load_organisation(office.profile).timezone)
    casework, mailbox = Database(office.casework_url), Database(office.mailbox_url)
    with mailbox.transaction() as db:
        filing_log.keep_checkpoint(db, key)
    log, witness = read_public(office)[0], witness_key(office).read()
    make_round(casework, mailbox, log=log, key=witness, today=today, now=now())
    for database in (casework, mailbox):
        database.engine.dispose()


@contextmanager
def changed_for_a_moment(database: Path, change: str, back: str) -> Iterator[None]:
    """Do something to a SQLite file as its owner could, and undo it."""
    _do(database, change)
    try:
        yield
    finally:
        _do(database, back)


def _do(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=30)) as db, db:
        db.execute(statement)
