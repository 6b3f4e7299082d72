"""A clock's row and its next event: loaded and held, moved by one step, written together."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.clocks.errors import ReasonUnfit, StaleClock
from casework.clocks.history import Standing, step
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.states import REASONS, ClockAction, ClockState, Reason, Unit
from portal.errors import NotFound


def locked(db: Session, clock_id: str, version: int | None = None) -> Clock:
    """Load a clock as it is now, and hold its row until the transaction ends; raises NotFound, StaleClock."""
    mine = sa.select(Clock).where(Clock.id == clock_id).with_for_update()
    clock = db.scalar(mine.execution_options(populate_existing=True))
    if clock is None:
        raise NotFound
    if version is not None and version != clock.version:
        raise StaleClock
    return clock


def next_event(
    clock: Clock,
    action: ClockAction,
    *,
    at: datetime,
    actor_id: str | None,
    reason: Reason | None = None,
    **more: Any,
) -> ClockEvent:
    """Make the next event of a clock; raises ReasonUnfit."""
    if reason is not None and reason not in REASONS[action]:
        raise ReasonUnfit(f"{reason} is no reason to {action}")
    return ClockEvent(
        clock_id=clock.id,
        number=clock.version + 1,
        action=action,
        at=at,
        actor_id=actor_id,
        reason=reason,
        **more,
    )


def act(db: Session, clock: Clock, event: ClockEvent, timekeeping: Timekeeping) -> ClockEvent:
    """Let an event take its step on a clock, and write both; raises IllegalTransition."""
    keep(clock, step(standing_of(clock), event, timekeeping), event)
    return written(db, event)


def standing_of(clock: Clock) -> Standing:
    """Give where a clock stands, for the next step."""
    return Standing(
        state=ClockState(clock.state),
        due_at=clock.due_at,
        unit=Unit(clock.unit),
        moves=clock.moves,
        paused_at=clock.paused_at,
    )


def keep(clock: Clock, standing: Standing, event: ClockEvent) -> None:
    """Change a clock's state and deadline: the one place that does."""
    clock.state = standing.state
    clock.due_at = event.due_at = standing.due_at
    clock.paused_at = standing.paused_at
    clock.version = event.number


def written(db: Session, event: ClockEvent) -> ClockEvent:
    """Write an event and its clock; give the event."""
    db.add(event)
    db.flush()
    return event
