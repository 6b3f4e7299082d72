"""An empty mailbox store on each engine, migrated as an instance's is, and the means to put things in it."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crypto.recipients import Identity
from portal.app import MIGRATIONS
from portal.blobs import StoredBlob
from portal.database import Database, upgrade
from portal.mailbox.models import Envelope, Mailbox, new_id
from portal.mailbox.service import SealedLetter, file_report

TODAY = date(2026, 11, 24)


@dataclass
class Filed:
    """A report in the store: its mailbox's id, its letter's id, and the locator of its token."""

    mailbox_id: str
    envelope_id: str
    locator: bytes


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    upgrade(database.engine, MIGRATIONS)
    yield database
    database.engine.dispose()


@pytest.fixture
def filed(store: Database) -> Filed:
    return file_one(store)


def file_one(store: Database, blobs: int = 0, **changes: Any) -> Filed:
    """File a report; the letter is bytes that nobody opens."""
    letter = sealed_letter(blobs)
    values: dict[str, Any] = {
        "mailbox_id": new_id(),
        "locator": secrets.token_bytes(32),
        "key_recipient": Identity.generate().recipient,
        "dossier_id": new_id(),
        "dossier": Identity.generate().recipient,
        "grants": [b"grant %d" % place for place in range(16)],
        "letter": letter,
        "today": TODAY,
        **changes,
    }
    with store.transaction() as db:
        file_report(db, **values)
    return Filed(values["mailbox_id"], letter.envelope_id, values["locator"])


def sealed_letter(blobs: int = 0, envelope_id: str = "") -> SealedLetter:
    """Make a letter with so many attachments."""
    return SealedLetter(
        envelope_id=envelope_id or new_id(),
        sealed=b"sealed " + secrets.token_bytes(16),
        blobs=[StoredBlob(new_id(), 1000 + place) for place in range(blobs)],
    )


def mailbox(db: Session, filed: Filed) -> Mailbox:
    """Load a report's mailbox."""
    found = db.get(Mailbox, filed.mailbox_id)
    assert found is not None
    return found


def sequences(store: Database, mailbox_id: str) -> list[int]:
    """Give the places of a thread's letters, in order."""
    places = sa.select(Envelope.sequence).where(Envelope.mailbox_id == mailbox_id)
    with store.reading() as db:
        return list(db.scalars(places.order_by(Envelope.sequence)))
