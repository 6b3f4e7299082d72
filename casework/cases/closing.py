"""The end of a case: asked for by one person, agreed to or sent back by another. No verb commits or reads the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases import rules
from casework.cases.guard import NotReady, OpenCase, begin, note_act, pending_closure
from casework.cases.models import Case, CaseReport, Closure
from casework.cases.service import move
from casework.cases.states import (
    DECISIONS,
    CaseAction,
    Feedback,
    Outcome,
    Protection,
    Reward,
    RiskLink,
)
from casework.cases.work import allegations_of, tasks_of
from casework.dossiers.models import Entry
from casework.dossiers.notes import write_note
from casework.dossiers.states import EntryState, LetterPurpose, NoteKind
from casework.ledger.states import Act
from casework.records import new_id
from casework.staff.service import Actor
from crypto.errors import OpenError


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Proposal:
    """With what a case is to close: each decision as a code, and in words what was found and why a decision went as it did."""

    outcome: Outcome
    feedback: Feedback
    reward: Reward
    protection: Protection
    risk: RiskLink
    words: str
    # By the name of the decision.
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def decisions(self) -> dict[str, str]:
        """The decisions, by name."""
        return {name: getattr(self, name).value for name in DECISIONS}


def propose_closure(
    db: Session,
    opened: OpenCase,
    proposal: Proposal,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Ask that a case be closed; until somebody else decides, nothing in it changes. Raises NotReady with all it lacks."""
    case = begin(db, opened, CaseAction.PROPOSE_CLOSURE, seen=seen, actor=actor)
    _refuse_unready(db, case, proposal)
    closure_id = new_id()
    closure = Closure(
        id=closure_id,
        case_id=case.id,
        outcome=proposal.outcome,
        feedback=proposal.feedback,
        reward=proposal.reward,
        protection=proposal.protection,
        risk=proposal.risk,
        sealed=opened.seal_record(
            {"words": proposal.words, **proposal.reasons}, _place(closure_id)
        ),
        proposed_by=actor.id,
        proposed_on=today,
    )
    db.add(closure)
    db.flush()
    change = {"outcome": proposal.outcome.value, "feedback": proposal.feedback.value}
    change |= proposal.decisions
    detail = "\n".join([proposal.words, *proposal.reasons.values()])
    note_act(db, Act.CLOSURE_PROPOSED, case.id, actor=actor, now=now, change=change, detail=detail)


def read_closure(opened: OpenCase, closure: Closure) -> Mapping[str, str] | None:
    """Open what a closure says: "words", and the reasons by the name of the decision; None for damage (F10)."""
    try:
        return opened.read_record(closure.sealed, _place(closure.id))
    except OpenError:
        return None


def last_closure(db: Session, case_id: str) -> Closure | None:
    """Give with what a case was closed last; None if it never was."""
    agreed = sa.select(Closure).where(Closure.case_id == case_id, Closure.approved.is_(sa.true()))
    return db.scalar(agreed.order_by(Closure.decided_on.desc(), Closure.id).limit(1))


def return_closure(
    db: Session,
    opened: OpenCase,
    words: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Send a case back to be worked on, and say what is missing."""
    case = begin(db, opened, CaseAction.RETURN_CLOSURE, seen=seen, actor=actor)
    _decide(db, case.id, approved=False, actor=actor, today=today)
    note_act(db, Act.CLOSURE_RETURNED, case.id, actor=actor, now=now, detail=words)
    write_note(db, opened, NoteKind.REASON, {"words": words}, actor=actor, now=now)


def close_case(
    db: Session, opened: OpenCase, *, seen: int, actor: Actor, now: datetime, today: date
) -> None:
    """Agree that a case is closed: somebody who neither asked for it, nor works it, nor took its reports in."""
    case = begin(db, opened, CaseAction.CLOSE, seen=seen, actor=actor)
    _decide(db, case.id, approved=True, actor=actor, today=today)
    case.closed_on = today
    move(db, case, CaseAction.CLOSE, actor=actor, now=now)


def reopen_case(
    db: Session, opened: OpenCase, words: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a closed case up again, and say why; what was found stands."""
    case = begin(db, opened, CaseAction.REOPEN, seen=seen, actor=actor)
    case.closed_on = None
    move(db, case, CaseAction.REOPEN, actor=actor, now=now, detail=words)
    write_note(db, opened, NoteKind.REASON, {"words": words}, actor=actor, now=now)


def _refuse_unready(db: Session, case: Case, proposal: Proposal) -> None:
    lacks = rules.missing_for_closure(
        allegations_of(db, case.id),
        tasks_of(db, case.id),
        proposal.decisions,
        proposal.reasons,
        feedback=proposal.feedback,
        told=_were_told(db, case),
    )
    if lacks:
        raise NotReady(lacks)


def _were_told(db: Session, case: Case) -> bool:
    """Whether a letter that tells the outcome went to each of the informants since the case was opened."""
    gone = sa.exists().where(
        Entry.dossier_id == CaseReport.report_id,
        Entry.purpose == LetterPurpose.OUTCOME,
        Entry.state.in_((EntryState.QUEUED, EntryState.DELIVERED)),
        Entry.written_on >= case.opened_on,
    )
    untold = sa.select(CaseReport.report_id).where(CaseReport.case_id == case.id, ~gone)
    return db.scalar(untold.limit(1)) is None


def _decide(db: Session, case_id: str, *, approved: bool, actor: Actor, today: date) -> None:
    closure = pending_closure(db, case_id)
    assert closure is not None  # noqa: S101 - rules.can has seen it under the same lock
    if approved and closure.reward is None:
        # Asked for before these were decided: it has to go back, and be asked for anew.
        raise NotReady(tuple(DECISIONS))
    closure.decided_by, closure.decided_on, closure.approved = actor.id, today, approved
    db.flush()


def _place(closure_id: str) -> str:
    return f"closure {closure_id}"
