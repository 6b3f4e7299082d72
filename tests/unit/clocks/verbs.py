"""The verbs of clocks as a test says them: with an actor, a reason that fits, and the version the clock has."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casework.clocks.models import Clock, ClockEvent
from casework.clocks.service import (
    explain_clock,
    extend_clock,
    meet_clock,
    pause_clock,
    recount_clock,
    resume_clock,
    stop_clock,
)
from casework.clocks.states import ClockAction, Reason, RuleName
from tests.unit.clocks.made import HEAD, OFFICE

Do = Callable[..., ClockEvent]


def pause(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    values: dict[str, Any] = {"reason": Reason.AWAITING_INFORMANT, "actor_id": HEAD} | more
    return pause_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | values)


def resume(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    return resume_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | more)


def extend(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    values: dict[str, Any] = {
        "amount": 3,
        "reason": Reason.COMPLEXITY,
        "actor_id": HEAD,
        "version": clock.version,
    }
    return extend_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | values | more)


def recount(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    values: dict[str, Any] = {
        "rule": RuleName(clock.rule),
        "counted_from": clock.started_at,
        "reason": Reason.CALENDAR_CHANGED,
        "actor_id": HEAD,
        "version": clock.version,
    }
    return recount_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | values | more)


def explain(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    values: dict[str, Any] = {
        "reason": Reason.WORKLOAD,
        "actor_id": HEAD,
        "version": clock.version,
    } | more
    return explain_clock(db, clock.id, now=now, **values)


def meet(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    return meet_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | more)


def stop(db: Session, clock: Clock, now: datetime, **more: Any) -> ClockEvent:
    values: dict[str, Any] = {"reason": Reason.CLOSED, "actor_id": HEAD} | more
    return stop_clock(db, clock.id, now=now, **{"timekeeping": OFFICE} | values)


VERBS: dict[ClockAction, Do] = {
    ClockAction.PAUSE: pause,
    ClockAction.RESUME: resume,
    ClockAction.EXTEND: extend,
    ClockAction.RECOUNT: recount,
    ClockAction.EXPLAIN: explain,
    ClockAction.MEET: meet,
    ClockAction.STOP: stop,
}
