"""The verbs of dossiers. None commits, reads the clock, or knows a web framework.

Objects are loaded through the actor: a dossier they have no grant for does not exist for them, in a list, a count, a
search, or by its id (F1, F2, E25).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from casework.dossiers.models import Dossier, Entry, EntryFile, Grant, Offer, Trial
from casework.dossiers.states import TRANSITIONS, EntryAction, EntryState
from casework.staff.service import Actor
from casework.transitions import next_state
from crypto.age import seal, unseal
from crypto.errors import EncodingError, OpenError
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound
from portal.mailbox.letters import Letter, open_letter
from portal.mailbox.models import PublicState
from portal.roster import open_grant
from portal.sealed_files import SealedFile

SealLetter = Callable[[Sequence[Recipient]], bytes]


class OwnReply(Exception):
    """A reply with files is approved by somebody other than its author."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenDossier:
    """A dossier in the hands of somebody who may read it."""

    dossier: Dossier
    identity: Identity

    @property
    def recipients(self) -> tuple[Recipient, Recipient]:
        """Whom every letter of this dossier is sealed to: the dossier and the informant's mailbox."""
        return Recipient(self.dossier.recipient), Recipient(self.dossier.mailbox_recipient)

    def read(self, entry: Entry) -> Letter:
        """Open one letter; raises OpenError for damage, and for a letter moved here from elsewhere (F9)."""
        return open_letter(entry.sealed, self.identity, envelope=entry.id, dossier=self.dossier.id)


def open_dossiers(
    db: Session, actor: Actor, only: Collection[str] | None = None
) -> list[OpenDossier]:
    """Open the dossiers this actor has grants for, the newest first: the one function that opens any.

    A grant that is damaged, or was swapped in from another dossier, opens nothing and its dossier is left out (F9).
    """
    granted = (
        sa.select(Dossier, Grant.sealed)
        .join(Grant, Grant.dossier_id == Dossier.id)
        .where(Grant.member_id == actor.id)
        .order_by(Dossier.received_on.desc(), Dossier.id)
    )
    if only is not None:
        granted = granted.where(Dossier.id.in_(only))
    return [
        OpenDossier(dossier, identity)
        for dossier, sealed in db.execute(granted)
        if (identity := _identity(sealed, actor, dossier)) is not None
    ]


def open_dossier(db: Session, actor: Actor, dossier_id: str) -> OpenDossier:
    """Open one dossier; raises NotFound where this actor has no grant."""
    found = open_dossiers(db, actor, [dossier_id])
    if not found:
        raise NotFound
    return found[0]


def claim_offers(db: Session, actor: Actor) -> int:
    """Try the unlabelled grants of dossiers this member has not tried yet; give how many were theirs."""
    tried = sa.select(Trial.dossier_id).where(Trial.member_id == actor.id)
    claimed = 0
    for dossier in db.scalars(sa.select(Dossier).where(Dossier.id.not_in(tried))).all():
        offers = db.scalars(sa.select(Offer.sealed).where(Offer.dossier_id == dossier.id)).all()
        db.add(Trial(dossier_id=dossier.id, member_id=actor.id))
        identity = open_grant(offers, actor.identity)
        if identity is not None and identity.recipient.raw == dossier.recipient:
            grant = seal(identity.seed, [actor.identity.recipient])
            db.add(Grant(dossier_id=dossier.id, member_id=actor.id, sealed=grant))
            claimed += 1
    db.flush()
    return claimed


def correspondence(db: Session, dossier_ids: Collection[str]) -> dict[str, list[Entry]]:
    """Give the letters of some dossiers, in order, those still waiting for approval last."""
    entries = (
        sa.select(Entry)
        .where(Entry.dossier_id.in_(dossier_ids), Entry.state != EntryState.DISCARDED)
        .order_by(Entry.number.is_(None), Entry.number, Entry.written_on, Entry.id)
        .options(selectinload(Entry.files))
    )
    found: dict[str, list[Entry]] = {dossier_id: [] for dossier_id in dossier_ids}
    for entry in db.scalars(entries):
        found[entry.dossier_id].append(entry)
    return found


def entry_of_file(db: Session, opened: OpenDossier, file_id: str) -> Entry:
    """Find the letter of this dossier that has the attachment; raises NotFound for another dossier's (F1)."""
    entries = sa.select(Entry).join(EntryFile, EntryFile.entry_id == Entry.id)
    entry = db.scalar(entries.where(EntryFile.id == file_id, Entry.dossier_id == opened.dossier.id))
    if entry is None:
        raise NotFound
    return entry


def write_reply(
    db: Session,
    opened: OpenDossier,
    *,
    actor: Actor,
    entry_id: str,
    seal_letter: SealLetter,
    files: Sequence[SealedFile],
    public_state: PublicState | None,
    today: date,
) -> Entry:
    """Put a reply into the correspondence: text is queued at once, files wait for a second person (F20)."""
    held = bool(files)
    entry = Entry(
        id=entry_id,
        dossier_id=opened.dossier.id,
        number=None if held else _next_number(db, opened.dossier.id),
        sealed=seal_letter(opened.recipients),
        state=EntryState.HELD if held else EntryState.QUEUED,
        written_on=today,
        author_id=actor.id,
        public_state=public_state,
        has_files=held,
    )
    for position, file in enumerate(files):
        entry.files.append(
            EntryFile(id=file.blob.id, position=position, sealed_size=file.blob.sealed_size)
        )
    db.add(entry)
    if not held:
        _tell_state(opened.dossier, entry)
    db.flush()
    return entry


