"""Opening a dossier is an act of its own: it stands in the ledger before anything of the dossier is shown."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase, Standing
from casework.cases.models import Task
from casework.cases.states import CaseAction, TaskState
from casework.dossiers.models import Report
from casework.dossiers.service import OpenReport
from casework.dossiers.states import ReportState
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.web.access import actor
from casework.web.services import office

_BEFORE_TRIAGE = frozenset({ReportState.NEW, ReportState.ACKNOWLEDGED})


def note_opening(dossier_id: str, *, relation: str = "", file: str = "") -> None:
    """Write into the ledger that the member at work opens a dossier, or a file of it, and how they stand to it.

    In a transaction of its own, for the request is one that reads. Where it cannot be written, nothing is shown.
    """
    said = {"as": relation, "file": file}
    with office().database.transaction() as db:
        record(
            db,
            act=Act.DOSSIER_OPENED,
            actor_id=actor().id,
            subject=dossier_id,
            now=office().clock(),
            change={name: value for name, value in said.items() if value},
        )


def relation_to_case(db: Session, opened: OpenCase, member: Actor, standing: Standing) -> str:
    """Say as what somebody opens a case: who works it, who may decide on its end, who has a task in it, or a reader."""
    case = opened.dossier
    if case.owner_id == member.id:
        return "owner"
    if CaseAction.CLOSE in standing.actions:
        return "approver"
    mine = sa.select(Task.id).where(Task.case_id == case.id, Task.owner_id == member.id)
    has_task = db.scalar(mine.where(Task.state == TaskState.OPEN).limit(1)) is not None
    return "task" if has_task else "reader"


def relation_to_report(opened: OpenReport, member: Actor) -> str:
    """Say as what somebody opens a report: to take it up, as who took it up, or as a reader."""
    report: Report = opened.dossier
    if report.triaged_by == member.id:
        return "triage"
    return "intake" if ReportState(report.state) in _BEFORE_TRIAGE else "reader"
