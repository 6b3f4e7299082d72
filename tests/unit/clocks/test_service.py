"""The verbs of clocks on both engines."""

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from casework.clocks.agenda import clocks_of, events_of, is_overdue, open_clock
from casework.clocks.errors import (
    AlreadyRuns,
    AmountRefused,
    DeadlinePassed,
    LatenessUnexplained,
    NotExtendable,
    NotLate,
    ReasonUnfit,
    RuleUnfit,
    StaleClock,
)
from casework.clocks.models import Clock
from casework.clocks.service import forget_clocks
from casework.clocks.states import ClockAction, ClockKind, ClockState, Reason, RuleName
from casework.transitions import IllegalTransition
from portal.errors import NotFound
from tests.unit.clocks.made import (
    COLLEAGUE,
    HEAD,
    MONDAY,
    OFFICE,
    SUBJECT,
    at,
    midnight_after,
    shown,
    started,
)
from tests.unit.clocks.verbs import (
    VERBS,
    Do,
    explain,
    extend,
    meet,
    pause,
    recount,
    resume,
    stop,
)

NEXT_MONDAY = date(2026, 11, 23)  # five working days after MONDAY
LATE = at(NEXT_MONDAY + timedelta(days=1), 9)


@pytest.mark.parametrize(
    ("kind", "rule", "due_on"),
    [
        (ClockKind.ACKNOWLEDGE, None, date(2026, 11, 23)),
        (ClockKind.TRIAGE, None, date(2026, 11, 23)),
        (ClockKind.PRELIMINARY_REVIEW, None, date(2026, 11, 30)),
        (ClockKind.FEEDBACK, None, date(2027, 2, 16)),
        (ClockKind.DISCIPLINE, None, date(2027, 5, 16)),
        (ClockKind.DISCIPLINE, RuleName.DISCIPLINE_AUDIT, date(2028, 11, 16)),
    ],
)
def test_each_kind_is_due_when_the_sample_profile_says(
    db: Session, kind: ClockKind, rule: RuleName | None, due_on: date
) -> None:
    clock = started(db, kind, rule=rule)
    assert clock.due_at == midnight_after(due_on)
    assert (clock.state, clock.version) == ("running", 1)


def test_danger_is_triaged_within_four_hours(db: Session) -> None:
    begun = at(date(2026, 11, 21), 23, 30)
    clock = started(db, begun=begun, rule=RuleName.TRIAGE_DANGER)
    assert clock.due_at == begun + timedelta(hours=4)


def test_a_start_says_what_it_counted_and_by_which_rule(db: Session) -> None:
    clock = started(db, actor_id=HEAD, now=at(MONDAY, 11))
    (event,) = events_of(db, clock.id)
    assert (event.number, event.action, event.actor_id) == (1, "start", HEAD)
    assert (event.rule_set, event.rule, event.amount) == ("2026", "triage", 5)
    assert (event.counted_from, event.at) == (at(MONDAY), at(MONDAY, 11))
    assert event.due_at == clock.due_at


def test_one_clock_of_a_kind_runs_for_a_subject_and_a_next_one_only_after_it(db: Session) -> None:
    clock = started(db)
    with pytest.raises(AlreadyRuns):
        started(db)
    pause(db, clock, at(MONDAY))
    with pytest.raises(AlreadyRuns):
        started(db)
    started(db, ClockKind.FEEDBACK)
    started(db, subject_id="6" * 32)
    meet(db, clock, at(MONDAY))
    assert open_clock(db, SUBJECT, ClockKind.TRIAGE) is None
    again = started(db)
    assert open_clock(db, SUBJECT, ClockKind.TRIAGE) is again
    assert len(clocks_of(db, [SUBJECT, "7" * 32])[SUBJECT]) == 3
    assert clocks_of(db, [SUBJECT, "7" * 32])["7" * 32] == []


def test_a_rule_of_another_kind_starts_nothing(db: Session) -> None:
    with pytest.raises(RuleUnfit):
        started(db, ClockKind.TRIAGE, rule=RuleName.FEEDBACK)
    with pytest.raises(RuleUnfit):
        recount(db, started(db), at(MONDAY), rule=RuleName.DISCIPLINE)