def approve_reply(db: Session, opened: OpenDossier, *, entry_id: str, actor: Actor) -> None:
    """Let a held reply go. Raises OwnReply for its author, IllegalTransition if it went or was dropped meanwhile."""
    entry = _held(db, opened, entry_id)
    if entry.author_id == actor.id:
        raise OwnReply
    entry.number = _next_number(db, opened.dossier.id)
    entry.approved_by = actor.id
    _move(entry, EntryAction.APPROVE)
    _tell_state(opened.dossier, entry)
    db.flush()


def discard_reply(db: Session, opened: OpenDossier, *, entry_id: str) -> list[str]:
    """Drop a held reply; give the ids of its files, to be deleted after the commit."""
    entry = _held(db, opened, entry_id)
    files = [file.id for file in entry.files]
    _move(entry, EntryAction.DISCARD)
    entry.files.clear()
    db.flush()
    return files


def receive(
    db: Session, *, dossier: Dossier, offers: Sequence[bytes], entries: Sequence[Entry]
) -> None:
    """Take copies of collected letters: a new dossier with its offers, or later letters of a known one."""
    known = db.scalar(sa.select(Dossier).where(Dossier.id == dossier.id).with_for_update())
    if known is None:
        db.add(dossier)
        db.flush()
        db.add_all([Offer(dossier_id=dossier.id, sealed=sealed) for sealed in offers])
    for entry in entries:
        if db.get(Entry, entry.id) is None:
            entry.number = _next_number(db, dossier.id)
            db.add(entry)
            db.flush()


def note_withdrawn(db: Session, entry_ids: Collection[str], *, today: date) -> None:
    """Note that the informant destroyed their copy of these letters; ours stays, and says so."""
    received = Entry.state == EntryState.RECEIVED
    for entry in db.scalars(sa.select(Entry).where(Entry.id.in_(entry_ids), received)):
        _move(entry, EntryAction.WITHDRAW)
        entry.withdrawn_on = today
    db.flush()


def drop_uncollected(db: Session, entry_ids: Collection[str]) -> list[str]:
    """Forget letters that were withdrawn while they were being copied; give the ids of their files."""
    found = sa.select(Entry).where(Entry.id.in_(entry_ids)).options(selectinload(Entry.files))
    files = []
    for entry in db.scalars(found).all():
        files += [file.id for file in entry.files]
        db.delete(entry)
    db.flush()
    empty = sa.select(Dossier).where(~sa.exists().where(Entry.dossier_id == Dossier.id))
    for dossier in db.scalars(empty).all():
        db.delete(dossier)
    db.flush()
    return files


def queued_entries(db: Session) -> Sequence[tuple[Dossier, Entry]]:
    """Give the office's letters that have not reached their mailbox, in the order they were queued."""
    queued = (
        sa.select(Dossier, Entry)
        .join(Entry, Entry.dossier_id == Dossier.id)
        .where(Entry.state == EntryState.QUEUED)
        .order_by(Entry.written_on, Entry.dossier_id, Entry.number)
        .options(selectinload(Entry.files))
    )
    return [(dossier, entry) for dossier, entry in db.execute(queued)]


def note_delivered(db: Session, entry_id: str) -> None:
    """Note that a letter lies in its mailbox; noting it twice changes nothing."""
    entry = db.scalar(sa.select(Entry).where(Entry.id == entry_id).with_for_update())
    if entry is not None and entry.state == EntryState.QUEUED:
        _move(entry, EntryAction.DELIVER)
        db.flush()


def known_files(db: Session, ids: Collection[str]) -> set[str]:
    """Say which of these blobs an entry names; the others are orphans."""
    return set(db.scalars(sa.select(EntryFile.id).where(EntryFile.id.in_(ids))))


def _identity(sealed: bytes, actor: Actor, dossier: Dossier) -> Identity | None:
    try:
        identity = Identity(unseal(sealed, actor.identity))
    except (OpenError, EncodingError):
        return None
    return identity if identity.recipient.raw == dossier.recipient else None


def _held(db: Session, opened: OpenDossier, entry_id: str) -> Entry:
    """Load a reply through its dossier, locked; another dossier's is not found."""
    entry = db.scalar(
        sa.select(Entry)
        .where(
            Entry.id == entry_id,
            Entry.dossier_id == opened.dossier.id,
            Entry.author_id.is_not(None),
        )
        .options(selectinload(Entry.files))
        .with_for_update()
    )
    if entry is None:
        raise NotFound
    return entry


def _move(entry: Entry, action: EntryAction) -> None:
    """Change an entry's state: the one place that does."""
    entry.state = next_state(TRANSITIONS, EntryState(entry.state), action)


def _tell_state(dossier: Dossier, entry: Entry) -> None:
    if entry.public_state is not None:
        dossier.public_state = entry.public_state


def _next_number(db: Session, dossier_id: str) -> int:
    """Give the next place in a thread; the dossier's row is locked, so two letters at once queue up."""
    db.execute(sa.select(Dossier.id).where(Dossier.id == dossier_id).with_for_update())
    last = sa.select(sa.func.max(Entry.number)).where(Entry.dossier_id == dossier_id)
    return (db.scalar(last) or 0) + 1
