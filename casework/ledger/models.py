"""The ledger: what was done, by whom, to what, when. Entries are added and never touched again.

That the database itself refuses to change them stops mistakes and a stolen account, not its owner: that one is caught by
`verify_ledger` and by checkpoints kept elsewhere (F16).
"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column

from casework.ledger.rules import MAX_ID
from casework.records import CaseworkModel, has_bytes
from crypto.merkle import HASH_BYTES, Frontier

ONLY = 1


class LedgerEntry(CaseworkModel):
    """One act. The subject repeats what the body says, for looking up; the sealed detail is for auditors."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("length(body) > 0", name="body"),
        CheckConstraint("length(subject) > 0", name="subject"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        has_bytes("leaf", HASH_BYTES, "leaf_length"),
    )

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    subject: Mapped[str] = mapped_column(String(MAX_ID), index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)


class LedgerState(CaseworkModel):
    """The one row that whoever appends locks: how long the ledger is, and all of its tree that growing needs."""

    __tablename__ = "ledger_state"
    __table_args__ = (
        CheckConstraint(f"id = {ONLY}", name="only"),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("length(frontier) >= 8", name="frontier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerCheckpoint(CaseworkModel):
    """A checkpoint that was signed: a ledger that no longer leads there was cut or edited."""

    __tablename__ = "ledger_checkpoints"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("length(note) > 0", name="note"),
    )

    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(sa.Text)
    made_on: Mapped[date]


_SQLITE = {
    "ledger_entries": (
        (
            "CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
        ),
        (
            "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
        ),
        # INSERT OR REPLACE deletes without asking the trigger above.
        (
            "CREATE TRIGGER ledger_entries_no_replace BEFORE INSERT ON ledger_entries "
            "WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE number = NEW.number) "
            "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_entries.number'); END"
        ),
        (
            "CREATE TRIGGER ledger_entries_no_gap BEFORE INSERT ON ledger_entries "
            "WHEN NEW.number > (SELECT coalesce(max(number) + 1, 0) FROM ledger_entries) "
            "BEGIN SELECT RAISE(ABORT, 'the ledger has no gaps'); END"
        ),
    ),
    "ledger_checkpoints": (
        (
            "CREATE TRIGGER ledger_checkpoints_no_update BEFORE UPDATE ON ledger_checkpoints "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
        ),
        (
            "CREATE TRIGGER ledger_checkpoints_no_delete BEFORE DELETE ON ledger_checkpoints "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
        ),
        (
            "CREATE TRIGGER ledger_checkpoints_no_replace BEFORE INSERT ON ledger_checkpoints "
            "WHEN EXISTS (SELECT 1 FROM ledger_checkpoints WHERE size = NEW.size) "
            "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: ledger_checkpoints.size'); END"
        ),
    ),
}
_KEPT = (
    "CREATE OR REPLACE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'the ledger is never changed' USING ERRCODE = 'integrity_constraint_violation'; "
    "END $$"
)
_POSTGRESQL = {
    "ledger_entries": (
        _KEPT,
        (
            "CREATE TRIGGER ledger_entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept()"
        ),
        (
            "CREATE OR REPLACE FUNCTION ledger_has_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.number > (SELECT coalesce(max(number) + 1, 0) FROM ledger_entries) THEN "
            "RAISE EXCEPTION 'the ledger has no gaps' USING ERRCODE = 'integrity_constraint_violation'; "
            "END IF; RETURN NEW; END $$"
        ),
        (
            "CREATE TRIGGER ledger_entries_no_gap BEFORE INSERT ON ledger_entries "
            "FOR EACH ROW EXECUTE FUNCTION ledger_has_no_gap()"
        ),
    ),
    "ledger_checkpoints": (
        _KEPT,
        (
            "CREATE TRIGGER ledger_checkpoints_kept BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON ledger_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept()"
        ),
    ),
}


def _begin(target: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    empty = Frontier()
    row = {"id": ONLY, "size": empty.size, "frontier": empty.encode()}
    connection.execute(sa.insert(target).values(**row))


def _guard() -> None:
    """Attach to each table what a database made from these models does by itself, as the migration does."""
    tables = CaseworkModel.metadata.tables
    for dialect, guards in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for table, statements in guards.items():
            for statement in statements:
                made = sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(tables[table], "after_create", made)
    event.listen(tables["ledger_state"], "after_create", _begin)


_guard()
