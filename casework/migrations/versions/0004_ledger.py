"""The ledger of what was done, which the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQLITE = (
    (
        "CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
    ),
    (
        "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END"
    ),
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
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger is never changed' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    ),
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
    (
        "CREATE TRIGGER ledger_checkpoints_kept BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON ledger_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_kept()"
    ),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ledger_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("length(body) > 0", name=op.f("ck_ledger_entries_body")),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_ledger_entries_leaf_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_ledger_entries_sealed")),
        sa.CheckConstraint("length(subject) > 0", name=op.f("ck_ledger_entries_subject")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_ledger_entries_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_entries")),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entries_subject"), ["subject"], unique=False)

    state = op.create_table(
        "ledger_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_state_only")),
        sa.CheckConstraint("length(frontier) >= 8", name=op.f("ck_ledger_state_frontier")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_ledger_state_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_state")),
    )
    op.bulk_insert(state, [{"id": 1, "size": 0, "frontier": bytes(8)}])

    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_ledger_checkpoints_note")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_ledger_checkpoints_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_checkpoints")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)
