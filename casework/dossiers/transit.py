"""The verbs of the post: letters that come from the mailbox store, and those on their way to it. None commits."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from casework.destruction.models import Destruction
from casework.dossiers.models import Arrival, Entry, Offer, Report
from casework.dossiers.service import move, next_number
from casework.dossiers.states import EntryAction, EntryState

# Databases take so many values in one statement and no more.
BATCH = 500


def receive(
    db: Session, *, report: Report, offers: Sequence[bytes], entries: Sequence[Entry]
) -> None:
    """Take copies of letters: a new dossier with its offers, or later letters of a known one; of a destroyed one none.

    They are not there for anybody before `confirm` says that the mailbox store knows of them.
    """
    known = sa.select(Report.id).where(Report.id == report.id).with_for_update()
    if db.scalar(known) is None:
        # Looked for after the dossier: who destroys one leaves this in the same transaction.
        if db.get(Destruction, report.id) is not None:
            return
        db.add(report)
        db.flush()
        db.add_all([Offer(dossier_id=report.id, sealed=sealed) for sealed in offers])
    for entry in entries:
        if db.get(Entry, entry.id) is None:
            entry.number = next_number(db, report.id)
            db.add(entry)
            db.flush()
            db.add(Arrival(entry_id=entry.id))
    db.flush()


def unconfirmed(db: Session) -> dict[str, list[str]]:
    """Give the letters whose copy the mailbox store may not know of yet, each with its files."""
    arrived = sa.select(Entry).join(Arrival, Arrival.entry_id == Entry.id)
    entries = db.scalars(arrived.options(selectinload(Entry.files)))
    return {entry.id: [file.id for file in entry.files] for entry in entries}


def confirm(db: Session, *, there: Collection[str], gone: Collection[str]) -> list[str]:
    """Let the letters that are still there be seen; forget those taken back while they were copied, and give their files."""
    for ids in _batches(there):
        db.execute(sa.delete(Arrival).where(Arrival.entry_id.in_(ids)))
    return [file for ids in _batches(gone) for file in _drop(db, ids)]


def received(db: Session, entry_ids: Collection[str]) -> list[str]:
    """Give those of these letters that are not yet noted as withdrawn."""
    ours = sa.select(Entry.id).where(Entry.state == EntryState.RECEIVED)
    found = (db.scalars(ours.where(Entry.id.in_(ids))) for ids in _batches(entry_ids))
    return [entry_id for ids in found for entry_id in ids]


def note_withdrawn(db: Session, entry_ids: Collection[str], *, today: date) -> None:
    """Note that the informant destroyed their copy of these letters; ours stays, and says so."""
    ours = sa.select(Entry).where(Entry.state == EntryState.RECEIVED)
    for ids in _batches(entry_ids):
        for entry in db.scalars(ours.where(Entry.id.in_(ids)).with_for_update()):
            move(entry, EntryAction.WITHDRAW)
            entry.withdrawn_on = today
    db.flush()


def queued_entries(db: Session) -> Sequence[tuple[Report, Entry]]:
    """Give the office's letters that have not reached their mailbox, those of one dossier together and in their order."""
    queued = (
        sa.select(Report, Entry)
        .join(Entry, Entry.dossier_id == Report.id)
        .where(Entry.state == EntryState.QUEUED)
        .order_by(Entry.dossier_id, Entry.number)
        .options(selectinload(Entry.files))
    )
    return [(report, entry) for report, entry in db.execute(queued)]


def note_delivered(db: Session, entry_id: str) -> bool:
    """Note that a letter lies in its mailbox; False, and nothing changed, if that was noted before."""
    entry = db.scalar(sa.select(Entry).where(Entry.id == entry_id).with_for_update())
    if entry is None or entry.state != EntryState.QUEUED:
        return False
    move(entry, EntryAction.DELIVER)
    db.flush()
    return True


def _drop(db: Session, entry_ids: Sequence[str]) -> list[str]:
    """Forget letters, and their dossiers where nothing else is in them."""
    found = sa.select(Entry).where(Entry.id.in_(entry_ids)).options(selectinload(Entry.files))
    entries = db.scalars(found).all()
    files = [file.id for entry in entries for file in entry.files]
    for entry in entries:
        db.delete(entry)
    db.flush()
    empty = sa.select(Report).where(
        Report.id.in_({entry.dossier_id for entry in entries}),
        ~sa.exists().where(Entry.dossier_id == Report.id),
    )
    for report in db.scalars(empty).all():
        db.delete(report)
    db.flush()
    return files


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
