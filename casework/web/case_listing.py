"""The list of cases a member may read. What a case is called stands in its sealed summary, opened for the page alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase
from casework.cases.models import Case, CaseReport, Closure
from casework.cases.states import CaseState, Priority
from casework.dossiers.models import Grant
from casework.dossiers.notes import summaries
from casework.dossiers.service import open_dossiers
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.web.dossier_words import case_state_words, priority_words
from portal.views.words import State

PAGE = 50
_FIRST = sa.case({one.value: place for place, one in enumerate(Priority)}, value=Case.priority)


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
    """One page of the list; how many cases there are, and on how many pages."""

    rows: Sequence[CaseRow]
    count: int
    page: int
    pages: int


def list_cases(
    db: Session, actor: Actor, page: int, *, state: CaseState | None = None, mine: bool = False
) -> CaseListing:
    """List the cases the actor may read, in danger and urgent ones first: those in a state, or all that are not closed."""
    wanted = [Case.state == state if state else Case.state != CaseState.CLOSED]
    wanted += [Case.owner_id == actor.id] if mine else []
    count = _count(db, actor, wanted)
    pages = max(1, -(-count // PAGE))
    page = min(max(1, page), pages)
    chosen = (
        sa.select(Case).where(*wanted).order_by(Case.danger.desc(), _FIRST, Case.opened_on, Case.id)
    )
    opened = open_dossiers(db, actor, chosen.slice((page - 1) * PAGE, page * PAGE))
    return CaseListing(_rows(db, opened), count, page, pages)


def open_titles(db: Session, actor: Actor, *, without: Sequence[str]) -> list[tuple[str, str]]:
    """Name the newest cases a report could be added to, by id: not those it belongs to, nor those about to be closed."""
    closing = sa.exists().where(Closure.case_id == Case.id, Closure.decided_by.is_(None))
    wanted = Case.state != CaseState.CLOSED, Case.id.not_in(without), ~closing
    chosen = sa.select(Case).where(*wanted).order_by(Case.opened_on.desc(), Case.id).limit(PAGE)
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


def _count(db: Session, actor: Actor, wanted: Sequence[sa.ColumnElement[bool]]) -> int:
    granted = (
        sa.select(sa.func.count())
        .select_from(Case)
        .join(Grant, Grant.dossier_id == Case.id)
        .where(Grant.member_id == actor.id, Grant.sealed.is_not(None), *wanted)
    )
    return db.scalar(granted) or 0


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
