"""The end of a case: asked for by one person, agreed to or sent back by another. No verb commits or reads the clock."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from casework.cases import rules
from casework.cases.guard import NotReady, OpenCase, begin, note_act, pending_closure
from casework.cases.models import Closure
from casework.cases.service import move
from casework.cases.states import CaseAction, Feedback, Outcome
from casework.cases.work import allegations_of, tasks_of
from casework.dossiers.notes import write_note
from casework.dossiers.states import NoteKind
from casework.ledger.states import Act
from casework.records import new_id
from casework.staff.service import Actor


def propose_closure(
    db: Session,
    opened: OpenCase,
    outcome: Outcome,
    feedback: Feedback,
    words: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Ask that a case be closed; until somebody else decides, nothing in it changes. Raises NotReady."""
    case = begin(db, opened, CaseAction.PROPOSE_CLOSURE, seen=seen, actor=actor)
    if lacks := rules.missing_for_closure(allegations_of(db, case.id), tasks_of(db, case.id)):
        raise NotReady(lacks)
    closure_id = new_id()
    closure = Closure(
        id=closure_id,
        case_id=case.id,
        outcome=outcome,
        feedback=feedback,
        sealed=opened.seal_record({"words": words}, f"closure {closure_id}"),
        proposed_by=actor.id,
        proposed_on=today,
    )
    db.add(closure)
    db.flush()
    change = {"outcome": outcome.value, "feedback": feedback.value}
    note_act(db, Act.CLOSURE_PROPOSED, case.id, actor=actor, now=now, change=change, detail=words)


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


def _decide(db: Session, case_id: str, *, approved: bool, actor: Actor, today: date) -> None:
    closure = pending_closure(db, case_id)
    assert closure is not None  # noqa: S101 - rules.can has seen it under the same lock
    closure.decided_by, closure.decided_on, closure.approved = actor.id, today, approved
    db.flush()
