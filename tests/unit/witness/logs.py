"""A filing log as the portal keeps it, as its owner may falsify it, and as the office sees it."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from casework.ledger.service import body_of, entries_of
from casework.web.jobs import witness_filings
from casework.witness.service import SUBJECT, fault
from casework.witness.states import LogFault
from crypto.checkpoints import Checkpoint, sign_checkpoint
from crypto.merkle import Frontier, leaf_hash
from portal.log_keys import LogKey
from portal.mailbox import filing_log
from portal.mailbox.filing_log import LogView
from portal.mailbox.models import FilingCosignature, FilingLeaf, FilingState
from tests.support.offices import Office
from tests.web.faults.reports import letterbox_of


class Logs:
    """Both sides of the log."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.mailbox = office.portal.here.database

    @property
    def key(self) -> LogKey:
        """The portal's key, which its owner has."""
        return letterbox_of(self.office.portal).filing_key

    def file(self, count: int = 1) -> None:
        """Let the portal log so many reports, and sign."""
        for _ in range(count):
            with self.mailbox.transaction() as db:
                filing_log.append(db, secrets.token_bytes(32))
        with self.mailbox.transaction() as db:
            filing_log.keep_checkpoint(db, self.key)

    def round(self) -> None:
        """Let the office look."""
        witness_filings(self.office.here)

    def view(self) -> LogView:
        """Give the log as anybody sees it."""
        with self.mailbox.reading() as db:
            return filing_log.look(db)

    def fault(self) -> LogFault | None:
        """Say what the office found wrong."""
        with self.office.db() as db:
            return fault(db)

    def acts(self) -> list[tuple[str, dict[str, str]]]:
        """Give what the ledger says of the log, in order."""
        with self.office.db() as db:
            bodies = [body_of(entry) for entry in entries_of(db, SUBJECT)]
        return [(body.act, dict(body.change)) for body in bodies]

    def cosigned(self) -> dict[int, str]:
        """Give the cosigned checkpoints that lie in the mailbox store, by size."""
        with self.mailbox.reading() as db:
            return {row.size: row.note for row in db.scalars(sa.select(FilingCosignature))}

    def execute(self, *statements: sa.Executable) -> None:
        """Do to the mailbox database what its owner could."""
        with self.mailbox.transaction() as db:
            for statement in statements:
                db.execute(statement)

    def put(self, entries: Sequence[bytes]) -> None:
        """Put other entries in place of those that are there."""
        rows = [{"position": at, "entry": entry} for at, entry in enumerate(entries)]
        self.execute(sa.delete(FilingLeaf), sa.insert(FilingLeaf).values(rows))

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Likewise, and sign them, as whoever has the portal's key as well could."""
        self.put(entries)
        tree = Frontier.of(map(leaf_hash, entries))
        note = sign_checkpoint(Checkpoint(self.key.name, tree.size, tree.root), self.key.seed)
        self.execute(sa.update(FilingState).values(frontier=tree.encode(), note=note))
