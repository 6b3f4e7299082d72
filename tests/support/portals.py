"""A whole portal over a migrated mailbox store, with a signed roster whose keys the test holds."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from crypto.age import Sealer
from crypto.notes import new_signing_key, verifier_text
from crypto.padding import tail
from crypto.recipients import Identity, Recipient
from portal.app import MIGRATIONS, create_app
from portal.blobs import StoredBlob
from portal.database import Database, upgrade
from portal.downloads import open_blob
from portal.mailbox.letters import Attachment, Letter, open_letter, seal_letter
from portal.mailbox.models import Envelope, Grant, Mailbox, MailboxModel, PublicState, new_id
from portal.mailbox.service import SealedLetter, mark_collected, post_reply, tell_state
from portal.organisation import Position, load_organisation
from portal.roster import Receiver, Roster, open_grant, sign_roster
from portal.services import Services
from tests.web.sample import make_settings

ROSTER_NAME = "sample"


@dataclass
class Portal:
    """The app, its services, and the private keys of every position on its roster."""

    app: Flask
    here: Services
    members: dict[str, Identity]

    def db(self) -> Any:
        """Open a session on the mailbox store."""
        return self.here.database.reading()

    def mailboxes(self) -> list[Mailbox]:
        """Give every mailbox, in no order that means anything."""
        with self.db() as db:
            return list(db.scalars(sa.select(Mailbox)))

    def grants(self, mailbox_id: str) -> list[bytes]:
        """Give the unlabelled grants of a mailbox."""
        with self.db() as db:
            return list(db.scalars(sa.select(Grant.sealed).where(Grant.mailbox_id == mailbox_id)))

    def readers(self, mailbox_id: str) -> list[str]:
        """Say which positions a report was granted to."""
        grants = self.grants(mailbox_id)
        return [name for name, key in self.members.items() if open_grant(grants, key)]

    def dossier(self, position: str, mailbox_id: str) -> Identity | None:
        """Open, as this member would, a mailbox's dossier."""
        return open_grant(self.grants(mailbox_id), self.members[position])

    def letters(self, position: str) -> list[Letter]:
        """Open, as this member would, every letter they may read, oldest first."""
        return [letter for box in self.mailboxes() for letter in self.thread(position, box)]

    def thread(self, position: str, mailbox: Mailbox) -> list[Letter]:
        """Open one mailbox's letters, as this member would."""
        dossier = self.dossier(position, mailbox.id)
        if dossier is None:
            return []
        posted = sa.select(Envelope).where(Envelope.mailbox_id == mailbox.id)
        with self.db() as db:
            return [
                open_letter(e.sealed, dossier, envelope=e.id, dossier=mailbox.dossier_id)
                for e in db.scalars(posted.order_by(Envelope.sequence))
                if e.sealed is not None
            ]

    def content(self, position: str, mailbox: Mailbox, attachment: Attachment) -> bytes:
        """Open an attachment, as this member would."""
        dossier = self.dossier(position, mailbox.id)
        assert dossier is not None
        blobs = self.here.blobs
        return b"".join(
            open_blob(blobs, attachment.blob, dossier, attachment.size, attachment.sha256)
        )

    def reply(
        self,
        text: str,
        files: Iterable[tuple[str, bytes]] = (),
        state: PublicState | None = None,
        *,
        mailbox: Mailbox | None = None,
    ) -> str:
        """Answer a report as the office does, the only one there is if none is named; give the envelope's id."""
        box = mailbox or self.mailboxes()[0]
        recipients = Recipient(box.dossier_recipient), Recipient(box.recipient)
        stored = [self._store(name, content, recipients) for name, content in files]
        letter = Letter(
            kind="reply",
            envelope=new_id(),
            dossier=box.dossier_id,
            language="en",
            text=text,
            attachments=tuple(attachment for attachment, _ in stored),
        )
        sealed = SealedLetter(
            envelope_id=letter.envelope,
            sealed=seal_letter(letter, recipients),
            blobs=[blob for _, blob in stored],
        )
        today = self.here.today()
        with self.here.database.transaction() as db:
            post_reply(db, mailbox_id=box.id, letter=sealed, today=today)
            if state is not None:
                tell_state(db, mailbox_id=box.id, state=state)
        self.here.blobs.publish([blob.id for _, blob in stored])
        return letter.envelope

    def collect(self) -> None:
        """Note, as the office does, that it has a copy of every letter there is."""
        with self.here.database.transaction() as db:
            mark_collected(db, list(db.scalars(sa.select(Envelope.id))))

    def digest(self) -> str:
        """Give one number for all that the store holds: every row of every table, and every blob."""
        found = hashlib.sha256()
        with self.db() as db:
            for table in MailboxModel.metadata.sorted_tables:
                for row in sorted(repr(tuple(row)) for row in db.execute(sa.select(table))):
                    found.update(f"{table.name} {row}\n".encode())
        for path in self.blobs_on_disk():
            found.update(path.name.encode() + path.read_bytes())
        return found.hexdigest()

    def blobs_on_disk(self) -> list[Path]:
        """Give every sealed file there is, staged or published."""
        return sorted(path for path in self.here.blobs.root.rglob("*") if path.is_file())

    def _store(
        self, name: str, content: bytes, recipients: tuple[Recipient, ...]
    ) -> tuple[Attachment, StoredBlob]:
        with self.here.blobs.stage() as staged:
            sealer = Sealer(recipients, staged)
            sealer.write(content)
            for zeros in tail(len(content)):
                sealer.write(zeros)
            sealer.close()
            blob = staged.commit_durable()
        digest = hashlib.sha256(content).hexdigest()
        return Attachment(blob.id, name, len(content), digest), blob


def make_portal(folder: Path, url: str, clock: Callable[[], datetime], **changes: Any) -> Portal:
    """Make the portal of the sample organisation in an empty folder."""
    seed = new_signing_key()
    settings = make_settings(
        folder, url, roster_verifier=verifier_text(ROSTER_NAME, seed), **changes
    )
    members = {p.id: Identity.generate() for p in _positions(settings.profile)}
    settings.roster.write_text(_signed_roster(settings.profile, members, seed), encoding="utf-8")
    database = Database(settings.mailbox_url)
    upgrade(database.engine, MIGRATIONS)
    database.engine.dispose()
    app = create_app(settings, clock=clock)
    return Portal(app, app.extensions["ishonch"], members)


def _signed_roster(profile: Path, members: dict[str, Identity], seed: bytes) -> str:
    receivers = tuple(
        Receiver(p.id, p.desk, p.head, members[p.id].recipient) for p in _positions(profile)
    )
    return sign_roster(Roster(ROSTER_NAME, date(2026, 11, 24), receivers), ROSTER_NAME, seed)


@cache
def _positions(profile: Path) -> tuple[Position, ...]:
    """Read the sample profile's positions, once a run: deriving its Cyrillic takes longer than all the rest."""
    return load_organisation(profile).positions
