"""Conflicts of interest, and new keys for members."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RECIPIENT_BYTES = 1216
IN_FORCE = sa.text("ended_on IS NULL")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "interests",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("tie", sa.String(length=24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("declared_by", sa.String(length=32), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_interests_id_length")),
        sa.CheckConstraint("length(unit) >= 1", name=op.f("ck_interests_unit")),
        sa.CheckConstraint(
            "tie IN ('related', 'reports_to', 'formerly_worked')", name=op.f("ck_interests_tie")
        ),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_interests_sealed")),
        sa.CheckConstraint("until > declared_on", name=op.f("ck_interests_until")),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_by IS NULL)", name=op.f("ck_interests_ended_by")
        ),
        sa.CheckConstraint("ended_on >= declared_on", name=op.f("ck_interests_ended_on")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_interests_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["members.id"], name=op.f("fk_interests_declared_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["members.id"], name=op.f("fk_interests_ended_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(
            "uq_interests_in_force",
            ["member_id", "unit", "tie"],
            unique=True,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("next_recipient", sa.LargeBinary(length=RECIPIENT_BYTES), nullable=True)
        )
        batch_op.add_column(sa.Column("next_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("former_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("former_until", sa.Date(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_members_next_recipient_length"), f"length(next_recipient) = {RECIPIENT_BYTES}"
        )
        batch_op.create_check_constraint(
            op.f("ck_members_next_key"), "(next_recipient IS NULL) = (next_sealed IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_members_former_until"), "former_until IS NULL OR former_sealed IS NOT NULL"
        )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_sealed", sa.LargeBinary(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_grants_recused_has_no_next_key"), "next_sealed IS NULL OR NOT recused"
        )
