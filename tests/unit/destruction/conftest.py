"""The office at work, on both engines."""

from tests.unit.cases.conftest import (
    clock,
    desk,
    office,
    postgresql_template,
    sqlite_office,
    sqlite_template,
    stores,
)

__all__ = [
    "clock",
    "desk",
    "office",
    "postgresql_template",
    "sqlite_office",
    "sqlite_template",
    "stores",
]