def test_in_time_is_before_the_end_of_the_last_day(db: Session) -> None:
    first, second = started(db), started(db, subject_id="6" * 32)
    last_moment = first.due_at - timedelta(microseconds=1)
    meet(db, first, last_moment)
    assert (first.state, first.met_at, first.late_reason) == ("met", last_moment, None)
    assert not is_overdue(second, last_moment)
    assert is_overdue(second, second.due_at)
    with pytest.raises(LatenessUnexplained):
        meet(db, second, second.due_at)
    assert second.state == "running"


def test_what_is_met_late_says_why(db: Session) -> None:
    clock = started(db)
    event = meet(db, clock, LATE, reason=Reason.ABSENCE, actor_id=COLLEAGUE)
    assert (clock.state, clock.late_reason) == ("met", "absence")
    assert (event.reason, event.actor_id) == ("absence", COLLEAGUE)


def test_what_was_explained_before_is_met_without_another_word(db: Session) -> None:
    clock = started(db)
    explain(db, clock, LATE)
    assert (clock.state, clock.late_reason) == ("running", "workload")
    event = meet(db, clock, LATE)
    assert (clock.state, clock.late_reason, event.reason) == ("met", "workload", None)


def test_what_is_met_in_time_carries_no_reason(db: Session) -> None:
    clock = started(db)
    event = meet(db, clock, at(MONDAY), reason=Reason.WORKLOAD)
    assert (clock.late_reason, event.reason) == (None, None)


def test_what_is_not_late_cannot_be_explained(db: Session) -> None:
    clock = started(db)
    with pytest.raises(NotLate):
        explain(db, clock, at(MONDAY))
    pause(db, clock, at(MONDAY))
    with pytest.raises(NotLate):
        explain(db, clock, LATE)


WAITS_FOR = {
    ClockKind.ACKNOWLEDGE: set(),
    ClockKind.TRIAGE: {Reason.AWAITING_INFORMANT},
    ClockKind.PRELIMINARY_REVIEW: {Reason.AWAITING_INFORMANT, Reason.CRIMINAL_PROCEEDINGS},
    ClockKind.FEEDBACK: {Reason.AWAITING_INFORMANT, Reason.CRIMINAL_PROCEEDINGS},
    ClockKind.DISCIPLINE: {Reason.CRIMINAL_PROCEEDINGS},
}


@pytest.mark.parametrize("kind", list(ClockKind))
@pytest.mark.parametrize("reason", list(Reason))
def test_each_kind_waits_only_for_what_it_may(db: Session, kind: ClockKind, reason: Reason) -> None:
    clock = started(db, kind)
    if reason in WAITS_FOR[kind]:
        assert pause(db, clock, at(MONDAY), reason=reason).action == "pause"
    else:
        with pytest.raises(ReasonUnfit):
            pause(db, clock, at(MONDAY), reason=reason)


@pytest.mark.parametrize("kind", [ClockKind.ACKNOWLEDGE, ClockKind.DISCIPLINE])
def test_nobody_gives_more_time_for_what_was_promised_or_is_the_laws(
    db: Session, kind: ClockKind
) -> None:
    clock = started(db, kind)
    with pytest.raises(NotExtendable):
        extend(db, clock, at(MONDAY))


def test_what_has_passed_is_neither_paused_nor_extended(db: Session) -> None:
    clock = started(db)
    for verb in (pause, extend):
        with pytest.raises(DeadlinePassed):
            verb(db, clock, clock.due_at)
    assert [event.action for event in events_of(db, clock.id)] == ["start"]
    extend(db, clock, clock.due_at - timedelta(microseconds=1))


def test_a_pause_moves_the_deadline_by_the_working_days_it_took(db: Session) -> None:
    clock = started(db)
    pause(db, clock, at(MONDAY + timedelta(days=1)))
    assert (clock.state, clock.paused_at) == ("paused", at(MONDAY + timedelta(days=1)))
    assert clock.due_at == midnight_after(NEXT_MONDAY)
    resume(db, clock, at(MONDAY + timedelta(days=3)))
    assert shown(clock, "state", "paused_at") == ("running", None)
    assert clock.due_at == midnight_after(NEXT_MONDAY + timedelta(days=2))


