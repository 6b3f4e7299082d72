"""The post between the two databases: letters are collected from the mailbox store, replies delivered to it.

Nothing crosses the two in one transaction. Each step can be repeated, so whatever moment the process dies at, the next round
goes on: a letter has one id on both sides, and is stored, marked and delivered under it once. What one letter fails for
holds up the rest of its own thread, whose order counts, and nobody else's.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from sqlalchemy.exc import IntegrityError

from casework.clocks.rules import Timekeeping
from casework.destruction.service import mailboxes_to_remove, note_mailbox_removed
from casework.dossiers import transit
from casework.dossiers.models import Entry, EntryFile, Report
from casework.dossiers.states import EntryState, LetterPurpose, ReportState
from casework.post import progress
from casework.post.deadlines import note_heard, start_from_receipt
from portal.blobs import DirectoryBlobs, StoredBlob
from portal.database import Database, scrub
from portal.logs import log_event
from portal.mailbox import service as mailboxes
from portal.mailbox.models import Envelope, Mailbox
from portal.mailbox.service import SealedLetter


@dataclass(kw_only=True)
class Post:
    """The two stores of each side. One round at a time: the office serves with one process."""

    casework: Database
    mailbox: Database
    office_blobs: DirectoryBlobs
    mailbox_blobs: DirectoryBlobs
    timekeeping: Timekeeping
    _round: threading.Lock = field(default_factory=threading.Lock)

    def exchange(self, now: datetime) -> None:
        """Deliver what waits, then collect what came.

        Raises OSError or SQLAlchemyError where a store cannot be reached, or would not take some of it; the rest is done.
        """
        with self._round:
            # A store whose disk is not mounted has lost nothing: it is not there.
            for store in (self.office_blobs, self.mailbox_blobs):
                store.free_bytes()
            self._remove_destroyed()
            failures = _Failures()
            self._confirm(now)
            self._deliver(now, failures)
            self._collect(now, failures)
            self._note_withdrawn(self.timekeeping.day_of(now))
            self._tell()
            failures.tell()

    def store_of(self, blob_id: str) -> DirectoryBlobs:
        """Say where a file is to be read: where our copy is missing, the one in the mailbox store may still be whole."""
        return self.office_blobs if self.office_blobs.exists(blob_id) else self.mailbox_blobs

    def _remove_destroyed(self) -> None:
        """Take the mailboxes of destroyed reports out of the mailbox store: the report lies there too, with grants of its key."""
        with self.casework.reading() as db:
            waiting = mailboxes_to_remove(db)
        for dossier_id, mailbox_id in waiting:
            with self.mailbox.transaction() as db:
                files = mailboxes.remove_mailbox(db, mailbox_id)
            self.mailbox_blobs.delete(files)
            scrub(self.mailbox.engine)
            with self.casework.transaction() as db:
                note_mailbox_removed(db, dossier_id)

    def _deliver(self, now: datetime, failures: "_Failures") -> None:
        with self.casework.reading() as db:
            queued = transit.queued_entries(db)
        delivered = 0
        for _, of_one in groupby(queued, key=lambda pair: pair[0].id):
            with failures.noted():
                for report, entry in of_one:
                    delivered += self._deliver_one(report, entry, now)
        if delivered:
            log_event("delivered", letters=delivered)

    def _deliver_one(self, report: Report, entry: Entry, now: datetime) -> bool:
        files = [file.id for file in entry.files]
        if not _has_copied(self.mailbox_blobs, self.office_blobs, files):
            return False
        letter = SealedLetter(
            envelope_id=entry.id,
            sealed=entry.sealed,
            blobs=[StoredBlob(file.id, file.sealed_size) for file in entry.files],
        )
        today = self.timekeeping.day_of(now)
        with self.mailbox.transaction() as db:
            mailboxes.post_reply(db, mailbox_id=report.mailbox_id, letter=letter, today=today)
        self.mailbox_blobs.publish(files)
        with self.casework.transaction() as db:
            if transit.note_delivered(db, entry.id):
                note_heard(
                    db,
                    report.id,
                    timekeeping=self.timekeeping,
                    now=now,
                    tells_outcome=entry.purpose == LetterPurpose.OUTCOME,
                )
        return True

    def _collect(self, now: datetime, failures: "_Failures") -> None:
        with self.mailbox.reading() as db:
            letters = mailboxes.uncollected(db)
            grants = mailboxes.grants_of(db, {mailbox.id for mailbox, _ in letters})
        threads: dict[Mailbox, list[Envelope]] = {}
        for mailbox, envelope in letters:
            threads.setdefault(mailbox, []).append(envelope)
        collected = 0
        for mailbox, envelopes in threads.items():
            with failures.noted():
                for envelope in envelopes:
                    collected += self._collect_one(mailbox, envelope, grants[mailbox.id], now)
        if collected:
            log_event("collected", letters=collected)

    def _collect_one(
        self, mailbox: Mailbox, envelope: Envelope, grants: Sequence[bytes], now: datetime
    ) -> bool:
        files = [blob.id for blob in envelope.blobs]
        if not _has_copied(self.office_blobs, self.mailbox_blobs, files):
            with self.mailbox.reading() as db:
                # Without its files because it was taken back meanwhile; or they are lost, and what it says counts all the same.
                if not mailboxes.has_letter(db, mailbox_id=mailbox.id, envelope_id=envelope.id):
                    return False
        with self.casework.transaction() as db:
            transit.receive(
                db, report=_report(mailbox), offers=grants, entries=[_entry(mailbox, envelope)]
            )
        self._confirm(now)
        return True

    def _confirm(self, now: datetime) -> None:
        """Mark what we have a copy of; what was taken back before that is forgotten here as well."""
        with self.casework.reading() as db:
            ours = transit.unconfirmed(db)
        if not ours:
            return
        self.office_blobs.publish([file for files in ours.values() for file in files])
        with self.mailbox.transaction() as db:
            there = mailboxes.mark_collected(db, ours.keys())
        with self.casework.transaction() as db:
            gone = transit.confirm(db, there=there, gone=ours.keys() - there)
            start_from_receipt(db, there, timekeeping=self.timekeeping, now=now)
        self.office_blobs.delete(gone)

    def _note_withdrawn(self, today: date) -> None:
        with self.mailbox.reading() as db:
            withdrawn = mailboxes.withdrawn_letters(db)
        with self.casework.reading() as db:
            news = transit.received(db, withdrawn)
        if news:
            with self.casework.transaction() as db:
                transit.note_withdrawn(db, news, today=today)

    def _tell(self) -> None:
        """Let informants see how their reports stand, where that has changed."""
        with self.casework.reading() as db:
            untold = progress.untold(db)
        if not untold:
            return
        with self.mailbox.transaction() as db:
            for report, state in untold.items():
                mailboxes.tell_state(db, mailbox_id=report.mailbox_id, state=state)
        with self.casework.transaction() as db:
            progress.note_told(db, {report.id: state for report, state in untold.items()})


class _Failures:
    """What some letters of a round failed for. The others go on; the first failure is told at the end."""

    def __init__(self) -> None:
        self._first: OSError | IntegrityError | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note what one thread fails for."""
        try:
            yield
        except (OSError, IntegrityError) as error:
            self._first = self._first or error

    def tell(self) -> None:
        """Raise what was noted, if anything was."""
        if self._first is not None:
            raise self._first


def _has_copied(target: DirectoryBlobs, source: DirectoryBlobs, ids: Iterable[str]) -> bool:
    """Copy files from one store to the other; False if the source does not have all of them."""
    missing = 0
    for blob_id in ids:
        try:
            target.copy_from(source, blob_id)
        except FileNotFoundError as error:
            log_event("storage", error=error)
            missing += 1
    return missing == 0


def _report(mailbox: Mailbox) -> Report:
    return Report(
        id=mailbox.dossier_id,
        mailbox_id=mailbox.id,
        recipient=mailbox.dossier_recipient,
        mailbox_recipient=mailbox.recipient,
        received_on=mailbox.received_on,
        public_state=mailbox.public_state,
        state=ReportState.NEW,
        version=1,
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
