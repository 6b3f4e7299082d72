"""One case as its page shows it: what is sealed is opened piece by piece, a damaged piece named and not fatal (F10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases import closing, work
from casework.cases.guard import OpenCase, report_ids
from casework.cases.models import Allegation, Closure, Task
from casework.cases.states import CaseState, TaskState
from casework.dossiers.models import Report
from casework.dossiers.notes import earlier_versions, read_notes
from casework.dossiers.service import open_dossiers
from casework.dossiers.states import NoteKind
from casework.evidence.reading import count_items, numbers_cited
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.web.dossier_words import (
    DECISION_WORDS,
    case_state_words,
    feedback_words,
    finding_words,
    outcome_words,
    priority_words,
    report_state_words,
    task_state_words,
)
from casework.web.listing import categories_of
from casework.web.noting import ShownNote, shown_notes, summary_facts
from casework.web.readership import People, people_of
from casework.web.services import office
from casework.web.timeline import Step, last_letters, timeline_of
from portal.views.words import State


@dataclass(frozen=True, slots=True)
class LinkedReport:
    """A report of the case."""

    id: str
    category: str
    received_on: date
    state: State
    last_letter: str


@dataclass(frozen=True, slots=True)
class ShownAllegation:
    """An allegation and its finding, if there is one yet. No statement where it is damaged."""

    id: str
    number: int
    content: Mapping[str, str] | None
    finding: str
    found_by: str
    found_on: date | None
    evidence: Sequence[int]


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task. No title where it is damaged."""

    id: str
    title: str | None
    owner: str
    due_on: date
    state: State
    is_open: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class ShownClosure:
    """With what the case was closed, or somebody asks that it be; each decision with its reason if it has one."""

    outcome: str
    feedback: str
    words: str | None
    decisions: Sequence[tuple[str, str]]
    proposed_by: str
    proposed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """All that a case's page shows."""

    id: str
    stage: CaseState
    title: str
    facts: Sequence[tuple[str, str]]
    said: Mapping[str, str]
    summary: ShownNote | None
    state: State
    danger: bool
    opened_on: date
    closed_on: date | None
    owner: str
    reports: Sequence[LinkedReport]
    allegations: Sequence[ShownAllegation]
    tasks: Sequence[ShownTask]
    notes: Sequence[ShownNote]
    people: People
    closure: ShownClosure | None
    evidence: int
    timeline: Sequence[Step]


def case_view(db: Session, opened: OpenCase, actor: Actor, closure: Closure | None) -> CaseView:
    """Open all of a case for the member at work."""
    case, names = opened.dossier, staff.names(db)
    notes, earlier = read_notes(db, opened), earlier_versions(db, opened)
    summary = next((note for note in notes if note.kind == NoteKind.SUMMARY), None)
    said = (summary.content if summary else None) or {}
    cited = numbers_cited(db, case.id)
    return CaseView(
        id=case.id,
        stage=CaseState(case.state),
        title=said.get("title") or _("No title"),
        facts=[(_("Priority"), priority_words(case.priority)), *summary_facts(said)],
        said=said,
        summary=shown_notes([summary], names, earlier)[0] if summary else None,
        state=case_state_words(case.state),
        danger=case.danger,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        owner=names.get(case.owner_id, ""),
        reports=_reports(db, case.id, actor),
        allegations=[
            _allegation(opened, one, names, cited.get(one.number, ()))
            for one in work.allegations_of(db, case.id)
        ],
        tasks=[_task(opened, one, names) for one in work.tasks_of(db, case.id)],
        notes=shown_notes(
            [note for note in notes if note.kind != NoteKind.SUMMARY], names, earlier
        ),
        people=people_of(db, case.id, actor),
        closure=_closure(opened, closure, names) if closure else None,
        evidence=count_items(db, case.id),
        timeline=timeline_of(db, case.id, names),
    )


def _reports(db: Session, case_id: str, actor: Actor) -> list[LinkedReport]:
    chosen = sa.select(Report).where(Report.id.in_(report_ids(db, case_id)))
    opened = open_dossiers(db, actor, chosen.order_by(Report.received_on, Report.id))
    categories = categories_of(db, opened)
    letters = last_letters(db, [one.dossier.id for one in opened])
    return [
        LinkedReport(
            one.dossier.id,
            categories.get(one.dossier.id, ""),
            one.dossier.received_on,
            report_state_words(one.dossier.state),
            letters.get(one.dossier.id, ""),
        )
        for one in opened
    ]


def _allegation(
    opened: OpenCase, one: Allegation, names: Mapping[str, str], evidence: Sequence[int]
) -> ShownAllegation:
    return ShownAllegation(
        one.id,
        one.number,
        work.read_allegation(opened, one),
        finding_words(one.finding) if one.finding else "",
        names.get(one.found_by or "", ""),
        one.found_on,
        evidence,
    )


def _task(opened: OpenCase, task: Task, names: Mapping[str, str]) -> ShownTask:
    is_open = task.state == TaskState.OPEN
    return ShownTask(
        id=task.id,
        title=work.read_task(opened, task),
        owner=names.get(task.owner_id, ""),
        due_on=task.due_on,
        state=task_state_words(task.state),
        is_open=is_open,
        overdue=is_open and task.due_on < office().today(),
    )


def _closure(opened: OpenCase, closure: Closure, names: Mapping[str, str]) -> ShownClosure:
    said = closing.read_closure(opened, closure)
    codes = {name: getattr(closure, name) for name in DECISION_WORDS}
    return ShownClosure(
        outcome_words(closure.outcome),
        feedback_words(closure.feedback),
        None if said is None else said.get("words", ""),
        [
            (DECISION_WORDS[name](code), (said or {}).get(name, ""))
            for name, code in codes.items()
            if code
        ],
        names.get(closure.proposed_by, ""),
        closure.proposed_on,
    )
