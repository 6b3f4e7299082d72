"""Who was reminded today; replies that wait for a second person are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

HELD = sa.text("state = 'held'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reminders",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_reminders_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "day", name=op.f("pk_reminders")),
    )
    op.create_index(
        op.f("ix_entries_held"),
        "entries",
        ["dossier_id"],
        sqlite_where=HELD,
        postgresql_where=HELD,
    )
