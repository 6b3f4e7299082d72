"""What is worked on in a case: its allegations and its tasks. None of these verbs commits or reads the clock."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import NotAReader, OpenCase, admit, begin, note_act, readers
from casework.cases.models import Allegation, Task
from casework.cases.states import TASK_TRANSITIONS, CaseAction, Finding, TaskAction, TaskState
from casework.dossiers.notes import rewrite_note, write_note
from casework.dossiers.states import NoteKind
from casework.ledger.states import Act
from casework.records import new_id
from casework.staff.service import Actor
from casework.transitions import next_state
from crypto.errors import OpenError
from portal.errors import NotFound


def state_allegation(
    db: Session,
    opened: OpenCase,
    content: Mapping[str, str],
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> str:
    """Add an allegation: fields of text (statement, norm, period); give its id."""
    case = begin(db, opened, CaseAction.STATE_ALLEGATION, seen=seen, actor=actor)
    last = sa.select(sa.func.max(Allegation.number)).where(Allegation.case_id == case.id)
    allegation_id = new_id()
    allegation = Allegation(
        id=allegation_id,
        case_id=case.id,
        number=(db.scalar(last) or 0) + 1,
        sealed=opened.seal_record(content, f"allegation {allegation_id}"),
        stated_by=actor.id,
        stated_on=today,
    )
    db.add(allegation)
    db.flush()
    change = {"allegation": allegation_id}
    note_act(db, Act.ALLEGATION_STATED, case.id, actor=actor, now=now, change=change)
    return allegation_id


def find(
    db: Session,
    opened: OpenCase,
    allegation_id: str,
    finding: Finding,
    reasons: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Say what became of one allegation, and why. An earlier finding is kept as a note, with its reasons."""
    case = begin(db, opened, CaseAction.FIND, seen=seen, actor=actor)
    mine = sa.select(Allegation).where(
        Allegation.id == allegation_id, Allegation.case_id == case.id
    )
    allegation = db.scalar(mine.execution_options(populate_existing=True))
    if allegation is None:
        raise NotFound
    if allegation.finding is not None:
        _keep_earlier(db, opened, allegation, actor=actor, now=now)
    allegation.finding = finding
    allegation.reasons = opened.seal_record({"reasons": reasons}, _reasons_place(allegation_id))
    allegation.found_by, allegation.found_on = actor.id, today
    db.flush()
    change = {"allegation": allegation_id, "finding": finding.value}
    note_act(db, Act.ALLEGATION_FOUND, case.id, actor=actor, now=now, change=change)


def set_task(
    db: Session,
    opened: OpenCase,
    title: str,
    *,
    owner_id: str,
    due_on: date,
    seen: int,
    actor: Actor,
    now: datetime,
) -> str:
    """Give somebody who reads the case something to do by a day; give the task's id. Raises NotAReader."""
    case = begin(db, opened, CaseAction.SET_TASK, seen=seen, actor=actor)
    if owner_id not in readers(db, case.id):
        raise NotAReader
    task_id = new_id()
    task = Task(
        id=task_id,
        case_id=case.id,
        sealed=opened.seal_record({"title": title}, f"task {task_id}"),
        owner_id=owner_id,
        due_on=due_on,
        set_by=actor.id,
    )
    db.add(task)
    db.flush()
    change = {"task": task_id, "owner": owner_id, "due": due_on.isoformat()}
    note_act(db, Act.TASK_SET, case.id, actor=actor, now=now, change=change)
    return task_id


def end_task(
    db: Session,
    opened: OpenCase,
    task_id: str,
    action: TaskAction,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Finish or cancel a task; raises NotFound, or IllegalTransition if it has ended already."""
    case = begin(db, opened, CaseAction.FINISH_TASK, seen=seen, actor=actor)
    mine = sa.select(Task).where(Task.id == task_id, Task.case_id == case.id)
    task = db.scalar(mine.execution_options(populate_existing=True))
    if task is None:
        raise NotFound
    _move_task(task, action)
    task.ended_by, task.ended_on = actor.id, today
    db.flush()
    change = {"task": task_id, "to": task.state}
    note_act(db, Act.TASK_DONE, case.id, actor=actor, now=now, change=change)


def rewrite(
    db: Session,
    opened: OpenCase,
    number: int,
    content: Mapping[str, str],
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a note of a case, or its summary, anew; `seen` is the version of the note.

    Once the case's end is asked for, it stays as whoever decides saw it. Raises what `rewrite_note` raises.
    """
    admit(db, opened, CaseAction.REWRITE_NOTE, actor=actor)
    rewrite_note(db, opened, number, content, seen=seen, actor=actor, now=now)


def allegations_of(db: Session, case_id: str) -> Sequence[Allegation]:
    """Give the allegations of a case, in order."""
    mine = sa.select(Allegation).where(Allegation.case_id == case_id).order_by(Allegation.number)
    return db.scalars(mine).all()


def tasks_of(db: Session, case_id: str) -> Sequence[Task]:
    """Give the tasks of a case, the open ones first, by the day they are due."""
    mine = sa.select(Task).where(Task.case_id == case_id)
    in_order = mine.order_by(Task.state != TaskState.OPEN, Task.due_on, Task.id)
    return db.scalars(in_order).all()


def read_allegation(opened: OpenCase, allegation: Allegation) -> Mapping[str, str] | None:
    """Open what an allegation says, with the reasons of its finding under "reasons"; None for damage (F10)."""
    try:
        content = opened.read_record(allegation.sealed, f"allegation {allegation.id}")
        if allegation.reasons is not None:
            content |= opened.read_record(allegation.reasons, _reasons_place(allegation.id))
    except OpenError:
        return None
    return content


def read_task(opened: OpenCase, task: Task) -> str | None:
    """Open a task's title; None for damage (F10)."""
    try:
        return opened.read_record(task.sealed, f"task {task.id}")["title"]
    except OpenError:
        return None


def _keep_earlier(
    db: Session, opened: OpenCase, allegation: Allegation, *, actor: Actor, now: datetime
) -> None:
    read = read_allegation(opened, allegation) or {}
    content = {
        "allegation": str(allegation.number),
        "finding": str(allegation.finding),
        "reasons": read.get("reasons", ""),
    }
    write_note(db, opened, NoteKind.REASON, content, actor=actor, now=now)


def _move_task(task: Task, action: TaskAction) -> None:
    """Change a task's state: the one place that does."""
    task.state = next_state(TASK_TRANSITIONS, TaskState(task.state), action)


def _reasons_place(allegation_id: str) -> str:
    return f"reasons {allegation_id}"
