"""The clocks that go with the work: what a report's triage and a case's life start, meet, pause and end. No verb commits.

They follow where the report or case stands after an act, in the act's own transaction. Whoever calls holds the dossier, as every
act on it does: so nobody else has its clocks, and their rows are never waited for. No decision is refused for being late: a late
clock stays open until somebody says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casework.cases.discipline import Alleged, alleged_in, last_day, most_urgent
from casework.cases.guard import OpenCase, report_ids
from casework.cases.models import Case
from casework.cases.states import CaseState
from casework.cases.work import allegations_of, read_allegation
from casework.clocks.agenda import clocks_of, is_overdue
from casework.clocks.entries import tell
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.service import (
    meet_clock,
    pause_clock,
    recount_clock,
    resume_clock,
    start_clock,
    stop_clock,
)
from casework.clocks.states import OPEN, ClockKind, ClockState, Reason, RuleName
from casework.dossiers.models import Dossier, Report
from casework.dossiers.states import ReportState
from portal.mailbox.models import PublicState

UNDECIDED = frozenset(
    {
        ReportState.NEW,
        ReportState.ACKNOWLEDGED,
        ReportState.TRIAGE,
        ReportState.INFO_REQUESTED,
    }
)
REVIEWED_FIRST = frozenset({CaseState.OPENED, CaseState.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The act that clocks follow: in which transaction, whose, when, and by what time is counted."""

    db: Session
    timekeeping: Timekeeping
    actor_id: str
    now: datetime

    def start(
        self,
        subject_id: str,
        kind: ClockKind,
        counted_from: datetime,
        rule: RuleName | None = None,
    ) -> ClockEvent:
        """Start a clock."""
        return start_clock(
            self.db,
            timekeeping=self.timekeeping,
            subject_id=subject_id,
            kind=kind,
            counted_from=counted_from,
            now=self.now,
            rule=rule,
            actor_id=self.actor_id,
        )

    def meet(self, clock: Clock | None) -> list[ClockEvent]:
        """Meet a clock; one that is late and was not explained stays open until it is."""
        if clock is None or (is_overdue(clock, self.now) and clock.late_reason is None):
            return []
        keeping, now, actor_id = self.timekeeping, self.now, self.actor_id
        return [meet_clock(self.db, clock.id, timekeeping=keeping, now=now, actor_id=actor_id)]


def follow_report(course: Course, report: Report) -> None:
    """Let a report's clocks go with its triage: a question pauses it, a decision meets it, taking it up again begins anew."""
    clocks = clocks_of(course.db, [report.id])[report.id]
    triage = _open(clocks, ClockKind.TRIAGE)
    if ReportState(report.state) not in UNDECIDED:
        events = course.meet(triage)
    elif triage is not None:
        events = _waiting(course, triage, ReportState(report.state))
    else:
        anew = course.start(report.id, ClockKind.TRIAGE, course.now)
        events = [anew, *_heard_anew(course, report.id, clocks)]
    tell(course.db, report.id, events, now=course.now)


def follow_case(course: Course, opened: OpenCase) -> None:
    """Let a case's clocks go with its life: its review, and the last lawful day of a penalty.

    Whoever reopens a case holds its reports too: the informants are to hear of the outcome again.
    """
    case = opened.dossier
    clocks = clocks_of(course.db, [case.id])[case.id]
    tell(
        course.db,
        case.id,
        [*_review(course, case, clocks), *_discipline(course, opened, clocks)],
        now=course.now,
    )
    if _is_taken_up_again(case, clocks):
        known = clocks_of(course.db, report_ids(course.db, case.id))
        for report_id, theirs in known.items():
            tell(course.db, report_id, _heard_anew(course, report_id, theirs), now=course.now)


def is_done(clock: Clock, dossier: Dossier, clocks: Sequence[Clock]) -> bool:
    """Say whether what a clock is for has been done, though perhaps too late; `clocks` are all of its subject's."""
    kind = ClockKind(clock.kind)
    if isinstance(dossier, Report):
        done = {
            ClockKind.ACKNOWLEDGE: any(one.kind == ClockKind.FEEDBACK for one in clocks),
            ClockKind.TRIAGE: ReportState(dossier.state) not in UNDECIDED,
            ClockKind.FEEDBACK: dossier.public_state == PublicState.CLOSED,
        }
        return done.get(kind, False)
    if isinstance(dossier, Case) and kind == ClockKind.PRELIMINARY_REVIEW:
        return CaseState(dossier.state) not in REVIEWED_FIRST
    return False


