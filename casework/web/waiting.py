"""What waits for a second person, and may be decided by the member at work: four kinds, a query for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.models import Case, CaseReport, Closure
from casework.cases.states import CaseState
from casework.dossiers.models import IS_HELD, Dossier, Entry, GrantRequest, Report
from casework.dossiers.service import is_mine
from casework.dossiers.states import DossierKind
from casework.staff.service import Actor
from portal.i18n import format_date

AT_MOST = 50


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
    return [*_closures(db, actor), *_replies(db, actor), *_grants(db, actor)]


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
    return [_of_case(what, case_id, day) for case_id, day in db.execute(pending.limit(AT_MOST))]


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
    return [_of_report(what, one, day) for one, day in db.execute(held.limit(AT_MOST))]


def _grants(db: Session, actor: Actor) -> list[Waiting]:
    """Find cases somebody asks that another desk may read."""
    is_case = sa.exists().where(
        Dossier.id == GrantRequest.dossier_id, Dossier.kind == DossierKind.CASE
    )
    asked = (
        sa.select(GrantRequest.dossier_id)
        .where(GrantRequest.asked_by != actor.id, GrantRequest.member_id != actor.id)
        .where(is_case, is_mine(actor.id, GrantRequest.dossier_id))
        .order_by(GrantRequest.dossier_id)
        .distinct()
    )
    what = _("Somebody of another desk is to read a case")
    return [_of_case(what, case_id) for case_id in db.scalars(asked.limit(AT_MOST))]


def _of_case(what: str, case_id: str, day: Any = None) -> Waiting:
    since = format_date(day) if day else ""
    where = {"case_id": case_id}
    return Waiting(
        what=what, endpoint="cases.show", where=where, reference=case_id[:8], since=since
    )


def _of_report(what: str, report_id: str, day: Any) -> Waiting:
    where = {"report_id": report_id}
    return Waiting(
        what=what,
        endpoint="inbox.report",
        where=where,
        reference=report_id[:8],
        since=format_date(day),
    )