def test_what_waits_can_be_met_and_is_in_time(db: Session) -> None:
    clock = started(db)
    pause(db, clock, at(MONDAY))
    meet(db, clock, LATE + timedelta(days=30))
    assert (clock.state, clock.late_reason, clock.paused_at) == ("met", None, None)


def test_more_time_is_counted_in_the_clocks_own_unit(db: Session) -> None:
    triage = started(db)
    event = extend(db, triage, at(MONDAY), amount=5)
    assert triage.due_at == midnight_after(NEXT_MONDAY + timedelta(days=7))
    assert (event.amount, event.unit, event.reason) == (5, "working_days", "complexity")
    feedback = started(db, ClockKind.FEEDBACK)
    extend(db, feedback, at(MONDAY), amount=3)
    assert feedback.due_at == midnight_after(date(2027, 5, 16))


def test_pressed_twice_more_time_is_given_once(db: Session) -> None:
    """F6."""
    clock = started(db)
    seen = clock.version
    extend(db, clock, at(MONDAY), version=seen)
    due_at = clock.due_at
    for verb in (extend, recount, explain):
        with pytest.raises(StaleClock):
            verb(db, clock, at(MONDAY), version=seen)
    assert clock.due_at == due_at


@pytest.mark.parametrize("amount", [-1, 0, 367])
def test_an_extension_is_of_a_sensible_length(db: Session, amount: int) -> None:
    with pytest.raises(AmountRefused):
        extend(db, started(db), at(MONDAY), amount=amount)


def test_danger_found_later_is_counted_from_the_same_moment(db: Session) -> None:
    clock = started(db)
    event = recount(db, clock, at(MONDAY, 11), rule=RuleName.TRIAGE_DANGER, reason=Reason.DANGER)
    assert clock.due_at == at(MONDAY, 14)
    assert (clock.rule, clock.unit, event.rule) == ("triage_danger", "hours", "triage_danger")


def test_an_earlier_allegation_moves_the_last_lawful_day(db: Session) -> None:
    clock = started(db, ClockKind.DISCIPLINE, OFFICE.beginning_of(date(2026, 10, 31)))
    assert OFFICE.last_day(clock.due_at) == date(2027, 4, 30)
    earlier = OFFICE.beginning_of(date(2026, 6, 1))
    recount(db, clock, at(MONDAY), counted_from=earlier, reason=Reason.DATE_CORRECTED)
    assert (clock.started_at, OFFICE.last_day(clock.due_at)) == (earlier, date(2026, 12, 1))
    audit = RuleName.DISCIPLINE_AUDIT
    recount(db, clock, at(MONDAY), rule=audit, reason=Reason.AUDIT_GROUND)
    assert OFFICE.last_day(clock.due_at) == date(2028, 6, 1)


def test_counting_anew_keeps_pauses_and_extensions(db: Session) -> None:
    clock = started(db, ClockKind.FEEDBACK, OFFICE.beginning_of(date(2026, 10, 31)))
    pause(db, clock, at(MONDAY))
    resume(db, clock, at(MONDAY + timedelta(days=10)))
    extend(db, clock, at(MONDAY + timedelta(days=11)), amount=1)
    earlier = OFFICE.beginning_of(date(2026, 9, 1))
    recount(
        db,
        clock,
        at(MONDAY + timedelta(days=12)),
        counted_from=earlier,
        reason=Reason.DATE_CORRECTED,
    )
    assert OFFICE.last_day(clock.due_at) == date(2027, 1, 11)  # 1 December, ten days, a month


def test_a_pause_after_what_turns_out_to_be_the_last_day_saves_nothing(db: Session) -> None:
    clock = started(db, ClockKind.DISCIPLINE, OFFICE.beginning_of(date(2026, 10, 31)))
    pause(db, clock, at(MONDAY), reason=Reason.CRIMINAL_PROCEEDINGS)
    long_ago = OFFICE.beginning_of(date(2026, 3, 1))
    recount(db, clock, at(MONDAY), counted_from=long_ago, reason=Reason.DATE_CORRECTED)
    assert clock.state == "paused"
    assert is_overdue(clock, at(MONDAY))
    explain(db, clock, at(MONDAY), reason=Reason.LEARNED_TOO_LATE)
    resume(db, clock, at(MONDAY + timedelta(days=9)))
    assert OFFICE.last_day(clock.due_at) == date(2026, 9, 1)