def _open(clocks: Sequence[Clock], kind: ClockKind) -> Clock | None:
    found = [one for one in clocks if one.kind == kind and ClockState(one.state) in OPEN]
    return found[0] if found else None


def _is_taken_up_again(case: Case, clocks: Sequence[Clock]) -> bool:
    mine = [one for one in clocks if one.kind == ClockKind.PRELIMINARY_REVIEW]
    over = bool(mine) and _open(mine, ClockKind.PRELIMINARY_REVIEW) is None
    return over and CaseState(case.state) in REVIEWED_FIRST


def _waiting(course: Course, clock: Clock, report: ReportState) -> list[ClockEvent]:
    """Wait for the informant from the question on, until somebody goes on with triage."""
    state = ClockState(clock.state)
    keeping, now, actor_id = course.timekeeping, course.now, course.actor_id
    if report == ReportState.TRIAGE and state == ClockState.PAUSED:
        return [resume_clock(course.db, clock.id, timekeeping=keeping, now=now, actor_id=actor_id)]
    asked = report == ReportState.INFO_REQUESTED and state == ClockState.RUNNING
    if not asked or is_overdue(clock, now):
        return []
    return [
        pause_clock(
            course.db,
            clock.id,
            timekeeping=keeping,
            reason=Reason.AWAITING_INFORMANT,
            actor_id=actor_id,
            now=now,
        )
    ]


def _heard_anew(course: Course, report_id: str, clocks: Sequence[Clock]) -> list[ClockEvent]:
    """Begin the feedback anew where the informant was told of an outcome that stands no longer."""
    known = [one for one in clocks if one.kind == ClockKind.FEEDBACK]
    if not known or _open(known, ClockKind.FEEDBACK) is not None:
        return []
    return [course.start(report_id, ClockKind.FEEDBACK, course.now)]


def _review(course: Course, case: Case, clocks: Sequence[Clock]) -> list[ClockEvent]:
    clock = _open(clocks, ClockKind.PRELIMINARY_REVIEW)
    if CaseState(case.state) not in REVIEWED_FIRST:
        return course.meet(clock)
    if clock is not None:
        return []
    opened = course.timekeeping.beginning_of(case.opened_on)
    begun = course.now if _is_taken_up_again(case, clocks) else opened
    return [course.start(case.id, ClockKind.PRELIMINARY_REVIEW, begun)]


def _discipline(course: Course, opened: OpenCase, clocks: Sequence[Clock]) -> list[ClockEvent]:
    clock = _open(clocks, ClockKind.DISCIPLINE)
    if opened.dossier.state == CaseState.CLOSED:
        return [_stopped(course, clock)] if clock else []
    found = _alleged(course, opened)
    if found is None:
        return []
    if clock is not None:
        return _counted_earlier(course, clock, found)
    begun = course.timekeeping.beginning_of(found.since)
    return [course.start(opened.dossier.id, ClockKind.DISCIPLINE, begun, found.rule)]


def _alleged(course: Course, opened: OpenCase) -> Alleged | None:
    stated = (read_allegation(opened, one) for one in allegations_of(course.db, opened.dossier.id))
    return most_urgent(filter(None, map(alleged_in, stated)), course.timekeeping)


def _stopped(course: Course, clock: Clock) -> ClockEvent:
    keeping, now, actor_id = course.timekeeping, course.now, course.actor_id
    reason = Reason.CLOSED
    return stop_clock(
        course.db, clock.id, timekeeping=keeping, reason=reason, actor_id=actor_id, now=now
    )


def _counted_earlier(course: Course, clock: Clock, found: Alleged) -> list[ClockEvent]:
    """Count anew from what lapses earlier. Never later: an allegation that opens no more gives nobody time (F10)."""
    keeping = course.timekeeping
    by_audit = clock.rule == RuleName.DISCIPLINE_AUDIT
    before = Alleged(keeping.day_of(clock.started_at), by_audit)
    if last_day(found, keeping) >= last_day(before, keeping):
        return []
    return [
        recount_clock(
            course.db,
            clock.id,
            timekeeping=keeping,
            rule=found.rule,
            counted_from=keeping.beginning_of(found.since),
            reason=Reason.DATE_CORRECTED if before.rule == found.rule else Reason.AUDIT_GROUND,
            actor_id=course.actor_id,
            now=course.now,
            version=clock.version,
        )
    ]
