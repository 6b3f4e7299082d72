"""The office at work, on both engines."""

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

__all__ = ["clock", "office", "postgresql_template", "sqlite_office", "sqlite_template", "stores"]


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people, on each engine."""
    return Desk(office)
