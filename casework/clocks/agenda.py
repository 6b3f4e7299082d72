"""What is due, and when: clocks as they are read. Nothing here writes.

Who may see a subject is not decided here: callers name subjects they loaded through their actor.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.clocks.models import IS_OPEN, Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.states import OPEN, ClockAction, ClockKind, ClockState

# Ids, or a condition on the column that holds one, as `casework.dossiers.service.readable` makes it: asked of what is due, in its
# order, and of no more than a part shows.
Subjects = Collection[str] | Callable[[Any], sa.ColumnElement[bool]]

WEEK = timedelta(days=7)
# How many clocks a part of the week view shows; who has more overdue than that needs no longer list.
PART = 30
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
    theirs = subjects(Clock.subject_id) if callable(subjects) else Clock.subject_id.in_(subjects)
    due = sa.select(Clock).where(IS_OPEN, _IS_COUNTING, Clock.due_at <= until, theirs)
    if after is not None:
        due = due.where(Clock.due_at > after)
    return list(db.scalars(due.order_by(Clock.due_at, Clock.id).limit(at_most)))


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
