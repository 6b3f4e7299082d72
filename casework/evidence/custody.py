"""What happens to an item: one event of its custody and one entry of the ledger, and its state with them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase
from casework.evidence import rules
from casework.evidence.models import CustodyEvent, EvidenceItem
from casework.evidence.states import (
    REASONED,
    TRANSITIONS,
    CustodyAction,
    ItemKind,
    ItemState,
)
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.transitions import IllegalTransition, next_state

ACTS = {
    CustodyAction.RECEIVE: Act.EVIDENCE_RECEIVED,
    CustodyAction.VIEW: Act.EVIDENCE_VIEWED,
    CustodyAction.EXPORT: Act.EVIDENCE_EXPORTED,
    CustodyAction.COPY: Act.EVIDENCE_COPIED,
    CustodyAction.RETURN: Act.EVIDENCE_RETURNED,
    CustodyAction.DESTROY: Act.EVIDENCE_DESTROYED,
}


def receive(db: Session, item: EvidenceItem, *, actor: Actor, now: datetime) -> None:
    """Begin an item's custody."""
    _add(db, item, CustodyAction.RECEIVE, 1, actor=actor, now=now)


def take(
    db: Session,
    opened: OpenCase,
    item: EvidenceItem,
    action: CustodyAction,
    reason: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Let something happen to an item; the case's row is held. Raises IllegalTransition where it cannot.

    What is returned or destroyed lets go of its file.
    """
    if not rules.can(action, ItemKind(item.kind), ItemState(item.state)):
        raise IllegalTransition(f"{action} is not possible for {item.kind} when {item.state}")
    last = sa.select(sa.func.max(CustodyEvent.number)).where(CustodyEvent.item_id == item.id)
    number = (db.scalar(last) or 0) + 1
    told: dict[str, Any] = {}
    if action in REASONED:
        place = reason_place(item.id, number)
        told = {"why": reason, "sealed": opened.seal_record({"words": reason}, place)}
    _move(item, action)
    _add(db, item, action, number, actor=actor, now=now, **told)


def reason_place(item_id: str, number: int) -> str:
    """Say where the reason of an event stands; it opens nowhere else (F9)."""
    return f"custody {item_id}.{number}"


def _move(item: EvidenceItem, action: CustodyAction) -> None:
    """Change an item's state: the one place that does."""
    item.state = next_state(TRANSITIONS, ItemState(item.state), action)
    if item.state != ItemState.HELD:
        item.report_id = item.letter_file = item.blob = None


def _add(
    db: Session,
    item: EvidenceItem,
    action: CustodyAction,
    number: int,
    *,
    actor: Actor,
    now: datetime,
    why: str = "",
    sealed: bytes | None = None,
) -> None:
    event = CustodyEvent(
        item_id=item.id, number=number, action=action, member_id=actor.id, at=now, sealed=sealed
    )
    db.add(event)
    db.flush()
    change: Mapping[str, str] = {"item": item.id, "event": str(number)}
    record(
        db,
        act=ACTS[action],
        actor_id=actor.id,
        subject=item.case_id,
        now=now,
        change=change,
        detail=why,
    )
