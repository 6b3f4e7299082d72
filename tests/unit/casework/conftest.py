"""The office on both engines, and a portal before it."""

from tests.support.offices import (
    clock,
    office,
    postgresql_template,
    sqlite_office,
    sqlite_template,
    stores,
)

__all__ = ["clock", "office", "postgresql_template", "sqlite_office", "sqlite_template", "stores"]
