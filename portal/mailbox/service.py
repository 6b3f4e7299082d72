"""The verbs of the mailbox store. None commits, reads the clock, or knows a web framework."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from crypto.recipients import Recipient
from portal.blobs import StoredBlob
from portal.mailbox.models import (
    HASH_BYTES,
    Blob,
    Direction,
    Envelope,
    Grant,
    Mailbox,
    PublicState,
    new_id,
)


class AlreadyFiled(Exception):
    """The same report page was sent twice; the first copy stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedLetter:
    """A letter ready to be stored: its envelope's id, its bytes, its attachments in order."""

    envelope_id: str
    sealed: bytes
    blobs: Sequence[StoredBlob] = ()


def locator_hash(locator: bytes) -> bytes:
    """Give what is stored of a locator: its SHA-256. The locator has 256 bits, so no salt is needed."""
    return hashlib.sha256(locator).digest()


def file_report(
    db: Session,
    *,
    mailbox_id: str,
    locator: bytes,
    key_recipient: Recipient,
    dossier_id: str,
    dossier: Recipient,
    grants: Sequence[bytes],
    letter: SealedLetter,
    today: date,
) -> None:
    """Make the mailbox of a new report and put the report in it; raises AlreadyFiled."""
    mailbox = Mailbox(
        id=mailbox_id,
        locator_hash=locator_hash(locator),
        recipient=key_recipient.raw,
        dossier_id=dossier_id,
        dossier_recipient=dossier.raw,
        received_on=today,
    )
    db.add(mailbox)
    try:
        db.flush()
    except IntegrityError as error:
        raise AlreadyFiled from error
    db.execute(
        sa.insert(Grant),
        [{"id": new_id(), "mailbox_id": mailbox_id, "sealed": grant} for grant in grants],
    )
    _add(db, mailbox_id, letter, Direction.TO_OFFICE, today, sequence=1)


def find_mailbox(db: Session, locator: bytes) -> Mailbox | None:
    """Find the mailbox a token opens. A burned one is not found: its hash is nobody's any more."""
    return db.scalar(sa.select(Mailbox).where(Mailbox.locator_hash == locator_hash(locator)))


def get_mailbox(db: Session, mailbox_id: str) -> Mailbox | None:
    """Get a mailbox that a session already opened, unless it was burned since."""
    found = sa.select(Mailbox).where(Mailbox.id == mailbox_id, Mailbox.burned.is_(sa.false()))
    return db.scalar(found)


def post_message(db: Session, *, mailbox: Mailbox, letter: SealedLetter, today: date) -> bool:
    """Put an informant's later letter into their mailbox; False if this envelope is there already."""
    return _append(db, mailbox.id, letter, Direction.TO_OFFICE, today)


def post_reply(db: Session, *, mailbox_id: str, letter: SealedLetter, today: date) -> None:
    """Deliver a letter of the office; the first one acknowledges the report. Delivering it again changes nothing."""
    if _append(db, mailbox_id, letter, Direction.TO_INFORMANT, today, collected=True):
        first = Mailbox.id == mailbox_id, Mailbox.acknowledged_on.is_(None)
        db.execute(sa.update(Mailbox).where(*first).values(acknowledged_on=today))


def tell_state(db: Session, *, mailbox_id: str, state: PublicState) -> None:
    """Let the informant see where their report stands."""
    db.execute(sa.update(Mailbox).where(Mailbox.id == mailbox_id).values(public_state=state))


def remove_mailbox(db: Session, mailbox_id: str) -> list[str]:
    """Delete a mailbox with its letters and its grants; give the ids of its blobs, to be deleted after the commit."""
    blobs = sa.select(Blob.id).join(Envelope, Envelope.id == Blob.envelope_id)
    found = list(db.scalars(blobs.where(Envelope.mailbox_id == mailbox_id)))
    db.execute(sa.delete(Mailbox).where(Mailbox.id == mailbox_id))
    return found


def thread(db: Session, mailbox_id: str) -> Sequence[Envelope]:
    """Give a mailbox's letters, oldest first, with their attachments."""
    letters = sa.select(Envelope).where(Envelope.mailbox_id == mailbox_id)
    return db.scalars(
        letters.order_by(Envelope.sequence).options(selectinload(Envelope.blobs))
    ).all()


def letter_of_blob(db: Session, *, mailbox_id: str, blob_id: str) -> Envelope | None:
    """Find the letter of this mailbox that has the attachment; another mailbox's is not found (F1)."""
    letters = sa.select(Envelope).join(Blob, Blob.envelope_id == Envelope.id)
    return db.scalar(letters.where(Blob.id == blob_id, Envelope.mailbox_id == mailbox_id))


def has_letter(db: Session, *, mailbox_id: str, envelope_id: str) -> bool:
    """Say whether this mailbox has that envelope."""
    letters = sa.select(Envelope.id).where(Envelope.id == envelope_id)
    return db.scalar(letters.where(Envelope.mailbox_id == mailbox_id)) is not None


