"""What waits for a second person, and may be decided by the member at work: four kinds, a query for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.models import Case, CaseReport, Closure
from casework.cases.states import CaseState
from casework.destruction.models import Destruction
from casework.dossiers.models import IS_HELD, Dossier, Entry, GrantRequest, Report
from casework.dossiers.service import is_mine
from casework.dossiers.states import DossierKind
from casework.staff.service import Actor
from portal.i18n import format_date

AT_MOST = 50
# Where each kind of dossier is shown, and what its page calls its id.
_PAGES = {
    DossierKind.CASE: ("cases.show", "case_id"),
    DossierKind.REPORT: ("inbox.report", "report_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something somebody else has asked for: what it is, where it is decided, and since when it waits if that is known."""

    what: str
    endpoint: str
    where: Mapping[str, str]
    reference: str
    since: str = ""


def what_waits(db: Session, actor: Actor) -> Sequence[Waiting]:
    """Give what waits for this member, of what they may read."""
    kinds = (_closures, _replies, _grants, _destructions)
    return [waiting for kind in kinds for waiting in kind(db, actor)]


def _closures(db: Session, actor: Actor) -> list[Waiting]:
    """Find cases somebody asks to close: not this member, nor do they work the case, nor took they its reports in."""
    triaged = (
        sa.exists()
        .where(CaseReport.case_id == Case.id, Report.id == CaseReport.report_id)
        .where(Report.triaged_by == actor.id)
    )
    pending = (
        sa.select(Case.id, Closure.proposed_on)
        .join(Closure, Closure.case_id == Case.id)
        .where(Closure.decided_by.is_(None), Case.state != CaseState.CLOSED)
        .where(Closure.proposed_by != actor.id, Case.owner_id != actor.id, ~triaged)
        .where(is_mine(actor.id, Case.id))
        .order_by(Closure.proposed_on, Case.id)
    )
    what = _("A case is to be closed")
    return [
        _waiting(what, DossierKind.CASE, case_id, day)
        for case_id, day in db.execute(pending.limit(AT_MOST))
    ]


def _replies(db: Session, actor: Actor) -> list[Waiting]:
    """Find replies with files that a colleague wrote."""
    held = (
        sa.select(Entry.dossier_id, sa.func.min(Entry.written_on))
        .where(IS_HELD, Entry.author_id != actor.id)
        .where(is_mine(actor.id, Entry.dossier_id))
        .group_by(Entry.dossier_id)
        .order_by(sa.func.min(Entry.written_on), Entry.dossier_id)
    )
    what = _("A reply with files is to be approved")
    return [
        _waiting(what, DossierKind.REPORT, report_id, day)
        for report_id, day in db.execute(held.limit(AT_MOST))
    ]


def _grants(db: Session, actor: Actor) -> list[Waiting]:
    """Find what somebody asks that another desk may read."""
    asked = (
        sa.select(GrantRequest.dossier_id, Dossier.kind)
        .join(Dossier, Dossier.id == GrantRequest.dossier_id)
        .where(GrantRequest.asked_by != actor.id, GrantRequest.member_id != actor.id)
        .where(is_mine(actor.id, GrantRequest.dossier_id))
        .order_by(GrantRequest.dossier_id)
        .distinct()
    )
    words = {
        DossierKind.CASE: _("Somebody of another desk is to read a case"),
        DossierKind.REPORT: _("Somebody of another desk is to read a report"),
    }
    return [
        _waiting(words[DossierKind(kind)], DossierKind(kind), dossier_id)
        for dossier_id, kind in db.execute(asked.limit(AT_MOST))
    ]


def _destructions(db: Session, actor: Actor) -> list[Waiting]:
    """Find what a colleague asks to destroy."""
    asked = (
        sa.select(Destruction.dossier_id, Destruction.kind, Destruction.asked_on)
        .where(Destruction.confirmed_by.is_(None), Destruction.asked_by != actor.id)
        .where(is_mine(actor.id, Destruction.dossier_id))
        .order_by(Destruction.asked_on, Destruction.dossier_id)
    )
    words = {
        DossierKind.CASE: _("A case is to be destroyed"),
        DossierKind.REPORT: _("A report is to be destroyed"),
    }
    return [
        _waiting(words[DossierKind(kind)], DossierKind(kind), dossier_id, day)
        for dossier_id, kind, day in db.execute(asked.limit(AT_MOST))
    ]


def _waiting(what: str, kind: DossierKind, dossier_id: str, day: date | None = None) -> Waiting:
    endpoint, name = _PAGES[kind]
    return Waiting(
        what=what,
        endpoint=endpoint,
        where={name: dossier_id},
        reference=dossier_id[:8],
        since=format_date(day) if day else "",
    )
