"""What the events of a clock make of it: one step, and all of them again from the first.

The service takes one step for each act and stores what came of it; counting anew takes all steps again from another start. So a
decree about days off, or a new rule set, moves no deadline by itself: somebody counts it anew, and the event says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from casework.clocks.rules import Rule, Timekeeping, due, extended, resumed
from casework.clocks.states import TRANSITIONS, ClockAction, ClockState, Unit
from casework.transitions import next_state

_BEGINNINGS = frozenset({ClockAction.START, ClockAction.RECOUNT})


class Event(Protocol):
    """What a step needs to know of an event; `casework.clocks.models.ClockEvent` is one."""

    action: str
    at: datetime
    amount: int | None
    unit: str | None
    counted_from: datetime | None
    moves: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a clock stands after an event: its state, its deadline, how that is counted, and since when it waits."""

    state: ClockState
    due_at: datetime
    unit: Unit
    moves: bool
    paused_at: datetime | None = None


def begin(event: Event, timekeeping: Timekeeping) -> Standing:
    """Give the standing of a clock that begins with this start or recount."""
    if event.amount is None or event.counted_from is None:
        raise TypeError("a clock begins with a rule and a moment")
    rule = Rule(
        amount=event.amount,
        unit=Unit(event.unit or ""),
        source="",
        moves_to_working_day=bool(event.moves),
    )
    return Standing(
        state=ClockState.RUNNING,
        due_at=due(rule, event.counted_from, timekeeping),
        unit=rule.unit,
        moves=rule.moves_to_working_day,
    )


def step(standing: Standing, event: Event, timekeeping: Timekeeping) -> Standing:
    """Give the standing after an event other than a beginning; raises IllegalTransition."""
    action = ClockAction(event.action)
    after = replace(standing, state=next_state(TRANSITIONS, standing.state, action))
    if action == ClockAction.PAUSE:
        return replace(after, paused_at=event.at)
    if action == ClockAction.EXTEND:
        return replace(after, due_at=_extended(standing, event, timekeeping))
    if action in {ClockAction.RESUME, ClockAction.MEET, ClockAction.STOP}:
        return replace(after, due_at=_run_on(standing, event.at, timekeeping), paused_at=None)
    return after


def replay(events: Sequence[Event], timekeeping: Timekeeping) -> Standing:
    """Give the standing after all events of a clock, in order, counted from its last beginning."""
    beginning = [event for event in events if event.action in _BEGINNINGS][-1]
    standing = begin(beginning, timekeeping)
    for event in events:
        if event.action not in _BEGINNINGS:
            standing = step(standing, event, timekeeping)
    return standing


def _extended(standing: Standing, event: Event, timekeeping: Timekeeping) -> datetime:
    if event.amount is None:
        raise TypeError("an extension without an amount")
    # In the unit it was given in: what was four hours more stays four hours, whatever the clock counts in by now.
    unit = Unit(event.unit or "")
    return extended(standing.due_at, event.amount, unit, timekeeping, moves=standing.moves)


def _run_on(standing: Standing, at: datetime, timekeeping: Timekeeping) -> datetime:
    """A clock that waits runs again, or is over: its deadline has moved by the pause."""
    if standing.paused_at is None:
        return standing.due_at
    return resumed(
        standing.due_at,
        standing.unit,
        timekeeping,
        paused_at=standing.paused_at,
        at=at,
        moves=standing.moves,
    )
