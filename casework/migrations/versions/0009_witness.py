"""The office as witness of the filing log."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    state = op.create_table(
        "witness_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("fault", sa.String(length=16), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_witness_state_only")),
        sa.CheckConstraint("length(frontier) >= 8", name=op.f("ck_witness_state_frontier")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_witness_state_note")),
        sa.CheckConstraint(
            "fault IN ('checkpoint', 'rolled_back', 'cut', 'edited', 'forked')",
            name=op.f("ck_witness_state_fault"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witness_state")),
    )
    op.bulk_insert(state, [{"id": 1, "frontier": bytes(8)}])
