"""A case with a report that brought a photograph, on both engines."""

import pytest

from tests.support.offices import (
    Office,
    clock,
    office,
    postgresql_template,
    sqlite_office,
    sqlite_template,
    stores,
)
from tests.unit.cases.desk import Desk
from tests.unit.evidence.register import Register

__all__ = ["clock", "office", "postgresql_template", "sqlite_office", "sqlite_template", "stores"]


@pytest.fixture
def register(office: Office) -> Register:
    """The register of a case, on each engine."""
    return Register(Desk(office))


@pytest.fixture
def sqlite_register(sqlite_office: Office) -> Register:
    """Likewise on one engine, where the database has no part in what is tried."""
    return Register(Desk(sqlite_office))
