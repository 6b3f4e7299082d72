"""What a side's requests work with: settings, databases, the organisation, the clock, the blobs, the ration of slow work."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import current_app

from portal.blobs import DirectoryBlobs
from portal.clock import Clock, local_date
from portal.database import Database
from portal.limits import FailureDelay, KdfSlots
from portal.log_keys import LogKey
from portal.organisation import Organisation
from portal.roster import Roster, parse_roster
from portal.settings import OfficeSettings, PortalSettings


@dataclass(kw_only=True)
class Services:
    """One side's services; `services()` gives those of the running application."""

    side: str
    settings: PortalSettings | OfficeSettings
    database: Database
    mailbox: Database
    organisation: Organisation
    clock: Clock
    blobs: DirectoryBlobs
    session_model: Any
    kdf_slots: KdfSlots = field(default_factory=KdfSlots)
    failures: FailureDelay = field(default_factory=FailureDelay)
    _roster: tuple[object, Roster] | None = None

    @property
    def cookie_name(self) -> str:
        """The session cookie; the two sides' differ, so one is nothing to the other (A17)."""
        return "__Host-ishonch" if self.side == "portal" else "__Host-ishonch-office"

    def today(self) -> date:
        """The day it is where the organisation is."""
        return local_date(self.clock(), self.organisation.timezone)

    def roster(self) -> Roster:
        """The signed roster as it stands now; it is read and verified again whenever the file changes."""
        stat = self.settings.roster.stat()
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if self._roster is None or self._roster[0] != stamp:
            note = self.settings.roster.read_text(encoding="utf-8")
            self._roster = (stamp, parse_roster(note, self.settings.roster_verifier))
        return self._roster[1]


@dataclass(kw_only=True)
class PortalServices(Services):
    """The portal's services: with the key of its filing log, and the verifier of the log's witness, the office."""

    settings: PortalSettings
    filing_key: LogKey
    witness: str


def services() -> Services:
    """Give the services of the running application."""
    here: Services = current_app.extensions["ishonch"]
    return here


def letterbox() -> PortalServices:
    """Give the services of the running portal."""
    here: PortalServices = current_app.extensions["ishonch"]
    return here
