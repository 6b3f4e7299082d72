"""The list of cases a member may read. What a case is called stands in its sealed summary, opened for the page alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase
from casework.cases.models import IS_OPEN, Case, CaseReport, Closure
from casework.cases.states import CaseState
from casework.dossiers.notes import summaries
from casework.dossiers.service import open_dossiers, readable
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.web.dossier_words import case_state_words, priority_words
from casework.web.listing import COUNTED, PAGE, Place, place
from portal.views.words import State

_CASES = Case.__table__
_IN_ORDER = (_CASES.c.urgency, _CASES.c.opened_on, _CASES.c.id)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list."""

    id: str
    title: str
    priority: str
    danger: bool
    state: State
    owner: str
    opened_on: date
    reports: int


@dataclass(frozen=True, slots=True)
class CaseListing:
    """One page of the list; how many cases there are, or more than COUNTED; and where it is."""

    rows: Sequence[CaseRow]
    count: int
    place: Place


def list_cases(
    db: Session, actor: Actor, page: int, *, state: CaseState | None = None, mine: bool = False
) -> CaseListing:
    """List the cases the actor may read, in danger and urgent ones first: those in a state, or all that are not closed."""
    wanted = [_CASES.c.state == state if state else IS_OPEN, readable(db, actor.id)(_CASES.c.id)]
    wanted += [_CASES.c.owner_id == actor.id] if mine else []
    ids = sa.select(_CASES.c.id).where(*wanted).order_by(*_IN_ORDER)
    first = ids.limit(COUNTED + 1).subquery()
    count = db.scalar(sa.select(sa.func.count()).select_from(first)) or 0
    where = place(count, page, PAGE)
    shown = db.scalars(ids.slice((where.page - 1) * PAGE, where.page * PAGE)).all()
    chosen = sa.select(Case).where(Case.id.in_(shown)).order_by(*_IN_ORDER)
    return CaseListing(_rows(db, open_dossiers(db, actor, chosen)), count, where)


def open_titles(db: Session, actor: Actor, *, without: Sequence[str]) -> list[tuple[str, str]]:
    """Name the newest cases a report could be added to, by id: not those it belongs to, nor those about to be closed."""
    closing = sa.exists().where(Closure.case_id == Case.id, Closure.decided_by.is_(None))
    mine = readable(db, actor.id)(Case.id)
    wanted = Case.state != CaseState.CLOSED, Case.id.not_in(without), ~closing, mine
    newest = sa.select(Case.id).where(*wanted).order_by(Case.opened_on.desc(), Case.id).limit(PAGE)
    ids = db.scalars(newest).all()
    chosen = sa.select(Case).where(Case.id.in_(ids)).order_by(Case.opened_on.desc(), Case.id)
    return list(titles(db, open_dossiers(db, actor, chosen)).items())


def titles_of(db: Session, actor: Actor, ids: Sequence[str]) -> dict[str, str]:
    """Name those of these cases that the actor may read."""
    chosen = sa.select(Case).where(Case.id.in_(ids)).order_by(Case.opened_on, Case.id)
    return titles(db, open_dossiers(db, actor, chosen))


def titles(db: Session, opened: Sequence[OpenCase]) -> dict[str, str]:
    """Name cases, by id, in their order; one whose summary does not open too."""
    found = summaries(db, opened)
    return {
        one.dossier.id: found.get(one.dossier.id, {}).get("title") or _("No title")
        for one in opened
    }


def _rows(db: Session, opened: Sequence[OpenCase]) -> list[CaseRow]:
    names, called = staff.names(db), titles(db, opened)
    counted = (
        sa.select(CaseReport.case_id, sa.func.count())
        .where(CaseReport.case_id.in_(called))
        .group_by(CaseReport.case_id)
    )
    reports = dict(db.execute(counted).all())
    return [
        CaseRow(
            id=case.id,
            title=called[case.id],
            priority=priority_words(case.priority),
            danger=case.danger,
            state=case_state_words(case.state),
            owner=names.get(case.owner_id, ""),
            opened_on=case.opened_on,
            reports=reports.get(case.id, 0),
        )
        for case in (one.dossier for one in opened)
    ]
