"""The base of the casework database's tables, and what their columns have in common."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import MetaData, event
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from portal.database import NAMING_CONVENTION
from portal.mailbox.models import ID_LENGTH, has_bytes, is_id, new_id, one_of

__all__ = ["ID_LENGTH", "CaseworkModel", "guard", "has_bytes", "is_id", "new_id", "one_of"]


class CaseworkModel(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """The base of the casework database's tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def guard(table: str, *, sqlite: Iterable[str], postgresql: Iterable[str]) -> None:
    """Attach triggers to a table: what a database made from these models does by itself, as the migrations do."""
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        for statement in statements:
            made = sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(CaseworkModel.metadata.tables[table], "after_create", made)
