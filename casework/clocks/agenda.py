"""What is due, and when: clocks as they are read. Nothing here writes.

Who may see a subject is not decided here: callers name subjects they loaded through their actor.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from casework.clocks.models import IS_OPEN, Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.states import OPEN, ClockAction, ClockKind, ClockState

# Ids, or a query that gives them: a hundred thousand ids would not fit into one statement.
Subjects = Collection[str] | sa.Select[str]

WEEK = timedelta(days=7)
# How many clocks a part of the week view shows; who has more overdue than that needs no longer list.
PART = 100
_IS_COUNTING = sa.or_(Clock.state == ClockState.RUNNING, Clock.paused_at >= Clock.due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What is overdue, what is due by tonight, and what in the seven days after; each the most urgent first."""

    overdue: list[Clock]
    today: list[Clock]
    next: list[Clock]


def is_overdue(clock: Clock, now: datetime) -> bool:
    """Say whether a clock that is not over has passed its deadline; one that waits can only have passed it before."""
    if ClockState(clock.state) not in OPEN:
        return False
    return (clock.paused_at or now) >= clock.due_at


def open_clock(db: Session, subject_id: str, kind: ClockKind) -> Clock | None:
    """Find the one clock of a kind that is not over."""
    mine = sa.select(Clock).where(Clock.subject_id == subject_id, Clock.kind == kind)
    return db.scalar(mine.where(IS_OPEN))


def clocks_of(db: Session, subjects: Collection[str]) -> dict[str, list[Clock]]:
    """Give all clocks of each subject, the most urgent first, in one query."""
    found: dict[str, list[Clock]] = {subject: [] for subject in subjects}
    mine = sa.select(Clock).where(Clock.subject_id.in_(subjects))
    for clock in db.scalars(mine.order_by(Clock.due_at, Clock.id)):
        found[clock.subject_id].append(clock)
    return found


def events_of(db: Session, clock_id: str) -> list[ClockEvent]:
    """Give what happened to a clock, in order."""
    mine = sa.select(ClockEvent).where(ClockEvent.clock_id == clock_id)
    return list(db.scalars(mine.order_by(ClockEvent.number)))


def last_pauses(db: Session, clock_ids: Collection[str]) -> dict[str, ClockEvent]:
    """Give the last pause of each clock that ever waited, in one query."""
    pauses = sa.select(ClockEvent).where(
        ClockEvent.clock_id.in_(clock_ids), ClockEvent.action == ClockAction.PAUSE
    )
    return {event.clock_id: event for event in db.scalars(pauses.order_by(ClockEvent.number))}


def due_between(
    db: Session,
    subjects: Subjects,
    after: datetime | None,
    until: datetime,
    *,
    at_most: int = PART,
) -> list[Clock]:
    """Give the running clocks due after one moment (or ever) and up to another, the most urgent first.

    One that waits is due at no moment; it is among them only if its deadline had passed before.
    """
    due = sa.select(Clock).where(IS_OPEN, _IS_COUNTING, Clock.due_at <= until)
    if after is not None:
        due = due.where(Clock.due_at > after)
    # What is due by then is little, found by its index; whose it is comes second. Asked in one breath, SQLite would go through
    # all subjects instead.
    found = aliased(Clock, due.cte("due").prefix_with("MATERIALIZED"))
    theirs = sa.select(found).where(_is_among(found.subject_id, subjects))
    return list(db.scalars(theirs.order_by(found.due_at, found.id).limit(at_most)))


def week_view(
    db: Session,
    subjects: Subjects,
    *,
    timekeeping: Timekeeping,
    now: datetime,
    at_most: int = PART,
) -> Week:
    """Give the week of somebody who may see these subjects, in three queries however many there are."""
    tonight = timekeeping.end_of(timekeeping.day_of(now))
    return Week(
        overdue=due_between(db, subjects, None, now, at_most=at_most),
        today=due_between(db, subjects, now, tonight, at_most=at_most),
        next=due_between(db, subjects, tonight, tonight + WEEK, at_most=at_most),
    )


def _is_among(subject_id: InstrumentedAttribute[str], subjects: Subjects) -> sa.ColumnElement[bool]:
    """Whether a subject is one of these; a query is asked for it alone, and does not list all it could give."""
    if not isinstance(subjects, sa.Select):
        return subject_id.in_(subjects)
    (given,) = subjects.selected_columns
    return subjects.where(given == subject_id).exists()
