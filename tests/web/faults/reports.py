"""Reports on their way through a real portal, and what is left of them in its store."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException

import sqlalchemy as sa

from portal.mailbox import filing_log
from portal.mailbox.letters import entry_of, open_letter
from portal.mailbox.models import Blob, Envelope, MailboxModel
from portal.mailbox.service import known_blobs
from portal.services import PortalServices
from tests.support.portals import Portal
from tests.support.served import Served
from tests.web.faults.visitor import Answer, File, Visitor

REPORT = "/en/report"
# What a browser meets when the other end is gone.
GONE = (OSError, HTTPException)


@dataclass
class Report:
    """One person's report: as far as it came, and the token, if it was shown."""

    visitor: Visitor
    text: str
    files: Sequence[File] = ()
    form: dict[str, str] = field(default_factory=dict)
    sent: bool = False
    token: str = ""

    def go_on(self) -> Answer:
        """Open the form, send it, look at the token: from where it stopped; gives the last answer."""
        if not self.form:
            self.form = self.visitor.get(REPORT).hidden()
            self.form |= {"text": self.text, "language": "en"}
        if not self.sent:
            answer = self.visitor.send(REPORT, self.form, self.files)
            self.sent = answer.status == 303
        if self.sent:
            answer = self.visitor.get("/en/receipt")
            self.token = answer.token() or ""
        return answer

    def is_whole(self) -> bool:
        """Whether the token opens it: its text, and every byte of every file."""
        reader = Visitor(self.visitor.port)
        if reader.enter(self.token).status != 303:
            return False
        page = reader.get("/en/mailbox")
        found = [reader.get(address).body for address in page.files()]
        return self.text in page.text and found == [content for _, content in self.files]


def some_files(*sizes: int) -> list[File]:
    """Make files of these sizes, no two alike."""
    return [(f"canary-{at}.bin", os.urandom(size)) for at, size in enumerate(sizes)]


@dataclass(frozen=True)
class Store:
    """What an instance keeps: how many rows each table has, and the sealed files, by id."""

    rows: dict[str, int]
    named: frozenset[str]
    files: frozenset[str]
    staged: frozenset[str]


@contextmanager
def opened(running: Served) -> Iterator[Portal]:
    """Look into the same instance from this process."""
    portal = running.portal()
    try:
        yield portal
    finally:
        portal.here.database.engine.dispose()


def store_of(running: Served) -> Store:
    """Count what an instance keeps."""
    with opened(running) as portal:
        with portal.db() as db:
            tables = MailboxModel.metadata.sorted_tables
            rows = {
                table.name: db.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in tables
            }
            named = frozenset(db.scalars(sa.select(Blob.id)))
        paths = portal.blobs_on_disk()
    staged = frozenset(path.name for path in paths if path.parent.name == "staging")
    return Store(rows, named, frozenset(path.name for path in paths), staged)


def has_every_report_in_its_log(running: Served) -> bool:
    """Whether the filing log has each report's entry, and nothing beyond cover: no entry was left of what was not filed.

    What is cover cannot be told, but a day has MOST_COVER of it at most.
    """
    with opened(running) as portal, portal.db() as db:
        boxes = {box.id: box for box in portal.mailboxes()}
        mine = set()
        for envelope in db.scalars(sa.select(Envelope)):
            box = boxes[envelope.mailbox_id]
            dossier = portal.dossier("head", box.id)
            assert dossier is not None
            letter = open_letter(
                envelope.sealed, dossier, envelope=envelope.id, dossier=box.dossier_id
            )
            mine.add(entry_of(letter, envelope.sealed))
        log = filing_log.look(db).entries
        filing_log.certificate(
            db, log[-1], key=letterbox_of(portal).filing_key, witness=letterbox_of(portal).witness
        )
    return mine <= set(log) and len(log) <= len(mine) + filing_log.MOST_COVER


def letterbox_of(portal: Portal) -> PortalServices:
    """Give a portal's services as its views have them."""
    here: PortalServices = portal.app.extensions["ishonch"]
    return here


def sweep_everything(running: Served) -> None:
    """Sweep an instance's files as if every draft were long over."""
    with opened(running) as portal:
        here = portal.here

        def known(ids: Collection[str]) -> set[str]:
            with here.mailbox.reading() as db:
                return known_blobs(db, ids)

        later = here.clock() + timedelta(days=1)
        here.blobs.sweep(known, older_than=timedelta(), now=later)
