"""The verbs of the evidence register. None commits, reads the clock, or knows a web framework.

Whatever happens to an item is an event of its custody and one entry of the ledger, written together. Verbs that change what a
case's page offers are told the version it showed (F6); looking, and taking along, are not.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import CaseError, OpenCase, admit, begin, note_act
from casework.cases.models import Allegation
from casework.cases.states import CaseAction
from casework.evidence import rules
from casework.evidence.custody import take
from casework.evidence.models import AllegationEvidence, EvidenceItem
from casework.evidence.states import CustodyAction, Hold, ItemKind, ItemState
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.transitions import IllegalTransition
from portal.errors import NotFound


class Held(CaseError):
    """An item is not given away; `hold` says what keeps it."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold)
        self.hold = hold


def note_viewed(
    db: Session, opened: OpenCase, item_id: str, *, actor: Actor, now: datetime
) -> None:
    """Note that somebody opens an item's file: before they see it."""
    admit(db, opened, CaseAction.VIEW_EVIDENCE, actor=actor)
    item = item_of(db, opened, item_id)
    take(db, opened, item, CustodyAction.VIEW, actor=actor, now=now)


def export_items(
    db: Session,
    opened: OpenCase,
    item_ids: Collection[str],
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Note that items leave the office, and why: before they do. Raises NotFound, or IllegalTransition for one that is gone."""
    admit(db, opened, CaseAction.EXPORT_EVIDENCE, actor=actor)
    items = [item_of(db, opened, one) for one in set(item_ids)]
    for item in sorted(items, key=lambda one: one.number):
        take(db, opened, item, CustodyAction.EXPORT, reason, actor=actor, now=now)


def return_item(
    db: Session,
    opened: OpenCase,
    item_id: str,
    reason: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Give a thing back to whose it is, or let go of a report's file, which is then that report's alone. Raises Held."""
    begin(db, opened, CaseAction.RETURN_EVIDENCE, seen=seen, actor=actor)
    item = item_of(db, opened, item_id)
    if is_cited(db, item):
        raise Held(Hold.FINDING)
    take(db, opened, item, CustodyAction.RETURN, reason, actor=actor, now=now)


def destroy_item(
    db: Session,
    opened: OpenCase,
    item_id: str,
    reason: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Destroy an item, and keep that it was; give its blobs, to be deleted after the commit. Raises Held."""
    begin(db, opened, CaseAction.DESTROY_EVIDENCE, seen=seen, actor=actor)
    item = item_of(db, opened, item_id)
    if hold := rules.hold_of(ItemKind(item.kind), cited=is_cited(db, item)):
        raise Held(hold)
    blobs = [item.blob] if item.blob else []
    take(db, opened, item, CustodyAction.DESTROY, reason, actor=actor, now=now)
    return blobs


def cite(
    db: Session,
    opened: OpenCase,
    item_id: str,
    allegation_id: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that the finding on an allegation rests on an item. Raises NotFound, or IllegalTransition if it is said, or gone."""
    begin(db, opened, CaseAction.CITE_EVIDENCE, seen=seen, actor=actor)
    item, allegation = item_of(db, opened, item_id), _allegation(db, opened, allegation_id)
    link = opened.dossier.id, allegation.number, item.number
    if item.state != ItemState.HELD or db.get(AllegationEvidence, link) is not None:
        raise IllegalTransition("it is gone, or cited already")
    case_id, number, cited = link
    db.add(AllegationEvidence(case_id=case_id, allegation=number, item=cited))
    db.flush()
    change = {"item": item.id, "allegation": allegation.id}
    note_act(db, Act.EVIDENCE_CITED, case_id, actor=actor, now=now, change=change)


def uncite(
    db: Session,
    opened: OpenCase,
    item_id: str,
    allegation_id: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that it does not rest on it any more; raises NotFound."""
    begin(db, opened, CaseAction.CITE_EVIDENCE, seen=seen, actor=actor)
    item, allegation = item_of(db, opened, item_id), _allegation(db, opened, allegation_id)
    link = db.get(AllegationEvidence, (opened.dossier.id, allegation.number, item.number))
    if link is None:
        raise NotFound
    db.delete(link)
    db.flush()
    change = {"item": item.id, "allegation": allegation.id}
    note_act(db, Act.EVIDENCE_UNCITED, link.case_id, actor=actor, now=now, change=change)


def item_of(db: Session, opened: OpenCase, item_id: str) -> EvidenceItem:
    """Find an item of this case; raises NotFound for another case's (F1)."""
    mine = sa.select(EvidenceItem).where(
        EvidenceItem.id == item_id, EvidenceItem.case_id == opened.dossier.id
    )
    item = db.scalar(mine.execution_options(populate_existing=True))
    if item is None:
        raise NotFound
    return item


def is_cited(db: Session, item: EvidenceItem) -> bool:
    """Whether a finding rests on an item."""
    cited = AllegationEvidence.case_id == item.case_id, AllegationEvidence.item == item.number
    found = sa.select(AllegationEvidence.item).where(*cited).limit(1)
    return db.scalar(found) is not None


def known_blobs(db: Session, ids: Collection[str]) -> set[str]:
    """Say which of these blobs the register holds, its own and those of reports; the sweep leaves them where they are."""
    own = sa.select(EvidenceItem.blob).where(EvidenceItem.blob.in_(ids))
    held = sa.select(EvidenceItem.letter_file).where(EvidenceItem.letter_file.in_(ids))
    return {one for one in db.scalars(own.union(held)) if one}


def _allegation(db: Session, opened: OpenCase, allegation_id: str) -> Allegation:
    mine = sa.select(Allegation).where(
        Allegation.id == allegation_id, Allegation.case_id == opened.dossier.id
    )
    allegation = db.scalar(mine)
    if allegation is None:
        raise NotFound
    return allegation
