"""Who was reminded today: one row a day for each, so that two processes, or one started again, send one mail."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casework.records import CaseworkModel


class Reminder(CaseworkModel):
    """A member's mail of a day is sent, or being sent. Gone the day after: how often somebody was late is nobody's business."""

    __tablename__ = "reminders"

    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
