"""Who may do what with a case now: how a member stands to it, who reads it, and the check every act on it begins with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases import rules
from casework.cases.models import Case, CaseReport, Closure
from casework.cases.states import CaseAction, CaseState, Relation
from casework.dossiers.models import Grant, Report
from casework.dossiers.service import OpenDossier, hold
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.staff.states import AccountState
from casework.transitions import IllegalTransition

OpenCase: TypeAlias = OpenDossier[Case]


class CaseError(Exception):
    """A case cannot be changed so; the subclass says why."""


class Barred(CaseError):
    """This member stands to the case in a way that excludes the act."""


class ReadersDiffer(CaseError):
    """Somebody reads the one and may not read the other: `members` says who."""

    def __init__(self, members: Collection[str]) -> None:
        super().__init__("readers differ")
        self.members = frozenset(members)


class NotReady(CaseError):
    """A case cannot be closed yet: `lacks` says what it lacks, as rules.missing_for_closure does."""

    def __init__(self, lacks: Sequence[str]) -> None:
        super().__init__(", ".join(lacks))
        self.lacks = tuple(lacks)


class RestsOnIt(CaseError):
    """The evidence register holds a file of this report: it stays in the case."""


class NotAReader(CaseError):
    """Whoever is to work a case has to be able to read it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands for one member: what they may do now, and who has asked for its end."""

    actions: frozenset[CaseAction]
    closure: Closure | None


def begin(db: Session, opened: OpenCase, action: CaseAction, *, seen: int, actor: Actor) -> Case:
    """Hold a case for an act, and count the act; raises IllegalTransition on an old page or in a wrong state, and Barred."""
    case = _held(db, opened)
    if case.version != seen:
        raise IllegalTransition("this case was changed meanwhile")
    _check(db, case, action, actor)
    case.version += 1
    db.flush()
    return case


def admit(db: Session, opened: OpenCase, action: CaseAction, *, actor: Actor) -> Case:
    """Hold a case for an act on what has versions of its own, or none; raises as `begin` does, but no page is too old for it."""
    case = _held(db, opened)
    _check(db, case, action, actor)
    return case


def standing(db: Session, opened: OpenCase, actor: Actor) -> Standing:
    """Say what this member may do with a case now: all that its page may offer."""
    case, closure = opened.dossier, pending_closure(db, opened.dossier.id)
    related = relations(db, case, actor)
    state = CaseState(case.state)
    return Standing(
        frozenset(
            action
            for action in CaseAction
            if rules.can(action, state, closing=closure is not None)
            and rules.may(action, actor.role, related)
        ),
        closure,
    )


def relations(db: Session, case: Case, actor: Actor) -> frozenset[Relation]:
    """Say how a member stands to a case."""
    found = set[Relation]()
    if actor.id in readers(db, case.id):
        found.add(Relation.GRANTED)
    if case.owner_id == actor.id:
        found.add(Relation.OWNER)
    triaged = (
        sa.select(Report.id)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id, Report.triaged_by == actor.id)
    )
    if db.scalar(triaged.limit(1)) is not None:
        found.add(Relation.TRIAGED)
    closure = pending_closure(db, case.id)
    if closure is not None and closure.proposed_by == actor.id:
        found.add(Relation.PROPOSED)
    return frozenset(found)


def readers(db: Session, dossier_id: str) -> frozenset[str]:
    """Give the members who may read a dossier and whose account is open."""
    rows = (
        sa.select(Grant.member_id)
        .join(Member, Member.id == Grant.member_id)
        .where(
            Grant.dossier_id == dossier_id,
            Grant.sealed.is_not(None),
            Member.state == AccountState.ACTIVE,
        )
    )
    return frozenset(db.scalars(rows))


def report_ids(db: Session, case_id: str) -> Sequence[str]:
    """Give the reports of a case."""
    linked = sa.select(CaseReport.report_id).where(CaseReport.case_id == case_id)
    return db.scalars(linked.order_by(CaseReport.linked_on, CaseReport.report_id)).all()


def case_ids(db: Session, report_id: str) -> Sequence[str]:
    """Give the cases a report belongs to."""
    linked = sa.select(CaseReport.case_id).where(CaseReport.report_id == report_id)
    return db.scalars(linked.order_by(CaseReport.linked_on, CaseReport.case_id)).all()


def pending_closure(db: Session, case_id: str) -> Closure | None:
    """Give the request for a case's end that nobody has decided yet."""
    return db.scalar(
        sa.select(Closure).where(Closure.case_id == case_id, Closure.decided_by.is_(None))
    )


def _held(db: Session, opened: OpenCase) -> Case:
    hold(db, opened.dossier.id)
    db.refresh(opened.dossier)
    return opened.dossier


def _check(db: Session, case: Case, action: CaseAction, actor: Actor) -> None:
    closing = pending_closure(db, case.id) is not None
    if not rules.can(action, CaseState(case.state), closing=closing):
        raise IllegalTransition(f"{action} is not possible when {case.state}")
    if not rules.may(action, actor.role, relations(db, case, actor)):
        raise Barred(action)


def note_act(
    db: Session,
    act: Act,
    case_id: str,
    *,
    actor: Actor,
    now: datetime,
    change: Mapping[str, str] | None = None,
    detail: str = "",
) -> None:
    """Write an act on a case into the ledger; `detail` is why, for auditors."""
    record(db, act=act, actor_id=actor.id, subject=case_id, now=now, change=change, detail=detail)
