"""Clocks on both engines, and a calendar of working days to count over."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.staff.models import Member
from portal.database import Database
from tests.support.offices import Stores, postgresql_template, sqlite_template, stores
from tests.unit.clocks.made import MEMBERS

__all__ = ["postgresql_template", "sqlite_template", "stores"]


@pytest.fixture
def database(stores: Stores) -> Iterator[Database]:
    """An office's database with two members, on each engine."""
    database = Database(stores.casework)
    with database.transaction() as db:
        db.execute(sa.insert(Member), MEMBERS)
    yield database
    database.engine.dispose()


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """A transaction of its own for each test; it is never committed."""
    with database.writing() as session:
        yield session
