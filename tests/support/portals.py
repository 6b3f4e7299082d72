"""A whole portal over a migrated mailbox store, with a signed roster whose keys the test holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from crypto.notes import new_signing_key, verifier_text
from crypto.recipients import Identity
from portal.app import MIGRATIONS, create_app
from portal.database import Database, upgrade
from portal.mailbox.letters import Letter, open_letter
from portal.mailbox.models import Envelope, Grant, Mailbox
from portal.organisation import load_organisation
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

    def readers(self, mailbox_id: str) -> list[str]:
        """Say which positions a report was granted to."""
        with self.db() as db:
            grants = list(db.scalars(sa.select(Grant.sealed).where(Grant.mailbox_id == mailbox_id)))
        return [name for name, key in self.members.items() if open_grant(grants, key)]

    def letters(self, position: str) -> list[Letter]:
        """Open, as this member would, every letter they may read, oldest first."""
        opened = []
        with self.db() as db:
            for mailbox in db.scalars(sa.select(Mailbox)):
                grants = db.scalars(sa.select(Grant.sealed).where(Grant.mailbox_id == mailbox.id))
                dossier = open_grant(list(grants), self.members[position])
                if dossier is None:
                    continue
                posted = sa.select(Envelope).where(Envelope.mailbox_id == mailbox.id)
                opened += [
                    open_letter(e.sealed, dossier, envelope=e.id, dossier=mailbox.dossier_id)
                    for e in db.scalars(posted.order_by(Envelope.sequence))
                    if e.sealed is not None
                ]
        return opened


def make_portal(folder: Path, url: str, clock: Callable[[], datetime], **changes: Any) -> Portal:
    """Make the portal of the sample organisation in an empty folder."""
    seed = new_signing_key()
    settings = make_settings(
        folder, url, roster_verifier=verifier_text(ROSTER_NAME, seed), **changes
    )
    members = {p.id: Identity.generate() for p in load_organisation(settings.profile).positions}
    settings.roster.write_text(_signed_roster(settings.profile, members, seed), encoding="utf-8")
    database = Database(settings.mailbox_url)
    upgrade(database.engine, MIGRATIONS)
    database.engine.dispose()
    app = create_app(settings, clock=clock)
    return Portal(app, app.extensions["ishonch"], members)


def _signed_roster(profile: Path, members: dict[str, Identity], seed: bytes) -> str:
    receivers = tuple(
        Receiver(p.id, p.desk, p.head, members[p.id].recipient)
        for p in load_organisation(profile).positions
    )
    return sign_roster(Roster(ROSTER_NAME, date(2026, 11, 24), receivers), ROSTER_NAME, seed)
