"""Who is to be reminded today: whoever has something overdue or due by tonight. No verb commits or reads the clock.

It needs nobody's key: grants say whose a clock is, and a clock says no more than when it is due.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.cases.models import Task
from casework.cases.states import TaskState
from casework.clocks.agenda import due_between
from casework.clocks.rules import Timekeeping
from casework.dossiers.service import is_mine, readable
from casework.reminders.models import Reminder
from casework.staff.models import Member
from casework.staff.states import READERS, AccountState


def to_remind(
    db: Session, usernames: Collection[str], *, timekeeping: Timekeeping, now: datetime
) -> Sequence[Member]:
    """Give those of these members who have something to do by tonight, and were not reminded today."""
    today = timekeeping.day_of(now)
    reminded = sa.exists().where(Reminder.member_id == Member.id, Reminder.day == today)
    wanted = sa.select(Member).where(
        Member.username.in_(usernames),
        Member.role.in_(READERS),
        Member.state == AccountState.ACTIVE,
        ~reminded,
    )
    found = db.scalars(wanted.order_by(Member.id)).all()
    return [one for one in found if _is_due(db, one.id, timekeeping=timekeeping, now=now)]


def claim(db: Session, member_id: str, today: date) -> bool:
    """Take it upon this process to remind a member today; False if another did. Rows of other days go."""
    db.execute(sa.delete(Reminder).where(Reminder.member_id == member_id, Reminder.day != today))
    try:
        with db.begin_nested():
            db.add(Reminder(member_id=member_id, day=today))
    except IntegrityError:
        return False
    return True


def give_back(db: Session, member_id: str, today: date) -> None:
    """Note that the mail did not go after all; a later turn tries again."""
    mine = Reminder.member_id == member_id, Reminder.day == today
    db.execute(sa.delete(Reminder).where(*mine))


def _is_due(db: Session, member_id: str, *, timekeeping: Timekeeping, now: datetime) -> bool:
    today = timekeeping.day_of(now)
    if due_between(db, readable(db, member_id), None, timekeeping.end_of(today), at_most=1):
        return True
    task = sa.select(Task.id).where(
        Task.owner_id == member_id,
        Task.state == TaskState.OPEN,
        Task.due_on <= today,
        is_mine(member_id, Task.case_id),
    )
    return db.scalar(task.limit(1)) is not None
