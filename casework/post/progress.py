"""What informants see of the progress of their reports: derived from where the service stands, and from the letters.

Nobody chooses it, and the state itself, which tells of colleagues and other reports, is never shown.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from casework.cases.models import Case, CaseReport
from casework.cases.states import CaseState
from casework.dossiers.models import Entry, Report
from casework.dossiers.states import EntryState, LetterPurpose, ReportState
from portal.mailbox.models import PublicState

_NOT_BEGUN = (ReportState.NEW, ReportState.ACKNOWLEDGED)
_ENDED = (ReportState.SET_ASIDE, ReportState.REROUTED, ReportState.CONCLUDED)


def untold(db: Session) -> Mapping[Report, PublicState]:
    """Give the reports whose informants see something else than how they stand, and what they are to see."""
    state = _derived(basis := aliased(Report))
    chain = _duplicates()
    found = (
        sa.select(Report, state)
        .outerjoin(chain, chain.c.report_id == Report.id)
        # Who said it second hears what becomes of what was said first.
        .join(basis, basis.id == sa.func.coalesce(chain.c.first_id, Report.id))
        .where(
            Report.public_state != state,
            sa.or_(Report.state != ReportState.MERGED, basis.state != ReportState.MERGED),
        )
    )
    return {report: PublicState(derived) for report, derived in db.execute(found)}


def note_told(db: Session, told: Mapping[str, PublicState]) -> None:
    """Note what the informants of these reports see now, by the report's id."""
    for report_id, state in told.items():
        db.execute(sa.update(Report).where(Report.id == report_id).values(public_state=state))


def _derived(basis: type[Report]) -> sa.ColumnElement[str]:
    linked = sa.exists().where(CaseReport.report_id == basis.id, CaseReport.case_id == Case.id)
    closed = sa.and_(
        basis.state == ReportState.LINKED, ~linked.where(Case.state != CaseState.CLOSED)
    )
    return sa.case(
        (sa.or_(basis.state.in_(_ENDED), closed), _literal(PublicState.CLOSED)),
        (_is_asked(), _literal(PublicState.QUESTION)),
        (Report.state.in_(_NOT_BEGUN), _literal(PublicState.RECEIVED)),
        else_=_literal(PublicState.IN_REVIEW),
    )


def _is_asked() -> sa.ColumnElement[bool]:
    """Whether a letter that asks something lies in the mailbox, and none came after it."""
    answer = aliased(Entry)
    answered = sa.exists().where(
        answer.dossier_id == Entry.dossier_id,
        answer.number > Entry.number,
        answer.state == EntryState.RECEIVED,
    )
    return sa.exists().where(
        Entry.dossier_id == Report.id,
        Entry.purpose == LetterPurpose.QUESTION,
        Entry.state == EntryState.DELIVERED,
        ~answered,
    )


def _duplicates() -> Any:
    """Follow each report that repeats another, which may itself repeat one, to all it leads to."""
    chain = (
        sa.select(Report.id.label("report_id"), Report.duplicate_of.label("first_id"))
        .where(Report.state == ReportState.MERGED)
        .cte("duplicates", recursive=True)
    )
    further = aliased(Report)
    return chain.union_all(
        sa.select(chain.c.report_id, further.duplicate_of)
        .join(further, further.id == chain.c.first_id)
        .where(further.state == ReportState.MERGED)
    )


def _literal(state: PublicState) -> sa.ColumnElement[str]:
    return sa.literal(state.value, sa.String)
