"""A migrated casework database with a ledger of some acts and a signed checkpoint, on each engine."""

from collections.abc import Iterator

import pytest

from portal.database import Database
from tests.support.offices import Stores, postgresql_template, sqlite_template, stores
from tests.unit.ledger.ledgers import LedgerAt, filled

__all__ = ["postgresql_template", "sqlite_template", "stores"]


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    made = Database(stores.casework)
    yield made
    made.engine.dispose()


@pytest.fixture
def ledger(database: Database) -> LedgerAt:
    return filled(database)
