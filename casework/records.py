"""The base of the casework database's tables, and what their columns have in common."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from portal.database import NAMING_CONVENTION
from portal.mailbox.models import ID_LENGTH, has_bytes, is_id, new_id, one_of

__all__ = ["ID_LENGTH", "CaseworkModel", "has_bytes", "is_id", "new_id", "one_of"]


class CaseworkModel(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """The base of the casework database's tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
