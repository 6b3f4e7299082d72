"""Auditors: a role that reads the ledger alone, their key, and the ledger's entries found by act, member and moment.

And indexes off which a page of each list is read in its order.

A later revision that makes `members` or `grants` anew for SQLite drops the triggers on it first and makes them again:
tests/migrations compares them with the models'.
"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NO_READER = "'this role reads no dossier'"
_NO_AUDITOR = "'only an auditor holds a key of the auditors'"
_KEEPS = "'an account is an auditor''s for good, or never'"
_REFUSED = "USING ERRCODE = 'integrity_constraint_violation'"
_IS_NONE = "(SELECT role FROM members WHERE id = NEW.member_id) IN ('administrator', 'auditor')"
_SQLITE = (
    (
        "CREATE TRIGGER members_auditor_for_good BEFORE UPDATE OF role ON members "
        "WHEN (NEW.role = 'auditor') <> (OLD.role = 'auditor') "
        f"BEGIN SELECT RAISE(ABORT, {_KEEPS}); END"
    ),
    *(
        f"CREATE TRIGGER grants_{act} BEFORE {act.upper()} ON grants "
        f"WHEN NEW.sealed IS NOT NULL AND {_IS_NONE} "
        f"BEGIN SELECT RAISE(ABORT, {_NO_READER}); END"
        for act in ("insert", "update")
    ),
    *(
        f"CREATE TRIGGER audit_grants_{act} BEFORE {act.upper()} ON audit_grants "  # noqa: S608 - words of our own
        "WHEN (SELECT role FROM members WHERE id = NEW.member_id) <> 'auditor' "
        f"BEGIN SELECT RAISE(ABORT, {_NO_AUDITOR}); END"
        for act in ("insert", "update")
    ),
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION members_audit_for_good() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION {_KEEPS} {_REFUSED}; END $$"
    ),
    (
        "CREATE TRIGGER members_auditor_for_good BEFORE UPDATE OF role ON members "
        "FOR EACH ROW WHEN ((NEW.role = 'auditor') <> (OLD.role = 'auditor')) "
        "EXECUTE FUNCTION members_audit_for_good()"
    ),
    (
        "CREATE OR REPLACE FUNCTION grants_are_readers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.sealed IS NOT NULL AND {_IS_NONE} THEN RAISE EXCEPTION {_NO_READER} {_REFUSED}; "
        "END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER grants_readers BEFORE INSERT OR UPDATE ON grants "
        "FOR EACH ROW EXECUTE FUNCTION grants_are_readers()"
    ),
    (
        "CREATE OR REPLACE FUNCTION audit_grants_are_auditors() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - words of our own
        "IF (SELECT role FROM members WHERE id = NEW.member_id) <> 'auditor' THEN "
        f"RAISE EXCEPTION {_NO_AUDITOR} {_REFUSED}; END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER audit_grants_auditors BEFORE INSERT OR UPDATE ON audit_grants "
        "FOR EACH ROW EXECUTE FUNCTION audit_grants_are_auditors()"
    ),
)
_COLUMNS = (
    sa.Column("act", sa.String(length=48), nullable=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("actor_id", sa.String(length=64), nullable=True),
)
_INDEXES = {
    "ix_ledger_entries_actor_id_number": ["actor_id", "number"],
    "ix_ledger_entries_act_number": ["act", "number"],
    "ix_ledger_entries_at": ["at"],
}
_BATCH = 1000
_URGENCY = (
    "(CASE WHEN danger THEN 0 ELSE 3 END)"
    " + (CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END)"
)


def upgrade() -> None:
    """Apply."""
    _let_auditors_in()
    _make_keys()
    _find_entries()
    _sort_lists()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)


def _let_auditors_in() -> None:
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_members_role"), type_="check")
        batch_op.drop_constraint(op.f("ck_members_position"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_members_role"),
            "role IN ('head', 'investigator', 'oversight', 'administrator', 'auditor')",
        )
        batch_op.create_check_constraint(
            op.f("ck_members_position"),
            "(role IN ('administrator', 'auditor')) = (position IS NULL)",
        )


def _make_keys() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.LargeBinary(length=1216), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_audit_keys_number")),
        sa.CheckConstraint("length(recipient) = 1216", name=op.f("ck_audit_keys_recipient_length")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_keys")),
    )
    op.create_table(
        "audit_grants",
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_audit_grants_sealed")),
        sa.CheckConstraint("given_by <> member_id", name=op.f("ck_audit_grants_given_by_another")),
        sa.ForeignKeyConstraint(
            ["key_number"],
            ["audit_keys.number"],
            name=op.f("fk_audit_grants_key_number_audit_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_audit_grants_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["members.id"], name=op.f("fk_audit_grants_given_by_members")
        ),
        sa.PrimaryKeyConstraint("key_number", "member_id", name=op.f("pk_audit_grants")),
    )
    op.create_index(op.f("ix_audit_grants_member_id"), "audit_grants", ["member_id"])


def _find_entries() -> None:
    """Repeat what each body says in columns of its own, as the ledger's owner: its triggers are away meanwhile."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    on: list[str] = []
    if sqlite:
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entries'"
        triggers = connection.exec_driver_sql(listed).all()
        on = [str(made) for _, made in triggers]
        for name, _ in triggers:
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("ALTER TABLE ledger_entries DISABLE TRIGGER USER")
        on = ["ALTER TABLE ledger_entries ENABLE TRIGGER USER"]
    for column in _COLUMNS:
        op.add_column("ledger_entries", column)
    _fill(connection)
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        for name in ("act", "at"):
            batch_op.alter_column(name, nullable=False)
    for index, columns in _INDEXES.items():
        op.create_index(op.f(index), "ledger_entries", columns)
    for statement in on:
        op.execute(statement)


