"""Proving that the ledger is what was recorded: nothing cut, edited, reordered or rolled back (F16)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState
from casework.ledger.rules import read_body
from casework.ledger.states import LedgerFault
from crypto.checkpoints import Checkpoint, open_checkpoint
from crypto.errors import ProofError
from crypto.merkle import Frontier, leaf_hash

_BATCH = 1000
# Its number, body and leaf; whether it has a detail; and what of the body it repeats: subject, act, actor, moment.
EntryRow = sa.Row[int, bytes, bytes, bool, str, str, str | None, datetime]


_SAID = {
    LedgerFault.MISSING: "entry {} is missing",
    LedgerFault.EDITED: "entry {} was edited",
    LedgerFault.UNREADABLE: "entry {} cannot be read",
    LedgerFault.MISNUMBERED: "where entry {} belongs stands another",
    LedgerFault.FRONTIER: "its entries are not those that it counted",
    LedgerFault.CUT: "it ends at {} entries, and more were signed",
    LedgerFault.FORKED: "its first {} entries are not those that were signed",
    LedgerFault.CHECKPOINT: "a checkpoint was not signed with its key",
}


class LedgerBroken(Exception):
    """The ledger is not what was recorded.

    `number` is the entry at which this shows; the fault lies there or, for what is wrong with the whole, somewhere
    before. None: nowhere in particular.
    """

    def __init__(self, fault: LedgerFault, number: int | None) -> None:
        super().__init__(_SAID[fault].format(number))
        self.fault = fault
        self.number = number


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """A ledger that verified: its entries, their root, and how many signed checkpoints it leads through."""

    size: int
    root: bytes
    checkpoints: int


def verify_ledger(db: Session, *, verifier: str, earlier: str | None = None) -> LedgerVerdict:
    """Read the whole ledger and prove that it is what was recorded; raises LedgerBroken.

    `verifier` is the public half of the ledger's key. `earlier` is a checkpoint kept elsewhere: only that shows a
    database that was rolled back, or rewritten together with the checkpoints in it. Entries may be appended meanwhile.
    """
    # First: no checkpoint can then be ahead of the state that is read next.
    signed = [*_checkpoints(db, verifier), *_kept(earlier, verifier)]
    state = _state(db)
    with first_entries(db, state.size) as rows:
        verify_growth((_checked(row, n) for n, row in enumerate(rows)), signed, state)
    return LedgerVerdict(state.size, state.root, len(signed))


def verify_growth(leaves: Iterable[bytes], signed: Sequence[Checkpoint], state: Frontier) -> None:
    """Raise LedgerBroken unless the leaves lead through all that was signed to where the ledger says it stands."""
    wanted: defaultdict[int, set[bytes]] = defaultdict(set)
    for checkpoint in signed:
        wanted[checkpoint.size].add(checkpoint.root)
    grown = Frontier()
    _compare(wanted, grown)
    for leaf in leaves:
        grown = grown.append(leaf)
        _compare(wanted, grown)
    if wanted:
        raise LedgerBroken(LedgerFault.CUT, grown.size)
    if grown.size < state.size:
        raise LedgerBroken(LedgerFault.MISSING, grown.size)
    if grown != state:
        raise LedgerBroken(LedgerFault.FRONTIER, None)


@contextmanager
def first_entries(db: Session, size: int) -> Iterator[Iterable[EntryRow]]:
    """Give the first `size` entries, in order, without loading them all at once."""
    entry = LedgerEntry
    columns = entry.number, entry.body, entry.leaf, entry.sealed.is_not(None)
    repeated = entry.subject, entry.act, entry.actor_id, entry.at
    wanted = sa.select(*columns, *repeated).where(entry.number < size).order_by(entry.number)
    # The cursor lives in the database's server: it is closed whatever is found.
    with db.execute(wanted.execution_options(yield_per=_BATCH)) as rows:
        yield rows


def parse_frontier(rows: Sequence[bytes]) -> Frontier:
    """Read the one row of the ledger's state; raises LedgerBroken."""
    try:
        (stored,) = rows
        return Frontier.parse(stored)
    except (ValueError, ProofError) as error:
        raise LedgerBroken(LedgerFault.FRONTIER, None) from error


def open_note(note: str, verifier: str, size: int | None = None) -> Checkpoint:
    """Read a checkpoint of this ledger; raises LedgerBroken for another's, and for one that is not of this size."""
    try:
        checkpoint = open_checkpoint(note, verifier)
    except ProofError as error:
        raise LedgerBroken(LedgerFault.CHECKPOINT, size) from error
    if size not in {None, checkpoint.size}:
        raise LedgerBroken(LedgerFault.CHECKPOINT, size)
    return checkpoint


def _checkpoints(db: Session, verifier: str) -> Iterator[Checkpoint]:
    rows = db.execute(sa.select(LedgerCheckpoint.size, LedgerCheckpoint.note)).all()
    return (open_note(note, verifier, size) for size, note in rows)


def _kept(earlier: str | None, verifier: str) -> Iterator[Checkpoint]:
    if earlier is not None:
        yield open_note(earlier, verifier)


def _state(db: Session) -> Frontier:
    """Read where the ledger says it stands; one statement, so that an entry appended meanwhile is in both or in none."""
    last = sa.select(sa.func.max(LedgerEntry.number)).scalar_subquery()
    rows = db.execute(sa.select(LedgerState.size, LedgerState.frontier, last)).all()
    frontier = parse_frontier([stored for _, stored, _ in rows])
    for size, _, number in rows:
        if size != frontier.size or (number is not None and number >= size):
            raise LedgerBroken(LedgerFault.FRONTIER, size)
    return frontier


def _checked(row: EntryRow, number: int) -> bytes:
    """Give the leaf; raises LedgerBroken unless this is the entry of this number, as it was written."""
    found, written, leaf, has_detail, *repeated = row
    if found != number:
        raise LedgerBroken(LedgerFault.MISSING, number)
    if leaf_hash(written) != leaf:
        raise LedgerBroken(LedgerFault.EDITED, number)
    try:
        body = read_body(written)
    except ValueError as error:
        raise LedgerBroken(LedgerFault.UNREADABLE, number) from error
    if body.number != number:
        raise LedgerBroken(LedgerFault.MISNUMBERED, number)
    said = [body.subject, body.act, body.actor, body.at]
    if said != repeated or (body.detail is not None) != has_detail:
        raise LedgerBroken(LedgerFault.EDITED, number)
    return leaf


def _compare(wanted: defaultdict[int, set[bytes]], grown: Frontier) -> None:
    """Raise LedgerBroken where a checkpoint of this size was signed, and of another tree."""
    if wanted.pop(grown.size, {grown.root}) != {grown.root}:
        raise LedgerBroken(LedgerFault.FORKED, grown.size)
