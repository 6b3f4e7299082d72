"""The verbs of cases. None commits, reads the clock, or knows a web framework.

A case is read by nobody who may not read one of its reports: links, grants and recusals keep to that (F2). Every verb that
changes a case is told the version its page showed (F6).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import (
    NotAReader,
    OpenCase,
    ReadersDiffer,
    RestsOnIt,
    begin,
    case_ids,
    note_act,
    readers,
    report_ids,
)
from casework.cases.models import Case, CaseReport
from casework.cases.states import TRANSITIONS, CaseAction, CaseState, Priority
from casework.dossiers.grants import seal_new
from casework.dossiers.notes import write_note
from casework.dossiers.service import OpenReport, hold, open_dossiers
from casework.dossiers.states import NoteKind
from casework.dossiers.triage import note_linked, note_unlinked
from casework.evidence.models import EvidenceItem
from casework.ledger.states import Act
from casework.records import new_id
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.transitions import IllegalTransition, next_state
from crypto.recipients import Identity
from portal.errors import NotFound


def open_case(
    db: Session,
    reports: Sequence[OpenReport],
    summary: Mapping[str, str],
    *,
    priority: Priority,
    danger: bool,
    actor: Actor,
    now: datetime,
    today: date,
) -> str:
    """Make a case of accepted reports; give its id. Whoever reads all of them reads it, and the actor works it.

    A report that belongs to a case already then belongs to both: so a case is split. Raises IllegalTransition for a report
    that was not accepted.
    """
    hold(db, *(one.dossier.id for one in reports))
    members = _readers_of_all(db, [one.dossier.id for one in reports])
    identity = Identity.generate()
    case = Case(
        id=new_id(),
        recipient=identity.recipient.raw,
        opened_on=today,
        opened_by=actor.id,
        owner_id=actor.id,
        priority=priority,
        danger=danger,
    )
    db.add(case)
    db.flush()
    seal_new(db, case.id, identity, members)
    change = {"priority": priority.value, "danger": str(danger).lower()}
    note_act(db, Act.CASE_OPENED, case.id, actor=actor, now=now, change=change)
    opened = get_case(db, actor, case.id)
    write_note(db, opened, NoteKind.SUMMARY, summary, actor=actor, now=now)
    for report in reports:
        _link(db, opened, report, actor=actor, now=now, today=today)
    return case.id


def get_case(db: Session, actor: Actor, case_id: str) -> OpenCase:
    """Open one case; raises NotFound where this actor has no grant."""
    found = open_dossiers(db, actor, sa.select(Case).where(Case.id == case_id))
    if not found:
        raise NotFound
    return found[0]


def link_report(
    db: Session,
    opened: OpenCase,
    report: OpenReport,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Add a report to a case; raises ReadersDiffer if somebody reads the case and may not read the report."""
    hold(db, opened.dossier.id, report.dossier.id)
    case = begin(db, opened, CaseAction.LINK_REPORT, seen=seen, actor=actor)
    outside = readers(db, case.id) - readers(db, report.dossier.id)
    if outside:
        raise ReadersDiffer(outside)
    _link(db, opened, report, actor=actor, now=now, today=today)


def unlink_report(
    db: Session, opened: OpenCase, report: OpenReport, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a report out of a case; raises NotFound, RestsOnIt, or IllegalTransition for its last one."""
    hold(db, opened.dossier.id, report.dossier.id)
    case = begin(db, opened, CaseAction.LINK_REPORT, seen=seen, actor=actor)
    linked = set(report_ids(db, case.id))
    if report.dossier.id not in linked:
        raise NotFound
    if len(linked) == 1:
        raise IllegalTransition("a case has at least one report")
    if _is_evidence(db, case.id, report.dossier.id):
        raise RestsOnIt
    mine = CaseReport.case_id == case.id, CaseReport.report_id == report.dossier.id
    db.execute(sa.delete(CaseReport).where(*mine))
    change = {"report": report.dossier.id}
    note_act(db, Act.CASE_UNLINKED, case.id, actor=actor, now=now, change=change)
    if not case_ids(db, report.dossier.id):
        note_unlinked(db, report, case.id, actor=actor, now=now)


def assign_case(
    db: Session, opened: OpenCase, owner_id: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Give a case to a colleague who reads it; raises NotAReader."""
    case = begin(db, opened, CaseAction.ASSIGN, seen=seen, actor=actor)
    if owner_id not in readers(db, case.id):
        raise NotAReader
    case.owner_id = owner_id
    change = {"owner": owner_id}
    note_act(db, Act.CASE_ASSIGNED, case.id, actor=actor, now=now, change=change)
    db.flush()


def move_case(
    db: Session, opened: OpenCase, action: CaseAction, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a case a step on: into its review, or onto a track. Closing and opening again are verbs of their own."""
    if action in {CaseAction.CLOSE, CaseAction.REOPEN}:
        raise IllegalTransition(f"{action} is no step of the work")
    move(db, begin(db, opened, action, seen=seen, actor=actor), action, actor=actor, now=now)


def move(
    db: Session, case: Case, action: CaseAction, *, actor: Actor, now: datetime, detail: str = ""
) -> None:
    """Change a case's state, and write it into the ledger: the one place that does. `detail` is why, for auditors."""
    before = CaseState(case.state)
    case.state = next_state(TRANSITIONS, before, action)
    db.flush()
    change = {"action": action.value, "from": before.value, "to": case.state}
    note_act(db, Act.CASE_MOVED, case.id, actor=actor, now=now, change=change, detail=detail)


def _readers_of_all(db: Session, ids: Sequence[str]) -> Sequence[Member]:
    """Give the members who may read each of these dossiers."""
    if not ids:
        raise IllegalTransition("a case has at least one report")
    common = frozenset.intersection(*(readers(db, one) for one in ids))
    return db.scalars(sa.select(Member).where(Member.id.in_(common)).order_by(Member.id)).all()


def _is_evidence(db: Session, case_id: str, report_id: str) -> bool:
    """Whether the case's evidence register holds a file of this report; the database would not let go of it either."""
    mine = EvidenceItem.case_id == case_id, EvidenceItem.report_id == report_id
    return db.scalar(sa.select(EvidenceItem.id).where(*mine).limit(1)) is not None


def _link(
    db: Session,
    opened: OpenCase,
    report: OpenReport,
    *,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    case_id, report_id = opened.dossier.id, report.dossier.id
    note_linked(db, report, case_id, actor=actor, now=now)
    if db.get(CaseReport, (case_id, report_id), populate_existing=True) is not None:
        raise IllegalTransition("this report belongs to the case already")
    link = CaseReport(case_id=case_id, report_id=report_id, linked_by=actor.id, linked_on=today)
    db.add(link)
    db.flush()
    note_act(db, Act.CASE_LINKED, case_id, actor=actor, now=now, change={"report": report_id})