def _sort_lists() -> None:
    """Let a page of reports and of cases be read off an index; of cases by a number for what stands in two columns."""
    is_report, is_open = sa.text("received_on IS NOT NULL"), sa.text("state <> 'closed'")
    op.create_index(
        op.f("ix_dossiers_received_on_id"),
        "dossiers",
        ["received_on", "id"],
        sqlite_where=is_report,
        postgresql_where=is_report,
    )
    op.add_column("cases", sa.Column("urgency", sa.SmallInteger(), nullable=True))
    op.execute(f"UPDATE cases SET urgency = {_URGENCY}")  # noqa: S608 - words of our own
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.alter_column("urgency", nullable=False)
        batch_op.create_check_constraint(op.f("ck_cases_urgency"), f"urgency = {_URGENCY}")
        batch_op.drop_index(op.f("ix_cases_owner_id"))
    order = ["urgency", "opened_on", "id"]
    op.create_index(op.f("ix_cases_state"), "cases", ["state", *order])
    op.create_index(op.f("ix_cases_owner_id_state"), "cases", ["owner_id", "state", *order])
    for name, columns in (("open", order), ("open_of_owner", ["owner_id", *order])):
        op.create_index(
            op.f(f"ix_cases_{name}"),
            "cases",
            columns,
            sqlite_where=is_open,
            postgresql_where=is_open,
        )


def _fill(connection: sa.Connection) -> None:
    entries = sa.table(
        "ledger_entries",
        sa.column("number", sa.BigInteger),
        sa.column("body", sa.LargeBinary),
        sa.column("act", sa.String),
        sa.column("at", UtcDateTime),
        sa.column("actor_id", sa.String),
    )
    filled = sa.update(entries).where(entries.c.number == sa.bindparam("this"))
    begin = 0
    part = sa.select(entries.c.number, entries.c.body).order_by(entries.c.number).limit(_BATCH)
    while rows := connection.execute(part.where(entries.c.number >= begin)).all():
        connection.execute(filled, [{"this": number, **_said(body)} for number, body in rows])
        begin = rows[-1].number + 1


def _said(body: bytes) -> dict[str, object]:
    said = json.loads(body)
    at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return {"act": said["act"], "actor_id": said["actor"], "at": at}
