"""The week of one member: what is overdue, what is due today and next, and what waits for a second person.

All of it through the member's own grants: what they may not open is not here, and is in no count (F1, F2). A constant number of
queries, however much there is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.deadlines import is_done
from casework.cases.guard import OpenCase
from casework.cases.models import Case, Task
from casework.cases.states import TaskState
from casework.cases.work import read_task
from casework.clocks.agenda import PART, WEEK, clocks_of, week_view
from casework.clocks.models import Clock
from casework.dossiers.models import Report
from casework.dossiers.service import OpenReport, is_mine, open_dossiers, readable
from casework.staff.service import Actor
from casework.web.case_listing import titles
from casework.web.clock_words import days_late_words, due_words, reason_words, to_do_words
from casework.web.listing import categories_of
from casework.web.services import office
from casework.web.waiting import Waiting, what_waits
from portal.i18n import format_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to do: what, about what, where it is done, by when, and how late it is if it is."""

    todo: str
    about: str
    reference: str
    endpoint: str
    where: Mapping[str, str]
    due: str
    late: str = ""
    explained: str = ""
    unexplained: bool = False
    order: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPage:
    """What a member finds when they come in."""

    overdue: Sequence[Item]
    today: Sequence[Item]
    next: Sequence[Item]
    waiting: Sequence[Waiting]


def week_of(db: Session, actor: Actor) -> WeekPage:
    """Give the week of a member."""
    here = office()
    week = week_view(
        db, readable(db, actor.id), timekeeping=here.post.timekeeping, now=here.clock()
    )
    tasks = _tasks(db, actor)
    parts = (week.overdue, week.today, week.next)
    opened = _Opened(db, actor, [*week.overdue, *week.today, *week.next], tasks)
    overdue, today, later = (opened.items(clocks) for clocks in parts)
    for task in tasks:
        part = (
            overdue
            if task.due_on < here.today()
            else today
            if task.due_on == here.today()
            else later
        )
        part += opened.task(task)
    return WeekPage(
        # Explained is not done, but the others come first.
        overdue=sorted(overdue, key=lambda one: (bool(one.explained), one.order)),
        today=sorted(today, key=lambda one: one.order),
        next=sorted(later, key=lambda one: one.order),
        waiting=what_waits(db, actor),
    )


def _tasks(db: Session, actor: Actor) -> Sequence[Task]:
    until = office().today() + WEEK
    due = sa.select(Task).where(
        Task.owner_id == actor.id,
        Task.state == TaskState.OPEN,
        Task.due_on <= until,
        is_mine(actor.id, Task.case_id),
    )
    return db.scalars(due.order_by(Task.due_on, Task.id).limit(PART)).all()


class _Opened:
    """The reports and cases of a week, opened for this member: what does not open is left out."""

    def __init__(
        self, db: Session, actor: Actor, clocks: Sequence[Clock], tasks: Iterable[Task]
    ) -> None:
        ids = {one.subject_id for one in clocks} | {one.case_id for one in tasks}
        reports = open_dossiers(db, actor, sa.select(Report).where(Report.id.in_(ids)))
        cases = open_dossiers(db, actor, sa.select(Case).where(Case.id.in_(ids)))
        self._reports: dict[str, OpenReport] = {one.dossier.id: one for one in reports}
        self._cases: dict[str, OpenCase] = {one.dossier.id: one for one in cases}
        self._categories, self._titles = categories_of(db, reports), titles(db, cases)
        self._clocks = clocks_of(db, ids)

    def items(self, clocks: Iterable[Clock]) -> list[Item]:
        """Show clocks."""
        return [item for clock in clocks for item in self._clock(clock)]

    def task(self, task: Task) -> list[Item]:
        """Show a task, if its case opens."""
        opened = self._cases.get(task.case_id)
        if opened is None:
            return []
        days = (office().today() - task.due_on).days
        return [
            Item(
                todo=read_task(opened, task) or _("This task is damaged and cannot be opened."),
                due=format_date(task.due_on),
                late=_("overdue") if days > 0 else "",
                order=_end_of(task.due_on),
                **self._of_case(task.case_id),
            )
        ]

    def _clock(self, clock: Clock) -> list[Item]:
        place = self._place(clock.subject_id)
        if place is None:
            return []
        late = clock.due_at <= office().clock()
        return [
            Item(
                todo=self._todo(clock),
                due=due_words(clock),
                late=days_late_words(clock) if late else "",
                explained=reason_words(clock.late_reason) if clock.late_reason else "",
                unexplained=late and not clock.late_reason,
                order=clock.due_at,
                **place,
            )
        ]

    def _todo(self, clock: Clock) -> str:
        opened = self._reports.get(clock.subject_id) or self._cases[clock.subject_id]
        if is_done(clock, opened.dossier, self._clocks[clock.subject_id]):
            words: str = _("Say why this was late: %(what)s", what=to_do_words(clock.kind))
            return words
        return to_do_words(clock.kind)

    def _place(self, subject_id: str) -> dict[str, Any] | None:
        if subject_id in self._reports:
            about = self._categories.get(subject_id) or _("No category")
            where = {"report_id": subject_id}
            return _place(about, "inbox.report", subject_id, where)
        return self._of_case(subject_id) if subject_id in self._cases else None

    def _of_case(self, case_id: str) -> dict[str, Any]:
        about, where = self._titles[case_id], {"case_id": case_id}
        return _place(about, "cases.show", case_id, where)


def _place(about: str, endpoint: str, id_: str, where: Mapping[str, str]) -> dict[str, Any]:
    return {"about": about, "reference": id_[:8], "endpoint": endpoint, "where": where}


def _end_of(day: date) -> Any:
    return office().post.timekeeping.end_of(day)
