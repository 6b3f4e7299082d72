"""The ledger: what was done, by whom, to what, when. Entries are added and never touched again.

That the database itself refuses to change them stops mistakes and a stolen account, not its owner: that one is caught by
`verify_ledger` and by checkpoints kept elsewhere (F16).
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column

from casework.ledger.rules import MAX_ID
from casework.records import CaseworkModel, guard, has_bytes
from crypto.merkle import HASH_BYTES, Frontier
from crypto.recipients import RECIPIENT_BYTES
from portal.database import UtcDateTime

ONLY = 1
ACT_LENGTH = 48


class LedgerEntry(CaseworkModel):
    """One act. Act, actor, subject and moment repeat what the body says, for looking up; the sealed detail is for auditors."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("length(body) > 0", name="body"),
        CheckConstraint("length(subject) > 0", name="subject"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        has_bytes("leaf", HASH_BYTES, "leaf_length"),
        Index("ix_ledger_entries_actor_id_number", "actor_id", "number"),
        Index("ix_ledger_entries_act_number", "act", "number"),
        Index("ix_ledger_entries_at", "at"),
    )

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    subject: Mapped[str] = mapped_column(String(MAX_ID), index=True)
    act: Mapped[str] = mapped_column(String(ACT_LENGTH))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str | None] = mapped_column(String(MAX_ID), default=None)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)


class AuditKey(CaseworkModel):
    """A key that details are sealed to, the newest one to the new ones. Its other half is with the auditors alone."""

    __tablename__ = "audit_keys"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        has_bytes("recipient", RECIPIENT_BYTES, "recipient_length"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recipient: Mapped[bytes] = mapped_column(LargeBinary(RECIPIENT_BYTES))


class AuditGrant(CaseworkModel):
    """An auditor holds a key of the auditors: its identity sealed to them. Nobody gave it to whom it was made for."""

    __tablename__ = "audit_grants"
    __table_args__ = (
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint("given_by <> member_id", name="given_by_another"),
    )

    key_number: Mapped[int] = mapped_column(ForeignKey("audit_keys.number"), primary_key=True)
    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    given_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)


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
_NO_AUDITOR = "'only an auditor holds a key of the auditors'"
_SQLITE_AUDITORS = tuple(
    f"CREATE TRIGGER audit_grants_{event_name} BEFORE {event_name.upper()} ON audit_grants "  # noqa: S608 - words of our own
    "WHEN (SELECT role FROM members WHERE id = NEW.member_id) <> 'auditor' "
    f"BEGIN SELECT RAISE(ABORT, {_NO_AUDITOR}); END"
    for event_name in ("insert", "update")
)
_POSTGRESQL_AUDITORS = (
    (
        "CREATE OR REPLACE FUNCTION audit_grants_are_auditors() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - words of our own
        "IF (SELECT role FROM members WHERE id = NEW.member_id) <> 'auditor' THEN "
        f"RAISE EXCEPTION {_NO_AUDITOR} USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER audit_grants_auditors BEFORE INSERT OR UPDATE ON audit_grants "
        "FOR EACH ROW EXECUTE FUNCTION audit_grants_are_auditors()"
    ),
)


def _begin(target: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    empty = Frontier()
    row = {"id": ONLY, "size": empty.size, "frontier": empty.encode()}
    connection.execute(sa.insert(target).values(**row))


for _table, _statements in _SQLITE.items():
    guard(_table, sqlite=_statements, postgresql=_POSTGRESQL[_table])
guard("audit_grants", sqlite=_SQLITE_AUDITORS, postgresql=_POSTGRESQL_AUDITORS)
event.listen(CaseworkModel.metadata.tables["ledger_state"], "after_create", _begin)
