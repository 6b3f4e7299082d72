"""A report's way through triage, verb by verb. None commits or reads the clock.

Every verb is told the version its page showed: whoever acted on an old page is refused, and shown what changed (F6).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from casework.dossiers.models import Report
from casework.dossiers.notes import write_note
from casework.dossiers.service import OpenReport, hold
from casework.dossiers.states import (
    REPORT_TRANSITIONS,
    NoteKind,
    ReportAction,
    ReportState,
    Route,
    SetAside,
)
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.transitions import IllegalTransition, next_state


class MergedElsewhere(IllegalTransition):
    """A report is merged into the first of its kind: chains would hide where it went."""


def begin_triage(
    db: Session, opened: OpenReport, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a report up; who does it is remembered, for they will not approve the end of what it becomes."""
    report = _held(db, opened, seen)
    report.triaged_by = actor.id
    _move(db, report, ReportAction.BEGIN_TRIAGE, actor=actor, now=now)


def ask_informant(
    db: Session, opened: OpenReport, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Wait for an answer of the informant; the question itself is a letter."""
    _move(db, _held(db, opened, seen), ReportAction.ASK, actor=actor, now=now)


def hear_informant(
    db: Session, opened: OpenReport, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Go on with triage: the answer came, or nobody waits for it any longer."""
    _move(db, _held(db, opened, seen), ReportAction.HEAR, actor=actor, now=now)


def accept_report(
    db: Session, opened: OpenReport, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Find that a report is ours to follow up."""
    report = _held(db, opened, seen)
    report.triaged_by = actor.id
    _move(db, report, ReportAction.ACCEPT, actor=actor, now=now)


def set_aside(
    db: Session,
    opened: OpenReport,
    reason: SetAside,
    words: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Follow a report up no further, for a reason of the list and in words of one's own."""
    report = _held(db, opened, seen)
    change = {"reason": reason.value}
    _move(db, report, ReportAction.SET_ASIDE, actor=actor, now=now, change=change, detail=words)
    _give_reason(db, opened, {"why": reason, "words": words}, actor=actor, now=now)


def reroute(
    db: Session,
    opened: OpenReport,
    route: Route,
    handed_over: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a report to those whose business it is, and write down what was handed over."""
    report = _held(db, opened, seen)
    change = {"route": route.value}
    _move(db, report, ReportAction.REROUTE, actor=actor, now=now, change=change, detail=handed_over)
    content = {"route": route, "handed_over": handed_over}
    _give_reason(db, opened, content, actor=actor, now=now)


def merge_report(
    db: Session,
    opened: OpenReport,
    into: OpenReport,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Note that a report says what another said before; both must be open to whoever says so.

    Raises IllegalTransition for itself, and MergedElsewhere for one that is itself a duplicate.
    """
    hold(db, opened.dossier.id, into.dossier.id)
    db.refresh(into.dossier)
    report = _held(db, opened, seen)
    if into.dossier.id == report.id:
        raise IllegalTransition("a report does not repeat itself")
    if into.dossier.duplicate_of is not None:
        raise MergedElsewhere("that report was itself merged into another")
    report.duplicate_of = into.dossier.id
    change = {"into": into.dossier.id}
    _move(db, report, ReportAction.MERGE, actor=actor, now=now, change=change)


def reopen_report(
    db: Session, opened: OpenReport, words: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a report up again that was set aside, merged or given away, and say why."""
    report = _held(db, opened, seen)
    report.duplicate_of = None
    report.triaged_by = actor.id
    _move(db, report, ReportAction.REOPEN, actor=actor, now=now, detail=words)
    _give_reason(db, opened, {"words": words}, actor=actor, now=now)


def note_acknowledged(db: Session, report_id: str, *, now: datetime) -> None:
    """Note that the informant has heard from us, if nobody has taken the report up before."""
    hold(db, report_id)
    report = db.get(Report, report_id, populate_existing=True)
    if report is not None and report.state == ReportState.NEW:
        _move(db, report, ReportAction.ACKNOWLEDGE, actor=None, now=now)


def note_linked(
    db: Session, opened: OpenReport, case_id: str, *, actor: Actor, now: datetime
) -> None:
    """Note that a report belongs to a case."""
    hold(db, opened.dossier.id)
    db.refresh(opened.dossier)
    change = {"case": case_id}
    _move(db, opened.dossier, ReportAction.LINK, actor=actor, now=now, change=change)


def note_unlinked(
    db: Session, opened: OpenReport, case_id: str, *, actor: Actor, now: datetime
) -> None:
    """Note that a report belongs to no case any more."""
    hold(db, opened.dossier.id)
    db.refresh(opened.dossier)
    change = {"case": case_id}
    _move(db, opened.dossier, ReportAction.UNLINK, actor=actor, now=now, change=change)


def note_concluded(
    db: Session, report_id: str, case_id: str, *, actor: Actor, now: datetime
) -> None:
    """Note that the last case a report belonged to is destroyed; whoever says so holds the report."""
    report = db.get_one(Report, report_id, populate_existing=True)
    _move(db, report, ReportAction.CONCLUDE, actor=actor, now=now, change={"case": case_id})


def _held(db: Session, opened: OpenReport, seen: int) -> Report:
    """Hold the report as it is now; raises IllegalTransition if that is not what the page showed."""
    hold(db, opened.dossier.id)
    db.refresh(opened.dossier)
    if opened.dossier.version != seen:
        raise IllegalTransition("this report was changed meanwhile")
    return opened.dossier


def _move(
    db: Session,
    report: Report,
    action: ReportAction,
    *,
    actor: Actor | None,
    now: datetime,
    change: dict[str, str] | None = None,
    detail: str = "",
) -> None:
    """Change a report's state, and write it into the ledger: the one place that does. `detail` is why, for auditors."""
    before = ReportState(report.state)
    report.state = next_state(REPORT_TRANSITIONS, before, action)
    report.version += 1
    db.flush()
    record(
        db,
        act=Act.REPORT_MOVED,
        actor_id=actor.id if actor else None,
        subject=report.id,
        now=now,
        change={"action": action, "from": before, "to": report.state} | (change or {}),
        detail=detail,
    )


def _give_reason(
    db: Session, opened: OpenReport, content: dict[str, str], *, actor: Actor, now: datetime
) -> None:
    write_note(db, opened, NoteKind.REASON, content, actor=actor, now=now)
