"""The filing log: one entry for each report, appended in the transaction that files it, and checkpoints that the portal signs.

An entry is a salted hash (`letters.entry_of`): nothing in this database leads from it to its report or back. Random entries are
added as cover, so that their number is not the number of reports (E11). Format: docs/formats-logs.md, sections 1 to 5.
No verb commits or reads the clock.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crypto.checkpoints import Checkpoint, open_checkpoint, open_cosignature, sign_checkpoint
from crypto.errors import ProofError
from crypto.merkle import HASH_BYTES, Frontier, inclusion_proof, leaf_hash
from crypto.notes import verifier_text
from crypto.proofs import LogProof, format_proof, verify_certificate
from portal.log_keys import LogKey
from portal.mailbox.models import FilingCosignature, FilingLeaf, FilingState

MOST_COVER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A filing certificate: its text, what it says, and by which day the witness saw the report in the log, if it has."""

    text: str
    entry: bytes
    index: int
    checkpoint: Checkpoint
    day: date | None


@dataclass(frozen=True, slots=True)
class LogView:
    """The log as the store shows it: the newest checkpoint that was kept, and the entries in their order."""

    note: str | None
    entries: Sequence[bytes]


def append(db: Session, entry: bytes) -> None:
    """Append a report's entry. Whoever appends waits for the one before to commit: call it last. Raises ProofError."""
    _grow(db, _locked(db), [entry])


def is_cover_due(db: Session, today: date) -> bool:
    """Say whether this day's random entries are still to be appended."""
    return db.scalar(sa.select(FilingState.covered_on)) != today


def add_cover(db: Session, today: date) -> None:
    """Append, once a day, from one to MOST_COVER random entries, which nobody can tell from those of reports (E11)."""
    frontier = _locked(db)
    # Another process may have been faster: its day is seen once the row is ours.
    if not is_cover_due(db, today):
        return
    number = 1 + secrets.randbelow(MOST_COVER)
    _grow(db, frontier, [secrets.token_bytes(HASH_BYTES) for _ in range(number)])
    db.execute(sa.update(FilingState).values(covered_on=today))


def newest_checkpoint(db: Session, key: LogKey) -> str:
    """Sign the log as it was committed; raises ProofError.

    Call it where this session has appended nothing: what may still be rolled back must not be signed. All processes sign the
    same, for a size has one root and its checkpoint one signature.
    """
    frontier = _frontier(db.scalars(sa.select(FilingState.frontier)))
    return sign_checkpoint(Checkpoint(key.name, frontier.size, frontier.root), key.seed)


def is_unsigned(db: Session, key: LogKey) -> bool:
    """Say whether the checkpoint that is kept for the witness is not the newest; raises ProofError."""
    return db.scalar(sa.select(FilingState.note)) != newest_checkpoint(db, key)


def keep_checkpoint(db: Session, key: LogKey) -> None:
    """Keep the newest checkpoint, for the witness to fetch; raises ProofError."""
    # Locked first: of two that keep one, the later sees what the earlier saw, or more.
    db.execute(sa.select(FilingState.id).with_for_update())
    db.execute(sa.update(FilingState).values(note=newest_checkpoint(db, key)))


def certificate(db: Session, entry: bytes, *, key: LogKey, witness: str) -> Certificate | None:
    """Make the certificate of an entry; None if the log does not have it. Raises ProofError where the store was tampered with.

    The first checkpoint with this entry that the witness cosigned says the earliest day. Before there is one, the log's newest
    checkpoint alone is given, which says no day.
    """
    index = position_of(db, entry)
    if index is None:
        return None
    log = verifier_text(key.name, key.seed)
    note, day = _witnessed(db, index, log, witness) or (newest_checkpoint(db, key), None)
    checkpoint = open_checkpoint(note, log)
    leaves = [leaf_hash(one) for one in entries(db, checkpoint.size)]
    if not index < len(leaves):
        raise ProofError
    text = format_proof(LogProof(index, inclusion_proof(leaves, index), note, entry))
    verify_certificate(text, log=log)
    return Certificate(text=text, entry=entry, index=index, checkpoint=checkpoint, day=day)


def position_of(db: Session, entry: bytes) -> int | None:
    """Say where in the log an entry stands."""
    return db.scalar(sa.select(FilingLeaf.position).where(FilingLeaf.entry == entry))


def entries(db: Session, size: int) -> Sequence[bytes]:
    """Give the first entries of the log, in order; fewer than asked for if they are not there."""
    first = sa.select(FilingLeaf.entry).where(FilingLeaf.position < size)
    return db.scalars(first.order_by(FilingLeaf.position)).all()


def look(db: Session) -> LogView:
    """Give what a witness looks at."""
    # The checkpoint first: the entries that are read after it are then at least as many.
    note = db.scalar(sa.select(FilingState.note))
    return LogView(
        note, db.scalars(sa.select(FilingLeaf.entry).order_by(FilingLeaf.position)).all()
    )


def kept_checkpoint(db: Session) -> str | None:
    """Give the newest checkpoint that was kept, without the entries."""
    return db.scalar(sa.select(FilingState.note))


def is_cosigned(db: Session, size: int) -> bool:
    """Say whether the checkpoint of this size lies here with the witness's cosignature."""
    found = sa.select(FilingCosignature.size).where(FilingCosignature.size == size)
    return db.scalar(found) is not None


def add_cosignature(db: Session, size: int, note: str) -> None:
    """Lay a cosigned checkpoint down for those who ask for a certificate."""
    db.execute(sa.insert(FilingCosignature).values(size=size, note=note))


def _witnessed(db: Session, index: int, log: str, witness: str) -> tuple[str, date] | None:
    """Give the first cosigned checkpoint that has this position, and the day on which it was cosigned.

    What others may have written into the store is not given out: both signatures are verified.
    """
    first = sa.select(FilingCosignature.note).where(FilingCosignature.size > index)
    note = db.scalar(first.order_by(FilingCosignature.size).limit(1))
    if note is None:
        return None
    open_checkpoint(note, log)
    return note, datetime.fromtimestamp(open_cosignature(note, witness), UTC).date()


def _locked(db: Session) -> Frontier:
    """Read where the log stands, and keep everybody else from appending until this transaction ends."""
    # SQLite has no such lock and needs none: its writers take theirs when they begin.
    return _frontier(db.scalars(sa.select(FilingState.frontier).with_for_update()))


def _grow(db: Session, frontier: Frontier, new: Sequence[bytes]) -> None:
    rows = [
        {"position": position, "entry": entry} for position, entry in enumerate(new, frontier.size)
    ]
    db.execute(sa.insert(FilingLeaf), rows)
    for entry in new:
        frontier = frontier.append(leaf_hash(entry))
    db.execute(sa.update(FilingState).values(frontier=frontier.encode()))


def _frontier(rows: Iterable[bytes]) -> Frontier:
    """Read the one row of the log's state; raises ProofError where there is none."""
    found = list(rows)
    return Frontier.parse(found[0] if found else b"")
