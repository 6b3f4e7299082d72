"""Looking things up in the ledger: what was done to something, by somebody, of a kind, in a time. Nothing here writes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState

SHORTEST_REFERENCE = 4
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is left out is not asked about. `reference` is an id or its beginning, `until` is excluded."""

    reference: str = ""
    actor_id: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How long the ledger is, and what of it was signed last."""

    size: int
    signed: LedgerCheckpoint | None


def find_entries(
    db: Session, wanted: Wanted, *, before: int | None = None, at_most: int
) -> Sequence[LedgerEntry]:
    """Give the newest entries, those below a number: each page is found by an index, however long the ledger is."""
    found = sa.select(LedgerEntry).where(*_conditions(wanted))
    if before is not None:
        found = found.where(LedgerEntry.number < before)
    return db.scalars(found.order_by(LedgerEntry.number.desc()).limit(at_most)).all()


def ledger_standing(db: Session) -> Standing:
    """Say how long the ledger is, and what of it was signed last."""
    latest = sa.select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
    return Standing(db.scalar(sa.select(LedgerState.size)) or 0, db.scalar(latest))


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    entry, found = LedgerEntry, list[sa.ColumnElement[bool]]()
    if wanted.reference:
        found += _about(wanted.reference)
    if wanted.actor_id:
        found.append(entry.actor_id == wanted.actor_id)
    if wanted.act:
        found.append(entry.act == wanted.act)
    if wanted.since is not None:
        found.append(entry.at >= wanted.since)
    if wanted.until is not None:
        found.append(entry.at < wanted.until)
    return found


def _about(reference: str) -> list[sa.ColumnElement[bool]]:
    """Find what begins so, between it and the first id that does not: an index serves that on both engines."""
    if len(reference) < SHORTEST_REFERENCE or not _HEX.fullmatch(reference):
        return [LedgerEntry.subject == reference]
    return [LedgerEntry.subject >= reference, LedgerEntry.subject < f"{reference}g"]
