"""The columns of a session row, the same on both sides.

The row is found by the hash of the cookie and holds everything else, times included, sealed under a key made from
the cookie: a stolen database opens nothing and tells the day at most.
"""

from datetime import date

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

HASH_BYTES = 32


class SessionColumns(MappedAsDataclass, kw_only=True, repr=False, eq=False):
    """What both sides' session tables have."""

    id_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    day: Mapped[date] = mapped_column(index=True)