def test_an_explanation_falls_away_with_the_lateness(db: Session) -> None:
    clock = started(db, ClockKind.DISCIPLINE, OFFICE.beginning_of(date(2026, 3, 1)))
    explain(db, clock, at(MONDAY), reason=Reason.LEARNED_TOO_LATE)
    recount(db, clock, at(MONDAY))
    # Counted anew, and as late as before.
    assert shown(clock, "late_reason") == ("learned_too_late",)
    audit = RuleName.DISCIPLINE_AUDIT
    recount(db, clock, at(MONDAY), rule=audit, reason=Reason.AUDIT_GROUND)
    assert shown(clock, "late_reason") == (None,)
    meet(db, clock, at(MONDAY))


def test_a_clock_whose_deed_is_not_to_be_done_is_stopped(db: Session) -> None:
    clock = started(db)
    event = stop(db, clock, LATE, reason=Reason.MERGED)
    assert (clock.state, event.reason) == ("stopped", "merged")
    assert not is_overdue(clock, LATE)


@pytest.mark.parametrize("action", [a for a in VERBS if a != ClockAction.RESUME])
def test_a_reason_that_does_not_go_with_the_act_is_refused(
    db: Session, action: ClockAction
) -> None:
    unfit = Reason.CLOSED if action != ClockAction.STOP else Reason.WORKLOAD
    clock = started(db)
    with pytest.raises(ReasonUnfit):
        VERBS[action](db, clock, at(MONDAY), reason=unfit)


@pytest.mark.parametrize("action", list(VERBS))
@pytest.mark.parametrize("state", list(ClockState))
def test_each_verb_does_in_each_state_what_the_table_says(
    db: Session, state: ClockState, action: ClockAction
) -> None:
    clock = started(db)
    reach: dict[ClockState, Do | None] = {
        ClockState.RUNNING: None,
        ClockState.PAUSED: pause,
        ClockState.MET: meet,
        ClockState.STOPPED: stop,
    }
    if verb := reach[state]:
        verb(db, clock, at(MONDAY))
    before = clock.version
    possible = {
        ClockState.RUNNING: set(VERBS) - {ClockAction.RESUME},
        ClockState.PAUSED: set(VERBS) - {ClockAction.PAUSE},
    }.get(state, set())
    if action not in possible:
        with pytest.raises(IllegalTransition):
            VERBS[action](db, clock, at(MONDAY, 11))
    elif action == ClockAction.EXPLAIN:
        with pytest.raises(NotLate):
            VERBS[action](db, clock, at(MONDAY, 11))
    else:
        event = VERBS[action](db, clock, at(MONDAY, 11))
        assert (event.action, event.number, clock.version) == (action, before + 1, before + 1)
        assert event.due_at == clock.due_at
        return
    assert (clock.state, clock.version) == (state, before)


def test_a_clock_nobody_has_is_not_found(db: Session) -> None:
    nobody = Clock(
        subject_id=SUBJECT,
        kind="triage",
        rule_set="2026",
        rule="triage",
        unit="working_days",
        moves=False,
        started_at=at(MONDAY),
        due_at=LATE,
    )
    for verb in VERBS.values():
        with pytest.raises(NotFound):
            verb(db, nobody, at(MONDAY))


def test_a_destroyed_subject_leaves_no_clock_and_no_event(db: Session) -> None:
    clock, other = started(db), started(db, subject_id="6" * 32)
    pause(db, clock, at(MONDAY))
    forget_clocks(db, SUBJECT)
    db.flush()
    assert events_of(db, clock.id) == []
    assert clocks_of(db, [SUBJECT])[SUBJECT] == []
    assert len(events_of(db, other.id)) == 1


def test_a_moment_without_a_zone_is_refused(db: Session) -> None:
    with pytest.raises(StatementError, match="a moment without a time zone"):
        started(db, now=at(MONDAY).replace(tzinfo=None))
