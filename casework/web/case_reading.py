"""One case as its page shows it: what is sealed is opened piece by piece, a damaged piece named and not fatal (F10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask import g
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases import work
from casework.cases.guard import OpenCase, report_ids
from casework.cases.models import Allegation, Closure, Task
from casework.cases.states import CaseState, TaskState
from casework.dossiers import grants
from casework.dossiers.models import Report
from casework.dossiers.notes import ReadNote, read_notes
from casework.dossiers.service import open_dossiers
from casework.dossiers.states import NoteKind
from casework.evidence.reading import count_items, numbers_cited
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.staff.states import READERS, AccountState, Role
from casework.web.dossier_words import (
    case_state_words,
    feedback_words,
    finding_words,
    outcome_words,
    priority_words,
    report_state_words,
    task_state_words,
)
from casework.web.listing import categories_of
from casework.web.noting import ShownNote, shown_notes
from casework.web.services import office
from casework.web.words import role_words
from crypto.errors import OpenError
from portal.views.words import State


@dataclass(frozen=True, slots=True)
class LinkedReport:
    """A report of the case."""

    id: str
    category: str
    received_on: date
    state: State


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
class Person:
    """Somebody and the case: they read it, are recused from it, or somebody asked that they may read it."""

    id: str
    name: str
    role: str
    asked_by: str = ""
    asked_by_me: bool = False


@dataclass(frozen=True, slots=True)
class ShownClosure:
    """Somebody asks that the case be closed."""

    outcome: str
    feedback: str
    words: str | None
    proposed_by: str
    proposed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """All that a case's page shows."""

    id: str
    stage: CaseState
    title: str
    facts: Sequence[tuple[str, str]]
    state: State
    danger: bool
    opened_on: date
    closed_on: date | None
    owner: str
    reports: Sequence[LinkedReport]
    allegations: Sequence[ShownAllegation]
    tasks: Sequence[ShownTask]
    notes: Sequence[ShownNote]
    reading: Sequence[Person]
    recused: Sequence[Person]
    asked: Sequence[Person]
    readers: Sequence[tuple[str, str]]
    strangers: Sequence[tuple[str, str]]
    closure: ShownClosure | None
    evidence: int


def case_view(db: Session, opened: OpenCase, actor: Actor, closure: Closure | None) -> CaseView:
    """Open all of a case for the member at work."""
    case, names = opened.dossier, staff.names(db)
    notes = read_notes(db, opened)
    summary = _summary(notes)
    people = _People(db, case.id, actor)
    cited = numbers_cited(db, case.id)
    return CaseView(
        id=case.id,
        stage=CaseState(case.state),
        title=summary.get("title") or _("No title"),
        facts=_facts(summary, case.priority),
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
        notes=shown_notes([note for note in notes if note.kind != NoteKind.SUMMARY], names),
        reading=people.reading(),
        recused=people.recused(),
        asked=people.asked(names),
        readers=[(one.id, one.name) for one in people.reading()],
        strangers=people.strangers(),
        closure=_closure(opened, closure, names) if closure else None,
        evidence=count_items(db, case.id),
    )


def _summary(notes: Sequence[ReadNote]) -> Mapping[str, str]:
    found = [note.content for note in notes if note.kind == NoteKind.SUMMARY and note.content]
    return found[0] if found else {}


def _facts(summary: Mapping[str, str], priority: str) -> list[tuple[str, str]]:
    """Give what the case is about, in the words of the organisation's lists."""
    lists = office().organisation
    category, unit = summary.get("category", ""), summary.get("unit", "")
    said = [
        (_("Priority"), priority_words(priority)),
        (_("What it is about"), category and lists.label(lists.categories, category, g.language)),
        (_("Unit"), unit and lists.label(lists.units, unit, g.language)),
    ]
    return [(label, value) for label, value in said if value]


def _reports(db: Session, case_id: str, actor: Actor) -> list[LinkedReport]:
    chosen = sa.select(Report).where(Report.id.in_(report_ids(db, case_id)))
    opened = open_dossiers(db, actor, chosen.order_by(Report.received_on, Report.id))
    categories = categories_of(db, opened)
    return [
        LinkedReport(
            one.dossier.id,
            categories.get(one.dossier.id, ""),
            one.dossier.received_on,
            report_state_words(one.dossier.state),
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
    try:
        words = opened.read_record(closure.sealed, f"closure {closure.id}").get("words", "")
    except OpenError:
        words = None
    return ShownClosure(
        outcome_words(closure.outcome),
        feedback_words(closure.feedback),
        words,
        names.get(closure.proposed_by, ""),
        closure.proposed_on,
    )


class _People:
    """The members, and how each stands to a case."""

    def __init__(self, db: Session, case_id: str, actor: Actor) -> None:
        self._actor = actor
        self._members = {member.id: member for member in staff.all_members(db)}
        self._grants = grants.grantees(db, case_id)
        self._requests = grants.requests(db, case_id)

    def reading(self) -> list[Person]:
        return self._in_order(
            self._person(one.member_id)
            for one in self._grants
            if not one.recused and self._is_active(self._members[one.member_id])
        )

    def recused(self) -> list[Person]:
        return self._in_order(self._person(one.member_id) for one in self._grants if one.recused)

    def asked(self, names: Mapping[str, str]) -> list[Person]:
        return [
            Person(
                one.member_id,
                names.get(one.member_id, ""),
                role_words(self._members[one.member_id].role),
                names.get(one.asked_by, ""),
                one.asked_by == self._actor.id,
            )
            for one in self._requests
        ]

    def strangers(self) -> list[tuple[str, str]]:
        """Name who could be let in: open accounts that read, and do not stand to the case in any way yet."""
        known = {one.member_id for one in self._grants} | {one.member_id for one in self._requests}
        found = [
            self._person(member.id)
            for member in self._members.values()
            if member.id not in known and self._is_active(member) and Role(member.role) in READERS
        ]
        return [(one.id, f"{one.name}, {one.role}") for one in self._in_order(found)]

    def _person(self, member_id: str) -> Person:
        member = self._members[member_id]
        return Person(member.id, member.name, role_words(member.role))

    @staticmethod
    def _is_active(member: Member) -> bool:
        return member.state == AccountState.ACTIVE

    @staticmethod
    def _in_order(people: Iterable[Person]) -> list[Person]:
        return sorted(people, key=lambda one: (one.name, one.id))
