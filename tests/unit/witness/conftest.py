"""A portal that files and signs, and the office that watches its log."""

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
from tests.unit.witness.logs import Logs

__all__ = ["clock", "office", "postgresql_template", "sqlite_office", "sqlite_template", "stores"]


@pytest.fixture
def logs(sqlite_office: Office) -> Logs:
    """A log of three reports that the office cosigned, on one engine."""
    made = Logs(sqlite_office)
    made.file(3)
    made.round()
    return made
