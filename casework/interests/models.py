"""The standing register of conflicts of interest. A declaration is never deleted: it ends."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.interests.states import Tie
from casework.records import ID_LENGTH, CaseworkModel, is_id, new_id, one_of

UNIT_LENGTH = 64
_IN_FORCE = sa.text("ended_on IS NULL")


class Interest(CaseworkModel):
    """Something ties a member to a unit of the organisation's profile.

    Who and which unit stand in clear, for they are what warns; with whom, and all other words, are sealed.
    """

    __tablename__ = "interests"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(unit) >= 1", name="unit"),
        one_of("tie", Tie, "tie"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint("until > declared_on", name="until"),
        CheckConstraint("(ended_on IS NULL) = (ended_by IS NULL)", name="ended_by"),
        CheckConstraint("ended_on >= declared_on", name="ended_on"),
        # The same twice would have to be ended twice.
        Index(
            "uq_interests_in_force",
            "member_id",
            "unit",
            "tie",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    unit: Mapped[str] = mapped_column(String(UNIT_LENGTH))
    tie: Mapped[str] = mapped_column(String(24))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    declared_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    declared_on: Mapped[date]
    # By this day it is said again that it still holds. It warns as long as nobody ended it, said again or not.
    until: Mapped[date]
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default_factory=new_id)
    ended_on: Mapped[date | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
