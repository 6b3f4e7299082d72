"""The ledger of an instance in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.database import Database
from portal.settings import load_office
from tests.unit.ledger.ledgers import LedgerAt


@contextmanager
def acts(folder: Path) -> Iterator[LedgerAt]:
    """Record things in it, or do to it what its database's owner could."""
    database = Database(load_office(folder).casework_url)
    yield LedgerAt(database)
    database.engine.dispose()