def withdraw(db: Session, *, mailbox: Mailbox, envelope_id: str) -> list[str] | None:
    """Destroy a letter the informant sent; give the ids of its blobs, to be deleted after the commit.

    One the office has not collected leaves no trace; of one it has, a stub says that it was withdrawn.
    None if there is no such letter.
    """
    envelope = db.scalar(
        sa.select(Envelope)
        .where(
            Envelope.id == envelope_id,
            Envelope.mailbox_id == mailbox.id,
            Envelope.direction == Direction.TO_OFFICE,
            Envelope.withdrawn.is_(sa.false()),
        )
        .options(selectinload(Envelope.blobs))
        .with_for_update()
    )
    if envelope is None:
        return None
    blobs = [blob.id for blob in envelope.blobs]
    if envelope.collected:
        envelope.sealed, envelope.withdrawn = None, True
        envelope.blobs.clear()
    else:
        db.delete(envelope)
    db.flush()
    return blobs


def burn(db: Session, *, mailbox: Mailbox) -> None:
    """Make the token worthless: nothing can find this mailbox again. The office keeps what it has."""
    mailbox.locator_hash = secrets.token_bytes(HASH_BYTES)
    mailbox.burned = True
    db.flush()


def uncollected(db: Session) -> Sequence[tuple[Mailbox, Envelope]]:
    """Give the informants' letters the office has not yet collected, oldest day first."""
    letters = (
        sa.select(Mailbox, Envelope)
        .join(Envelope, Envelope.mailbox_id == Mailbox.id)
        .where(Envelope.direction == Direction.TO_OFFICE, Envelope.collected.is_(sa.false()))
        .order_by(Envelope.posted_on, Envelope.mailbox_id, Envelope.sequence)
        .options(selectinload(Envelope.blobs))
    )
    return [(mailbox, envelope) for mailbox, envelope in db.execute(letters)]


def grants_of(db: Session, mailbox_ids: Collection[str]) -> dict[str, list[bytes]]:
    """Give the unlabelled grants of some mailboxes."""
    found: dict[str, list[bytes]] = {mailbox_id: [] for mailbox_id in mailbox_ids}
    rows = sa.select(Grant.mailbox_id, Grant.sealed).where(Grant.mailbox_id.in_(mailbox_ids))
    for mailbox_id, sealed in db.execute(rows):
        found[mailbox_id].append(sealed)
    return found


def mark_collected(db: Session, envelope_ids: Collection[str]) -> set[str]:
    """Note that the office has its own copy of these letters; give those that are still there.

    One that is not was withdrawn while it was being copied: the office must drop its copy.
    """
    ours = Envelope.id.in_(envelope_ids)
    db.execute(sa.update(Envelope).where(ours).values(collected=True))
    return set(db.scalars(sa.select(Envelope.id).where(ours)))


def withdrawn_letters(db: Session) -> list[str]:
    """Give the ids of letters that were withdrawn after the office had collected them."""
    return list(db.scalars(sa.select(Envelope.id).where(Envelope.withdrawn.is_(sa.true()))))


def known_blobs(db: Session, ids: Collection[str]) -> set[str]:
    """Say which of these blobs a letter names; the others are orphans."""
    return set(db.scalars(sa.select(Blob.id).where(Blob.id.in_(ids))))


def _append(
    db: Session,
    mailbox_id: str,
    letter: SealedLetter,
    direction: Direction,
    today: date,
    *,
    collected: bool = False,
) -> bool:
    """Put a letter last in its thread, unless it is in the store already or there is no such mailbox.

    The mailbox's row is locked first, so two letters at once queue up, the same one twice included.
    """
    row = sa.select(Mailbox.id).where(Mailbox.id == mailbox_id).with_for_update()
    known = sa.select(Envelope.id).where(Envelope.id == letter.envelope_id)
    if db.scalar(row) is None or db.scalar(known) is not None:
        return False
    last = sa.select(sa.func.max(Envelope.sequence)).where(Envelope.mailbox_id == mailbox_id)
    sequence = (db.scalar(last) or 0) + 1
    _add(db, mailbox_id, letter, direction, today, sequence=sequence, collected=collected)
    return True


def _add(
    db: Session,
    mailbox_id: str,
    letter: SealedLetter,
    direction: Direction,
    today: date,
    *,
    sequence: int,
    collected: bool = False,
) -> None:
    envelope = Envelope(
        id=letter.envelope_id,
        mailbox_id=mailbox_id,
        sequence=sequence,
        direction=direction,
        sealed=letter.sealed,
        posted_on=today,
        collected=collected,
    )
    for position, blob in enumerate(letter.blobs):
        envelope.blobs.append(Blob(id=blob.id, position=position, sealed_size=blob.sealed_size))
    db.add(envelope)
    db.flush()
