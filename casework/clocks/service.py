"""The verbs of clocks. None commits, reads the clock, or knows a web framework.

Each gives the event it wrote: whoever calls it enters that in the ledger, in the same transaction. Who may see a subject is not
decided here: callers name subjects they loaded through their actor. What is due is read in `agenda.py`.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.clocks.agenda import events_of, is_overdue, open_clock
from casework.clocks.errors import (
    AlreadyRuns,
    AmountRefused,
    DeadlinePassed,
    LatenessUnexplained,
    NotExtendable,
    NotLate,
    ReasonUnfit,
    RuleUnfit,
)
from casework.clocks.history import begin, replay, step
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rows import act, keep, locked, next_event, standing_of, written
from casework.clocks.rules import MAX_AMOUNT, Timekeeping
from casework.clocks.states import (
    EXTENDABLE,
    PAUSES,
    RULES,
    TRANSITIONS,
    ClockAction,
    ClockKind,
    ClockState,
    Reason,
    RuleName,
)
from casework.records import new_id
from casework.transitions import next_state


def start_clock(
    db: Session,
    *,
    timekeeping: Timekeeping,
    subject_id: str,
    kind: ClockKind,
    counted_from: datetime,
    now: datetime,
    rule: RuleName | None = None,
    actor_id: str | None = None,
) -> ClockEvent:
    """Start a clock, by the rule set in force on the day it is counted from.

    Without a `rule` it is the one named like the kind. Where only a day is known, count from `timekeeping.beginning_of(day)`.
    A clock may be overdue from its start. Raises AlreadyRuns, RuleUnfit.
    """
    basis = _basis(timekeeping, kind, rule or RuleName(kind), counted_from)
    event = ClockEvent(
        clock_id=new_id(),
        number=1,
        action=ClockAction.START,
        at=now,
        actor_id=actor_id,
        **basis,
    )
    standing = begin(event, timekeeping)
    clock = Clock(
        id=event.clock_id,
        subject_id=subject_id,
        kind=kind,
        rule_set=basis["rule_set"],
        rule=basis["rule"],
        unit=standing.unit,
        moves=standing.moves,
        started_at=counted_from,
        due_at=standing.due_at,
    )
    _add_open(db, clock)
    event.due_at = standing.due_at
    return written(db, event)


def pause_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    reason: Reason,
    actor_id: str,
    now: datetime,
) -> ClockEvent:
    """Let a clock wait. Raises NotFound, IllegalTransition, DeadlinePassed, ReasonUnfit."""
    clock = locked(db, clock_id)
    if reason not in PAUSES[ClockKind(clock.kind)]:
        raise ReasonUnfit(f"{clock.kind} does not wait for {reason}")
    _refuse_passed(clock, ClockAction.PAUSE, now)
    event = next_event(clock, ClockAction.PAUSE, at=now, actor_id=actor_id, reason=reason)
    return act(db, clock, event, timekeeping)


def resume_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    now: datetime,
    actor_id: str | None = None,
) -> ClockEvent:
    """Let a clock run again; its deadline moves as `casework.clocks.rules.resumed` says. Raises NotFound, IllegalTransition."""
    clock = locked(db, clock_id)
    return act(
        db, clock, next_event(clock, ClockAction.RESUME, at=now, actor_id=actor_id), timekeeping
    )


def extend_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    amount: int,
    reason: Reason,
    actor_id: str,
    now: datetime,
    version: int,
) -> ClockEvent:
    """Give more time, in the unit the clock counts in.

    `version` is the clock's as the page showed it: pressed twice, more time is given once.

    Raises NotFound, IllegalTransition, DeadlinePassed, ReasonUnfit, AmountRefused, NotExtendable, StaleClock.
    """
    if not 1 <= amount <= MAX_AMOUNT:
        raise AmountRefused
    clock = locked(db, clock_id, version)
    if clock.kind not in EXTENDABLE:
        raise NotExtendable
    _refuse_passed(clock, ClockAction.EXTEND, now)
    more = {"amount": amount, "unit": clock.unit}
    event = next_event(clock, ClockAction.EXTEND, at=now, actor_id=actor_id, reason=reason, **more)
    return act(db, clock, event, timekeeping)


def recount_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    rule: RuleName,
    counted_from: datetime,
    reason: Reason,
    actor_id: str,
    now: datetime,
    version: int,
) -> ClockEvent:
    """Count a clock anew: from another moment, by another rule of its kind, or over a calendar that changed.

    For the report that turns out to be about danger, the earlier date that is alleged, the audit that found it. Pauses and
    extensions stay, and take what they take under the new count. An explanation of lateness falls away with the lateness.
    Raises NotFound, IllegalTransition, ReasonUnfit, RuleUnfit, StaleClock.
    """
    clock = locked(db, clock_id, version)
    basis = _basis(timekeeping, ClockKind(clock.kind), rule, counted_from)
    event = next_event(
        clock, ClockAction.RECOUNT, at=now, actor_id=actor_id, reason=reason, **basis
    )
    next_state(TRANSITIONS, ClockState(clock.state), ClockAction.RECOUNT)
    standing = replay([*events_of(db, clock.id), event], timekeeping)
    clock.rule_set, clock.rule = basis["rule_set"], basis["rule"]
    clock.started_at, clock.unit, clock.moves = counted_from, standing.unit, standing.moves
    keep(clock, standing, event)
    if not is_overdue(clock, now):
        clock.late_reason = None
    return written(db, event)


def explain_clock(
    db: Session, clock_id: str, *, reason: Reason, actor_id: str, now: datetime, version: int
) -> ClockEvent:
    """Say why something is late while it is still to be done.

    Raises NotFound, IllegalTransition, NotLate, ReasonUnfit, StaleClock.
    """
    clock = locked(db, clock_id, version)
    event = next_event(clock, ClockAction.EXPLAIN, at=now, actor_id=actor_id, reason=reason)
    next_state(TRANSITIONS, ClockState(clock.state), ClockAction.EXPLAIN)
    if not is_overdue(clock, now):
        raise NotLate
    clock.late_reason = reason
    event.due_at, clock.version = clock.due_at, event.number
    return written(db, event)


def meet_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    now: datetime,
    reason: Reason | None = None,
    actor_id: str | None = None,
) -> ClockEvent:
    """Note that what was due is done. Late, it needs a reason, given now or before; in time, a reason is left out.

    Raises NotFound, IllegalTransition, LatenessUnexplained, ReasonUnfit.
    """
    clock = locked(db, clock_id)
    event = next_event(clock, ClockAction.MEET, at=now, actor_id=actor_id, reason=reason)
    standing = step(standing_of(clock), event, timekeeping)
    if now < standing.due_at:
        event.reason = None
    elif not (event.reason or clock.late_reason):
        raise LatenessUnexplained
    clock.met_at = now
    clock.late_reason = (event.reason or clock.late_reason) if now >= standing.due_at else None
    keep(clock, standing, event)
    return written(db, event)


def stop_clock(
    db: Session,
    clock_id: str,
    *,
    timekeeping: Timekeeping,
    reason: Reason,
    actor_id: str,
    now: datetime,
) -> ClockEvent:
    """End a clock whose deed is not to be done any more. Raises NotFound, IllegalTransition, ReasonUnfit."""
    clock = locked(db, clock_id)
    event = next_event(clock, ClockAction.STOP, at=now, actor_id=actor_id, reason=reason)
    return act(db, clock, event, timekeeping)


def forget_clocks(db: Session, subject_id: str) -> None:
    """Delete the clocks of a subject that is destroyed, and all that happened to them."""
    db.execute(sa.delete(Clock).where(Clock.subject_id == subject_id))


def _basis(
    timekeeping: Timekeeping, kind: ClockKind, name: RuleName, counted_from: datetime
) -> dict[str, Any]:
    """Give what an event that begins a count says of the rule, as it is now; raises RuleUnfit."""
    if name not in RULES[kind]:
        raise RuleUnfit(f"{name} does not measure {kind}")
    rules = timekeeping.in_force(timekeeping.day_of(counted_from))
    rule = rules.rule(name)
    return {
        "rule_set": rules.id,
        "rule": name,
        "amount": rule.amount,
        "unit": rule.unit,
        "counted_from": counted_from,
        "moves": rule.moves_to_working_day,
    }


def _add_open(db: Session, clock: Clock) -> None:
    try:
        with db.begin_nested():
            db.add(clock)
    except IntegrityError as error:
        if open_clock(db, clock.subject_id, ClockKind(clock.kind)) is None:
            raise
        raise AlreadyRuns from error


def _refuse_passed(clock: Clock, action: ClockAction, now: datetime) -> None:
    """Refuse what would move a deadline that has passed, if it could be done at all; raises IllegalTransition, DeadlinePassed."""
    next_state(TRANSITIONS, ClockState(clock.state), action)
    if is_overdue(clock, now):
        raise DeadlinePassed
