"""Who reads a case and its reports. Nobody reads a case who may not read one of its reports (F2); none of these verbs commits."""

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import (
    OpenCase,
    ReadersDiffer,
    case_ids,
    note_act,
    readers,
    report_ids,
)
from casework.cases.models import Case
from casework.dossiers.grants import confirm_grant, give_grant, is_recused, recuse, revoke_grant
from casework.dossiers.service import OpenReport, hold
from casework.ledger.states import Act
from casework.staff.service import Actor


def give_access(db: Session, opened: OpenCase, *, to: str, actor: Actor, now: datetime) -> bool:
    """Let a colleague read a case whose every report they read; False if a second person has to confirm it first.

    Raises ReadersDiffer where they may not read one of its reports, and what `give_grant` raises.
    """
    _refuse_stranger(db, opened, to)
    return give_grant(db, opened, to=to, actor=actor, now=now)


def confirm_access(db: Session, opened: OpenCase, *, to: str, actor: Actor, now: datetime) -> None:
    """Agree to what a colleague asked for; raises ReadersDiffer, and what `confirm_grant` raises."""
    _refuse_stranger(db, opened, to)
    confirm_grant(db, opened, to=to, actor=actor, now=now)


def recuse_from_report(
    db: Session, opened: OpenReport, *, member_id: str, actor: Actor, now: datetime
) -> None:
    """Put a member outside a report, and outside every case it belongs to; raises NotFound, LastGrant."""
    _, of_cases = _hold_together(db, lambda: [opened.dossier.id])
    _recuse_from_all(db, [opened.dossier.id, *of_cases], member_id, actor=actor, now=now)
    _reassign(db, of_cases, member_id, actor=actor, now=now)


def recuse_from_case(
    db: Session, opened: OpenCase, *, member_id: str, actor: Actor, now: datetime
) -> None:
    """Put a member outside a case, and outside its reports, which tell what it is about, and all that became of them."""
    of_case, of_reports = _hold_together(db, lambda: report_ids(db, opened.dossier.id))
    _recuse_from_all(db, [*of_reports, *of_case], member_id, actor=actor, now=now)
    _reassign(db, of_reports, member_id, actor=actor, now=now)


def revoke_from_report(
    db: Session, opened: OpenReport, *, member_id: str, actor: Actor, now: datetime
) -> None:
    """Take a member's access to a report away, and to every case it belongs to."""
    _, of_cases = _hold_together(db, lambda: [opened.dossier.id])
    for case_id in of_cases:
        if member_id in readers(db, case_id):
            revoke_grant(db, case_id, member_id=member_id, actor=actor, now=now)
    revoke_grant(db, opened.dossier.id, member_id=member_id, actor=actor, now=now)
    _reassign(db, of_cases, member_id, actor=actor, now=now)


def revoke_from_case(
    db: Session, opened: OpenCase, *, member_id: str, actor: Actor, now: datetime
) -> None:
    """Take a member's access to a case away; its reports they go on reading."""
    revoke_grant(db, opened.dossier.id, member_id=member_id, actor=actor, now=now)
    _reassign(db, [opened.dossier.id], member_id, actor=actor, now=now)


def _hold_together(
    db: Session, find: Callable[[], Sequence[str]]
) -> tuple[Sequence[str], Sequence[str]]:
    """Hold the reports that are found, with all their cases, and give both.

    What was linked by the time they are held is not held after them, out of order: all are let go, and it begins anew.
    """
    while True:
        with db.begin_nested() as attempt:
            of_reports = find()
            of_cases = _cases_of(db, of_reports)
            hold(db, *of_reports, *of_cases)
            if (of_reports, of_cases) == ((again := find()), _cases_of(db, again)):
                return of_reports, of_cases
            attempt.rollback()


def _cases_of(db: Session, of_reports: Sequence[str]) -> Sequence[str]:
    return sorted({case_id for report_id in of_reports for case_id in case_ids(db, report_id)})


def _recuse_from_all(
    db: Session, dossier_ids: Sequence[str], member_id: str, *, actor: Actor, now: datetime
) -> None:
    for dossier_id in dossier_ids:
        if not is_recused(db, dossier_id, member_id):
            recuse(db, dossier_id, member_id=member_id, actor=actor, now=now)


def _refuse_stranger(db: Session, opened: OpenCase, to: str) -> None:
    of_case, _ = _hold_together(db, lambda: report_ids(db, opened.dossier.id))
    for report_id in of_case:
        if to not in readers(db, report_id):
            raise ReadersDiffer([to])


def _reassign(
    db: Session, of_cases: Sequence[str], member_id: str, *, actor: Actor, now: datetime
) -> None:
    """Give the cases somebody worked, and may not read any more, to who put them outside; or else to whoever reads it."""
    theirs = sa.select(Case).where(Case.id.in_(of_cases), Case.owner_id == member_id)
    for case in db.scalars(theirs.execution_options(populate_existing=True)).all():
        left = sorted(readers(db, case.id))
        case.owner_id = actor.id if actor.id in left else left[0]
        case.version += 1
        db.flush()
        change = {"owner": case.owner_id}
        note_act(db, Act.CASE_ASSIGNED, case.id, actor=actor, now=now, change=change)
