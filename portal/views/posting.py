"""Sealing what an informant sends: what reports and later messages share."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from crypto.recipients import Identity, Recipient
from portal.filing import Origin
from portal.mailbox.letters import Attachment, Letter, seal_letter
from portal.mailbox.models import Mailbox
from portal.mailbox.service import SealedLetter, post_message, thread
from portal.sealed_files import SealedFile
from portal.services import services
from portal.views.thread import try_open


def recipients_of(mailbox: Mailbox) -> tuple[Recipient, Recipient]:
    """Whom everything in a thread is sealed to: the dossier, and the mailbox."""
    return Recipient(mailbox.dossier_recipient), Recipient(mailbox.recipient)


def attached(files: Sequence[SealedFile]) -> tuple[Attachment, ...]:
    """Name files as attachments of a letter."""
    return tuple(Attachment(f.blob.id, f.name, f.size, f.sha256) for f in files)


def sealed_letter(
    letter: Letter, recipients: Sequence[Recipient], files: Sequence[SealedFile]
) -> SealedLetter:
    """Seal a letter, ready to be stored with its files."""
    sealed = seal_letter(letter, recipients)
    return SealedLetter(
        envelope_id=letter.envelope, sealed=sealed, blobs=[file.blob for file in files]
    )


def opened_letters(db: Session, mailbox: Mailbox, identity: Identity) -> list[Letter]:
    """Open a thread's letters, without those that were withdrawn or are damaged."""
    opened = (
        try_open(e.sealed, identity, envelope=e.id, dossier=mailbox.dossier_id)
        for e in thread(db, mailbox.id)
    )
    return [letter for letter in opened if letter]


def post_further(
    db: Session, mailbox: Mailbox, envelope: str, text: str, files: Sequence[SealedFile]
) -> bool:
    """Put a later message into the thread; False if this envelope is there already."""
    letter = Letter(
        kind="message",
        envelope=envelope,
        dossier=mailbox.dossier_id,
        language="",
        text=text,
        attachments=attached(files),
    )
    sealed = sealed_letter(letter, recipients_of(mailbox), files)
    return post_message(db, mailbox=mailbox, letter=sealed, today=services().today())


def post_later_files(
    db: Session,
    mailbox: Mailbox,
    origin: Origin,
    thread: Iterable[Letter],
    files: Sequence[SealedFile],
) -> tuple[SealedFile, ...]:
    """Where the first copy of a page stands: make files that only a later copy has a message. Gives those it took.

    Whoever stops the sending, adds a file and sends again must neither lose it nor say everything twice.
    """
    known = {(a.name, a.sha256) for letter in thread for a in letter.attachments}
    new = tuple(f for f in files if (f.name, f.sha256) not in known)
    envelope = origin.envelope_id(sorted((f.name, f.sha256) for f in new))
    return new if new and post_further(db, mailbox, envelope, "", new) else ()
