"""Whatever happens to a clock, in whatever order: its events give it again, and it never gets shorter by waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from casework.clocks.agenda import clocks_of, events_of
from casework.clocks.errors import ClocksError
from casework.clocks.history import begin, replay, step
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.states import OPEN, PAUSES, RULES, ClockAction, ClockKind, Reason, RuleName
from casework.transitions import IllegalTransition
from portal.database import Database
from tests.unit.clocks.made import FIVE, HEAD, MONDAY, OFFICE, SUBJECT, at, started
from tests.unit.clocks.verbs import VERBS, pause, resume

ACTS = st.lists(
    st.tuples(
        st.sampled_from(list(VERBS)),
        st.integers(min_value=0, max_value=20 * 24),  # hours since the act before
        st.integers(min_value=1, max_value=10),
    ),
    max_size=12,
)
STARTS = st.sampled_from(
    [
        (ClockKind.TRIAGE, RuleName.TRIAGE),
        (ClockKind.TRIAGE, RuleName.TRIAGE_DANGER),
        (ClockKind.ACKNOWLEDGE, RuleName.ACKNOWLEDGE),
        (ClockKind.FEEDBACK, RuleName.FEEDBACK),
        (ClockKind.DISCIPLINE, RuleName.DISCIPLINE),
    ]
)


@dataclass
class Play:
    """A clock, and acts upon it as they are drawn."""

    db: Session
    clock: Clock
    now: datetime

    def act(self, action: ClockAction, hours: int, amount: int) -> None:
        """Do one act some hours later; what cannot be done then is left out."""
        self.now += timedelta(hours=hours)
        more: dict[ClockAction, dict[str, Any]] = {
            ClockAction.EXTEND: {"amount": amount},
            ClockAction.MEET: {"reason": Reason.WORKLOAD},
            ClockAction.RECOUNT: {"rule": self._some_rule(amount)},
            ClockAction.PAUSE: {
                "reason": max(PAUSES[ClockKind(self.clock.kind)], default=Reason.CLOSED)
            },
        }
        before = self.clock.version
        try:
            VERBS[action](self.db, self.clock, self.now, **more.get(action, {}))
        except (ClocksError, IllegalTransition):
            assert self.clock.version == before

    def _some_rule(self, number: int) -> RuleName:
        rules = sorted(RULES[ClockKind(self.clock.kind)])
        return rules[number % len(rules)]

    @property
    def events(self) -> list[ClockEvent]:
        """What happened so far."""
        return events_of(self.db, self.clock.id)


@contextmanager
def playing(database: Database, kind: ClockKind, rule: RuleName) -> Iterator[Play]:
    """Start a clock in a transaction that is undone."""
    with database.writing() as db:
        yield Play(db, started(db, kind, rule=rule), at(MONDAY))
        db.rollback()


often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(begun=STARTS, acts=ACTS)
@often
def test_the_events_of_a_clock_in_order_give_the_clock(
    database: Database, begun: tuple[ClockKind, RuleName], acts: list[tuple[ClockAction, int, int]]
) -> None:
    with playing(database, *begun) as play:
        for act in acts:
            play.act(*act)
        standing, clock, events = replay(play.events, OFFICE), play.clock, play.events
        assert (standing.state, standing.due_at) == (clock.state, clock.due_at)
        assert (standing.unit, standing.paused_at) == (clock.unit, clock.paused_at)
        assert [event.number for event in events] == list(range(1, clock.version + 1))
        assert events[-1].due_at == clock.due_at


@given(begun=STARTS, acts=ACTS)
@often
def test_nothing_but_counting_anew_brings_a_deadline_forward(
    database: Database, begun: tuple[ClockKind, RuleName], acts: list[tuple[ClockAction, int, int]]
) -> None:
    with playing(database, *begun) as play:
        for action, hours, amount in acts:
            before = play.clock.due_at
            play.act(action, hours, amount)
            if action != ClockAction.RECOUNT:
                assert play.clock.due_at >= before


@given(begun=STARTS, acts=ACTS)
@often
def test_what_is_met_is_in_time_or_explained_and_what_is_over_stays_as_it_was(
    database: Database, begun: tuple[ClockKind, RuleName], acts: list[tuple[ClockAction, int, int]]
) -> None:
    with playing(database, *begun) as play:
        over = None
        for act in acts:
            play.act(*act)
            clock = play.clock
            if over is not None:
                assert (clock.version, clock.due_at) == over
            if clock.state not in OPEN:
                over = (clock.version, clock.due_at)
            if clock.met_at is not None:
                assert (clock.met_at >= clock.due_at) == (clock.late_reason is not None)


def test_a_decree_moves_a_running_clock_only_when_it_is_counted_anew(db: Session) -> None:
    clock = started(db)
    due_at = clock.due_at
    decreed = replace(FIVE, days_off=FIVE.days_off | {date(2026, 11, 18)})
    changed = replace(OFFICE, calendar=decreed)
    pause(db, clock, at(date(2026, 11, 19)))
    resume(db, clock, at(date(2026, 11, 19), 12))
    assert clock.due_at == due_at
    recounted = VERBS[ClockAction.RECOUNT](
        db, clock, at(date(2026, 11, 19), 13), timekeeping=changed, reason=Reason.CALENDAR_CHANGED
    )
    assert recounted.due_at == due_at + timedelta(days=1)


def test_a_rule_set_that_is_gone_leaves_its_clocks_running(db: Session) -> None:
    clock = started(db)
    newer = replace(OFFICE.rule_sets[0], id="2027", effective_from=date(2027, 1, 1), rules={})
    changed = replace(OFFICE, rule_sets=(newer,))
    pause(db, clock, at(MONDAY), timekeeping=changed)
    resume(db, clock, at(MONDAY + timedelta(days=1)), timekeeping=changed)
    assert clock.rule_set == "2026"


def test_an_event_without_what_it_must_say_is_a_mistake_of_ours() -> None:
    def event(action: ClockAction) -> ClockEvent:
        return ClockEvent(clock_id="c" * 32, number=1, action=action, at=at(MONDAY), actor_id=HEAD)

    with pytest.raises(TypeError):
        begin(event(ClockAction.START), OFFICE)
    whole = event(ClockAction.START)
    whole.amount, whole.unit, whole.counted_from = 1, "hours", at(MONDAY)
    with pytest.raises(TypeError):
        step(begin(whole, OFFICE), event(ClockAction.EXTEND), OFFICE)


def test_a_subject_without_clocks_has_none(db: Session) -> None:
    assert clocks_of(db, [SUBJECT]) == {SUBJECT: []}
