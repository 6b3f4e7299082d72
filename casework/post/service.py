"""The post between the two databases: letters are collected from the mailbox store, replies delivered to it.

Nothing crosses the two in one transaction. Each step can be repeated, so whatever moment the process dies at, the next round
goes on: a letter has one id on both sides, and is stored, marked and delivered under it once.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from casework.dossiers import service as dossiers
from casework.dossiers.models import Dossier, Entry, EntryFile
from casework.dossiers.states import EntryState
from portal.blobs import DirectoryBlobs, StoredBlob
from portal.database import Database
from portal.logs import log_event
from portal.mailbox import service as mailboxes
from portal.mailbox.models import Envelope, Mailbox, PublicState
from portal.mailbox.service import SealedLetter


@dataclass(kw_only=True)
class Post:
    """The two stores of each side. One round at a time: the office serves with one process."""

    casework: Database
    mailbox: Database
    office_blobs: DirectoryBlobs
    mailbox_blobs: DirectoryBlobs
    _round: threading.Lock = field(default_factory=threading.Lock)

    def exchange(self, today: date) -> None:
        """Deliver what waits, then collect what came. Raises OSError or SQLAlchemyError where a store cannot be reached."""
        with self._round:
            if delivered := self._deliver(today):
                log_event("delivered", letters=delivered)
            if collected := self._collect(today):
                log_event("collected", letters=collected)

    def _deliver(self, today: date) -> int:
        with self.casework.reading() as db:
            queued = dossiers.queued_entries(db)
        for dossier, entry in queued:
            self._deliver_one(dossier, entry, today)
        return len(queued)

    def _deliver_one(self, dossier: Dossier, entry: Entry, today: date) -> None:
        for file in entry.files:
            self.mailbox_blobs.copy_from(self.office_blobs, file.id)
        letter = SealedLetter(
            envelope_id=entry.id,
            sealed=entry.sealed,
            blobs=[StoredBlob(file.id, file.sealed_size) for file in entry.files],
        )
        state = PublicState(entry.public_state) if entry.public_state else None
        with self.mailbox.transaction() as db:
            mailboxes.post_reply(
                db, mailbox_id=dossier.mailbox_id, letter=letter, state=state, today=today
            )
        self.mailbox_blobs.publish([file.id for file in entry.files])
        with self.casework.transaction() as db:
            dossiers.note_delivered(db, entry.id)

    def _collect(self, today: date) -> int:
        with self.mailbox.reading() as db:
            letters = mailboxes.uncollected(db)
            grants = mailboxes.grants_of(db, {mailbox.id for mailbox, _ in letters})
            withdrawn = mailboxes.withdrawn_letters(db)
        collected = 0
        for mailbox, of_one in groupby(letters, key=lambda pair: pair[0]):
            whole = [envelope for _, envelope in of_one if self._has_copied(envelope)]
            if whole:
                self._take(mailbox, whole, grants[mailbox.id])
                collected += len(whole)
        if withdrawn:
            with self.casework.transaction() as db:
                dossiers.note_withdrawn(db, withdrawn, today=today)
        return collected

    def _has_copied(self, envelope: Envelope) -> bool:
        """Copy a letter's files; one that was withdrawn while we looked has none any more, and is left alone."""
        try:
            for blob in envelope.blobs:
                self.office_blobs.copy_from(self.mailbox_blobs, blob.id)
        except FileNotFoundError:
            return False
        return True

    def _take(
        self, mailbox: Mailbox, envelopes: Sequence[Envelope], grants: Sequence[bytes]
    ) -> None:
        """Store our copies, then mark the letters; what was withdrawn in between is dropped again."""
        with self.casework.transaction() as db:
            dossiers.receive(
                db,
                dossier=_dossier(mailbox),
                offers=grants,
                entries=[_entry(mailbox, envelope) for envelope in envelopes],
            )
        self.office_blobs.publish([blob.id for e in envelopes for blob in e.blobs])
        ids = {envelope.id for envelope in envelopes}
        with self.mailbox.transaction() as db:
            gone = ids - mailboxes.mark_collected(db, ids)
        if gone:
            with self.casework.transaction() as db:
                files = dossiers.drop_uncollected(db, gone)
            self.office_blobs.delete(files)


def _dossier(mailbox: Mailbox) -> Dossier:
    return Dossier(
        id=mailbox.dossier_id,
        mailbox_id=mailbox.id,
        recipient=mailbox.dossier_recipient,
        mailbox_recipient=mailbox.recipient,
        received_on=mailbox.received_on,
        public_state=mailbox.public_state,
    )


def _entry(mailbox: Mailbox, envelope: Envelope) -> Entry:
    entry = Entry(
        id=envelope.id,
        dossier_id=mailbox.dossier_id,
        number=None,
        sealed=envelope.sealed or b"",
        state=EntryState.RECEIVED,
        written_on=envelope.posted_on,
        has_files=bool(envelope.blobs),
    )
    for blob in envelope.blobs:
        entry.files.append(
            EntryFile(id=blob.id, position=blob.position, sealed_size=blob.sealed_size)
        )
    return entry
