"""The register of one case, and verbs said in the name of a member, each in a transaction of its own."""

import hashlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from casework.cases import service as cases
from casework.dossiers.models import Entry, EntryFile
from casework.dossiers.service import entry_of_file, open_report
from casework.evidence import registering, service
from casework.evidence.models import CustodyEvent, EvidenceItem
from casework.evidence.reading import ItemFile, ReadItem, candidates, file_of, register_of
from portal.sealed_files import SealedFile, SealingFile
from tests.unit.cases.desk import Desk
from tests.unit.evidence.makers import picture

TOLD = {"source": "The storeman Qodirov, in his office", "description": "Torn delivery note 4711"}
WHY = "For the prosecutor Saidov"
PHOTOGRAPH = ("фото.jpg", picture())


class Register:
    """A case of the investigator's, of a report with a photograph; the head and a colleague read it too."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.office = desk, desk.office
        self.report = desk.accepted(files=[PHOTOGRAPH])
        self.case = desk.opened("investigator", self.report)
        with self.office.db() as db:
            mine = sa.select(EntryFile.id).join(Entry, Entry.id == EntryFile.entry_id)
            self.photograph = str(db.scalar(mine.where(Entry.dossier_id == self.report)))

    def attached(self, username: str = "investigator", **more: Any) -> str:
        """Register the photograph; give the item's id."""
        actor, office = self.office.actor(username), self.office
        with office.here.database.transaction() as db:
            opened = cases.get_case(db, actor, self.case)
            report = open_report(db, actor, self.report)
            seen = opened.dossier.version
            values: dict[str, Any] = {"seen": seen, "actor": actor, "now": office.clock(), **more}
            return registering.register_attached(db, opened, report, self.photograph, **values)

    def added(self, *files: SealedFile, told: dict[str, str] = TOLD) -> list[str]:
        """Register files, or a thing."""
        made = self.desk.case("investigator", self.case, registering.register, files, told)
        self.office.here.blobs.publish([file.blob.id for file in files])
        return list(made)

    def sealed(self, content: bytes = b"a page", name: str = "page.txt") -> SealedFile:
        """Seal a file to the case, as an upload leaves it."""
        actor = self.office.actor("investigator")
        with self.office.db() as db:
            recipient = cases.get_case(db, actor, self.case).identity.recipient
        with self.office.here.blobs.stage() as staged:
            sealing = SealingFile(staged, [recipient])
            sealing.write(content)
            return sealing.finish(name)

    def copied(self, item_id: str, content: bytes = b"clean") -> str:
        """Register a copy of an item."""
        file = self.sealed(content, "copy-of-1.jpg")
        given = item_id, file
        return str(self.desk.case("investigator", self.case, registering.register_copy, *given))

    def do(self, username: str, verb: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """Do something as its page shows it now."""
        return self.desk.case(username, self.case, verb, *given, **more)

    def look(self, username: str, verb: Callable[..., Any], *given: Any) -> Any:
        """Do something no page is too old for."""
        actor, office = self.office.actor(username), self.office
        with office.here.database.transaction() as db:
            opened = cases.get_case(db, actor, self.case)
            return verb(db, opened, *given, actor=actor, now=office.clock())

    def items(self, username: str = "head") -> list[ReadItem]:
        """Read the register."""
        actor = self.office.actor(username)
        with self.office.db() as db:
            return list(register_of(db, cases.get_case(db, actor, self.case)))

    def offered(self) -> list[str]:
        """Name the files that could be registered."""
        actor = self.office.actor("head")
        with self.office.db() as db:
            found = candidates(db, cases.get_case(db, actor, self.case), actor)
        return [one.file.name for one in found]

    def content(self, item_id: str, username: str = "head") -> bytes:
        """Open an item's file."""
        actor = self.office.actor(username)
        with self.office.db() as db:
            opened = cases.get_case(db, actor, self.case)
            file = file_of(db, opened, service.item_of(db, opened, item_id), actor)
        return b"".join(file.chunks(self.office.here.blobs))

    def content_of_report(self) -> bytes:
        """Open the photograph as its report has it."""
        actor = self.office.actor("head")
        with self.office.db() as db:
            report = open_report(db, actor, self.report)
            letter = report.read(entry_of_file(db, report, self.photograph))
        file = ItemFile(letter.attachments[0], report.identity)
        return b"".join(file.chunks(self.office.here.blobs))

    def custody(self, item_id: str) -> list[str]:
        """Give what happened to an item."""
        events = sa.select(CustodyEvent.action).where(CustodyEvent.item_id == item_id)
        with self.office.db() as db:
            return list(db.scalars(events.order_by(CustodyEvent.number)))

    def row(self, item_id: str) -> EvidenceItem:
        """Give an item's row."""
        with self.office.db() as db:
            found = db.get(EvidenceItem, item_id)
        assert found is not None
        return found

    def stated(self) -> str:
        """State an allegation of the case; give its id."""
        return self.desk.stated("investigator", self.case)


def digest(content: bytes) -> str:
    """Give a SHA-256."""
    return hashlib.sha256(content).hexdigest()
