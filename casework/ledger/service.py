"""The verbs of the ledger. None commits or reads the clock; an entry is written in the transaction of its act."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.ledger.models import (
    ONLY,
    AuditKey,
    LedgerCheckpoint,
    LedgerEntry,
    LedgerState,
)
from casework.ledger.rules import (
    Body,
    detail_in,
    digest_of,
    moment,
    normal,
    read_body,
    salted,
    write_body,
)
from casework.ledger.states import Act, LedgerFault
from casework.ledger.verification import (
    LedgerBroken,
    LedgerVerdict,
    open_note,
    parse_frontier,
    verify_growth,
    verify_ledger,
)
from crypto.age import seal, unseal
from crypto.checkpoints import Checkpoint, sign_checkpoint
from crypto.errors import OpenError
from crypto.merkle import Frontier, leaf_hash
from crypto.notes import verifier_text
from crypto.recipients import Identity, Recipient

__all__ = [
    "LedgerBroken",
    "LedgerVerdict",
    "Recorded",
    "body_of",
    "detail_of",
    "entries_of",
    "is_checkpoint_due",
    "make_checkpoint",
    "record",
    "record_all",
    "verify_ledger",
]


class Recorded(NamedTuple):
    """One act of many that are recorded together."""

    act: Act
    actor_id: str | None
    subject: str
    at: datetime
    change: Mapping[str, str] = MappingProxyType({})


def record(
    db: Session,
    *,
    act: Act,
    actor_id: str | None,
    subject: str,
    now: datetime,
    change: Mapping[str, str] | None = None,
    detail: str = "",
) -> int:
    """Append one entry in the caller's transaction; give its number.

    `change` is ids, states and codes and stands in clear: text in it is a ValueError. `detail` is free text and is sealed to
    the auditors' key; as long as there never was an auditor it is not kept, for nobody could ever open it.

    Whoever appends waits for the one before to commit: call it after the other rows of the act are locked.
    """
    padded, sealed = _sealed(db, detail)
    frontier = _locked(db)
    body = Body(
        number=frontier.size,
        act=act,
        actor=actor_id,
        subject=normal(subject),
        at=moment(now),
        change=change or {},
        detail=digest_of(padded) if padded else None,
    )
    _append(db, frontier, body, sealed)
    return frontier.size


def record_all(db: Session, acts: Iterable[Recorded]) -> None:
    """Append many entries without a detail, in order, as fast as the database takes them."""
    frontier, rows = _locked(db), list[dict[str, Any]]()
    for one in acts:
        body = Body(
            number=frontier.size,
            act=one.act,
            actor=one.actor_id,
            subject=one.subject,
            at=moment(one.at),
            change=one.change,
        )
        row = _row(body, None)
        rows.append(row)
        frontier = frontier.append(row["leaf"])
    if rows:
        db.execute(sa.insert(LedgerEntry), rows)
        _keep(db, frontier)


def entries_of(db: Session, subject: str) -> Sequence[LedgerEntry]:
    """Give the entries about one subject, in order; `body_of` reads them."""
    wanted = sa.select(LedgerEntry).where(LedgerEntry.subject == normal(subject))
    return db.scalars(wanted.order_by(LedgerEntry.number)).all()


def body_of(entry: LedgerEntry) -> Body:
    """Read what an entry says in clear; raises LedgerBroken for one that says nothing."""
    try:
        return read_body(entry.body)
    except ValueError as error:
        raise LedgerBroken(LedgerFault.UNREADABLE, entry.number) from error


def detail_of(entry: LedgerEntry, *keys: Identity) -> str:
    """Open an entry's detail with the auditors' keys; raises OpenError if none fits, and for a detail put in another's place."""
    if entry.sealed is None:
        return ""
    padded = _unsealed(entry.sealed, keys)
    if digest_of(padded) != body_of(entry).detail:
        raise OpenError
    return detail_in(padded)


def make_checkpoint(db: Session, *, origin: str, seed: bytes, today: date) -> str:
    """Sign the ledger as it is with its Ed25519 seed and keep the note; give it.

    Raises LedgerBroken rather than sign what does not lead on from the last one that was signed.
    """
    frontier = _locked(db)
    note = sign_checkpoint(Checkpoint(origin, frontier.size, frontier.root), seed)
    last = _last_checkpoint(db)
    signed = [open_note(last.note, verifier_text(origin, seed), last.size)] if last else []
    leaves = sa.select(LedgerEntry.leaf).order_by(LedgerEntry.number)
    verify_growth(db.scalars(leaves), signed, frontier)
    if last is None or last.size < frontier.size:
        values = {"size": frontier.size, "note": note, "made_on": today}
        db.execute(sa.insert(LedgerCheckpoint).values(**values))
    return note


def is_checkpoint_due(db: Session, today: date) -> bool:
    """Say whether the ledger grew since it was signed last, and that was not today."""
    last = _last_checkpoint(db)
    size = db.scalar(sa.select(LedgerState.size)) or 0
    return size > (last.size if last else 0) and (last is None or last.made_on < today)


def _sealed(db: Session, detail: str) -> tuple[bytes | None, bytes | None]:
    """Give a detail with its salt, and the same sealed to the newest key of the auditors."""
    newest = sa.select(AuditKey.recipient).order_by(AuditKey.number.desc()).limit(1)
    if not detail or (recipient := db.scalar(newest)) is None:
        return None, None
    padded = salted(detail)
    return padded, seal(padded, [Recipient(recipient)])


def _unsealed(sealed: bytes, keys: Sequence[Identity]) -> bytes:
    for key in keys:
        with suppress(OpenError):
            return unseal(sealed, key)
    raise OpenError


def _locked(db: Session) -> Frontier:
    """Read where the ledger stands, and keep everybody else from appending until this transaction ends."""
    # SQLite has no such lock and needs none: its writers take theirs when they begin.
    return parse_frontier(db.scalars(sa.select(LedgerState.frontier).with_for_update()).all())


def _append(db: Session, frontier: Frontier, body: Body, sealed: bytes | None) -> None:
    row = _row(body, sealed)
    db.execute(sa.insert(LedgerEntry).values(**row))
    _keep(db, frontier.append(row["leaf"]))


def _row(body: Body, sealed: bytes | None) -> dict[str, Any]:
    written = write_body(body)
    return {
        "number": body.number,
        "body": written,
        "leaf": leaf_hash(written),
        "subject": body.subject,
        "act": str(body.act),
        "actor_id": body.actor,
        "at": body.at,
        "sealed": sealed,
    }


def _keep(db: Session, grown: Frontier) -> None:
    state = {"size": grown.size, "frontier": grown.encode()}
    db.execute(sa.update(LedgerState).where(LedgerState.id == ONLY).values(**state))


def _last_checkpoint(db: Session) -> LedgerCheckpoint | None:
    latest = sa.select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1)
    return db.scalars(latest).first()
