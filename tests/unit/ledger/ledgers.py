"""A ledger to try things on: honest acts, and what somebody who owns the database could do to it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from casework.ledger.models import AuditKey, LedgerCheckpoint, LedgerEntry, LedgerState
from casework.ledger.rules import read_body, write_body
from casework.ledger.service import LedgerVerdict, make_checkpoint, record, verify_ledger
from casework.ledger.states import Act
from casework.records import CaseworkModel
from crypto.merkle import Frontier, leaf_hash
from crypto.notes import verifier_text
from crypto.recipients import Identity
from portal.database import Database
from tests.support.offices import unguarded

ORIGIN = "office.example/ledger"
SEED = bytes(range(32))
KEY = verifier_text(ORIGIN, SEED)
NOW = datetime(2026, 11, 25, 9, 30, 15, 999999, tzinfo=UTC)
TODAY = date(2026, 11, 25)
CASE, MEMBER = "c" * 32, "a" * 32
SIZE, SIGNED_AT = 12, 8


@dataclass
class LedgerAt:
    """A ledger, and the last checkpoint that somebody took away with them."""

    database: Database
    kept: str = ""

    def auditors(self) -> Identity:
        """Make the key that details are sealed to from now on."""
        identity = Identity.generate()
        last = sa.select(sa.func.coalesce(sa.func.max(AuditKey.number), 0))
        with self.database.transaction() as db:
            number = (db.scalar(last) or 0) + 1
            db.add(AuditKey(number=number, recipient=identity.recipient.raw))
        return identity

    def act(self, number: int = 0, **changes: Any) -> int:
        """Record one act."""
        values: dict[str, Any] = {
            "act": Act.CASE_MOVED,
            "actor_id": MEMBER,
            "subject": f"{number % 3}" * 32,
            "now": NOW,
            "change": {"to": f"state{number}"},
            **changes,
        }
        with self.database.transaction() as db:
            return record(db, **values)

    def sign(self) -> str:
        """Make a checkpoint."""
        with self.database.transaction() as db:
            return make_checkpoint(db, origin=ORIGIN, seed=SEED, today=TODAY)

    def verify(self, earlier: str | None = None, verifier: str = KEY) -> LedgerVerdict:
        """Verify it all."""
        with self.database.reading() as db:
            return verify_ledger(db, verifier=verifier, earlier=earlier)

    def entries(self) -> list[LedgerEntry]:
        """Give all entries, in order."""
        with self.database.reading() as db:
            return list(db.scalars(sa.select(LedgerEntry).order_by(LedgerEntry.number)))

    def forge(self, *statements: sa.Executable) -> None:
        """Do what only the database's owner can."""
        tables = CaseworkModel.metadata
        with self.database.engine.begin() as connection, unguarded(connection, tables):
            for statement in statements:
                connection.execute(statement)

    def replace(self, number: int, **values: Any) -> None:
        """Change an entry's columns; with another body, those that repeat it as well."""
        if "body" in values and "leaf" in values:
            values = repeated(values["body"]) | values
        self.forge(sa.update(LedgerEntry).where(LedgerEntry.number == number).values(**values))

    def rewrite(self, size: int, **bodies: bytes) -> None:
        """Rewrite history thoroughly: some bodies, their leaves, the state, and no later checkpoint is left."""
        old = self.entries()[:size]
        written = [bodies.get(f"entry{entry.number}", entry.body) for entry in old]
        state = Frontier.of(map(leaf_hash, written))
        self.forge(
            sa.delete(LedgerEntry).where(LedgerEntry.number >= size),
            *(
                sa.update(LedgerEntry)
                .where(LedgerEntry.number == number)
                .values(body=body, leaf=leaf_hash(body), **repeated(body))
                for number, body in enumerate(written)
            ),
            sa.update(LedgerState).values(size=size, frontier=state.encode()),
        )

    def forget_checkpoints(self) -> None:
        """Take the checkpoints out."""
        self.forge(sa.delete(LedgerCheckpoint))


def repeated(body: bytes) -> dict[str, Any]:
    """Give what an entry repeats of its body, but for its subject; nothing of what cannot be read."""
    try:
        read = read_body(body)
    except ValueError:
        return {}
    return {"act": read.act, "actor_id": read.actor, "at": read.at}


def filled(database: Database) -> LedgerAt:
    """Record some acts; the checkpoint is signed before the last of them."""
    ledger = LedgerAt(database)
    for number in range(SIGNED_AT):
        ledger.act(number)
    ledger.kept = ledger.sign()
    for number in range(SIGNED_AT, SIZE):
        ledger.act(number)
    return ledger


def changed(body: bytes, **values: Any) -> bytes:
    """Write an entry's body with something else in it."""
    read = read_body(body)
    fields = {name: getattr(read, name) for name in read.__dataclass_fields__}
    return write_body(type(read)(**(fields | values)))
