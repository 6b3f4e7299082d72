"""The filing log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "filing_leaves",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_filing_leaves_position")),
        sa.CheckConstraint("length(entry) = 32", name=op.f("ck_filing_leaves_entry_length")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_filing_leaves")),
        sa.UniqueConstraint("entry", name=op.f("uq_filing_leaves_entry")),
    )
    state = op.create_table(
        "filing_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("covered_on", sa.Date(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_filing_state_only")),
        sa.CheckConstraint("length(frontier) >= 8", name=op.f("ck_filing_state_frontier")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_filing_state_note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_state")),
    )
    op.bulk_insert(state, [{"id": 1, "frontier": bytes(8)}])
    op.create_table(
        "filing_cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_filing_cosignatures_size")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_filing_cosignatures_note")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_filing_cosignatures")),
    )
