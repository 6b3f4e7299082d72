"""The office on both engines, a portal before it, and people at their browsers."""

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
from tests.web.office.colleague import Colleague
from tests.web.pages.informant import Informant

__all__ = ["clock", "office", "postgresql_template", "sqlite_office", "sqlite_template", "stores"]


@pytest.fixture
def informant(office: Office) -> Informant:
    """Somebody who reports."""
    return Informant(office.portal.app)


@pytest.fixture
def head(office: Office) -> Colleague:
    """The head of the service, signed in."""
    return Colleague(office, "head")
