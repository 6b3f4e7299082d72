"""A member leaves: their sessions end, their grants go, their cases pass on, their key is destroyed. None of this commits.

What only they can read would be lost with them: then they cannot leave yet, and whoever closes the account, who reads nothing, is
told how much of which kind there is and not which.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import readers
from casework.cases.models import Case, Task
from casework.cases.states import CaseState, TaskState
from casework.dossiers.models import Dossier, Entry, Grant, GrantRequest, Report, Trial
from casework.dossiers.service import hold
from casework.dossiers.states import DossierKind
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.states import READERS, AccountState, Role

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Sole:
    """How much a member alone can read, by kind, and how many reports came that nobody has found to be theirs yet."""

    dossiers: Mapping[DossierKind, int]
    unclaimed: int

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return any(self.dossiers.values()) or self.unclaimed > 0


class SoleReader(Exception):
    """What only they can read has to be handed over first: `sole` says how much."""

    def __init__(self, sole: Sole) -> None:
        super().__init__("the only reader")
        self.sole = sole


def sole_reading(db: Session, member_id: str) -> Sole:
    """Count what would be lost with a member: what only they can read, and what they alone may yet find to be theirs."""
    counted = (
        sa.select(Dossier.kind, sa.func.count())
        .join(Grant, Grant.dossier_id == Dossier.id)
        .where(Grant.member_id == member_id, Grant.sealed.is_not(None), ~_read_by_others(member_id))
        .group_by(Dossier.kind)
    )
    found = {DossierKind(kind): count for kind, count in db.execute(counted)}
    return Sole(found, db.scalar(_unclaimed(member_id)) or 0)


def leave(db: Session, member_id: str, *, by: str | None, now: datetime) -> None:
    """Close an account for good; `by` is the administrator's id, nobody's at the machine itself.

    Raises SoleReader, and what `staff.disable` raises: NotFound, LastAdministrator, IllegalTransition.
    """
    for some in batched(_granted(db, member_id)):
        hold(db, *some)
    if sole := sole_reading(db, member_id):
        raise SoleReader(sole)
    staff.disable(db, member_id=member_id, now=now, by=by)
    _destroy_key(db, member_id)
    db.execute(sa.delete(GrantRequest).where(GrantRequest.member_id == member_id))
    for dossier_id in _granted(db, member_id):
        db.execute(sa.delete(Grant).where(*_of(dossier_id, member_id)))
        change = {"member": member_id}
        record(db, act=Act.GRANT_REVOKED, actor_id=by, subject=dossier_id, now=now, change=change)
    _pass_cases_on(db, member_id, by=by, now=now)


def batched(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give ids some at a time, in their order: a statement names so many at most."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _granted(db: Session, member_id: str) -> Sequence[str]:
    """Give what a member can read. A recusal has no key and stays: it says who was outside."""
    mine = sa.select(Grant.dossier_id).where(
        Grant.member_id == member_id, Grant.sealed.is_not(None)
    )
    return db.scalars(mine.order_by(Grant.dossier_id)).all()


def _of(dossier_id: str, member_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return Grant.dossier_id == dossier_id, Grant.member_id == member_id


def _read_by_others(member_id: str) -> sa.Exists:
    return (
        sa.exists()
        .where(
            Grant.dossier_id == Dossier.id,
            Grant.member_id != member_id,
            Grant.sealed.is_not(None),
            Grant.member_id == Member.id,
            Member.state == AccountState.ACTIVE,
        )
        .correlate(Dossier)
    )


def _unclaimed(member_id: str) -> sa.Select[int]:
    """Count the reports nobody reads yet and this member has not tried: one of the unlabelled grants may be theirs."""
    tried = sa.exists().where(Trial.dossier_id == Report.id, Trial.member_id == member_id)
    reader = sa.exists().where(Member.id == member_id, Member.role.in_(READERS))
    arrived = sa.exists().where(Entry.dossier_id == Report.id)
    read = sa.exists().where(
        Grant.dossier_id == Report.id,
        Grant.sealed.is_not(None),
        Grant.member_id == Member.id,
        Member.state == AccountState.ACTIVE,
    )
    return (
        sa.select(sa.func.count())
        .select_from(Report)
        .where(~tried, ~read, arrived, reader.correlate(None))
    )


def _destroy_key(db: Session, member_id: str) -> None:
    """Whoever has their password, and this database or an old one of the mailbox, opens nothing with it any more."""
    member = staff.locked_member(db, member_id)
    if member is not None:
        member.password_wrap = member.recovery_wrap = member.totp_sealed = member.roster_key = None
        member.next_recipient = member.next_sealed = member.former_sealed = None
        member.former_until = None
        db.flush()


def _pass_cases_on(db: Session, member_id: str, *, by: str | None, now: datetime) -> None:
    """Give the cases they work, and their open tasks, to the head where the head reads the case, else to another who does."""
    worked = sa.select(Case).where(Case.owner_id == member_id, Case.state != CaseState.CLOSED)
    for case in db.scalars(worked.execution_options(populate_existing=True)).all():
        case.owner_id = _successor(db, case.id)
        case.version += 1
        change = {"owner": case.owner_id}
        record(db, act=Act.CASE_ASSIGNED, actor_id=by, subject=case.id, now=now, change=change)
    open_tasks = sa.select(Task).where(Task.owner_id == member_id, Task.state == TaskState.OPEN)
    for task in db.scalars(open_tasks).all():
        task.owner_id = _successor(db, task.case_id)
        change = {"task": task.id, "owner": task.owner_id}
        record(db, act=Act.TASK_SET, actor_id=by, subject=task.case_id, now=now, change=change)
    db.flush()


def _successor(db: Session, case_id: str) -> str:
    left = sa.select(Member).where(Member.id.in_(readers(db, case_id)))
    return min(db.scalars(left), key=lambda one: (one.role != Role.HEAD, one.id)).id
