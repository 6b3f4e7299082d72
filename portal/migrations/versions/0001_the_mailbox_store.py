"""The mailbox store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mailboxes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("locator_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recipient", sa.LargeBinary(length=1216), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_recipient", sa.LargeBinary(length=1216), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("public_state", sa.String(length=16), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("burned", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "public_state IN ('received', 'in_review', 'question', 'closed')",
            name=op.f("ck_mailboxes_public_state"),
        ),
        sa.CheckConstraint(
            "acknowledged_on >= received_on", name=op.f("ck_mailboxes_acknowledged_after_received")
        ),
        sa.CheckConstraint("length(dossier_id) = 32", name=op.f("ck_mailboxes_dossier_id_length")),
        sa.CheckConstraint(
            "length(dossier_recipient) = 1216", name=op.f("ck_mailboxes_dossier_recipient_length")
        ),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_mailboxes_id_length")),
        sa.CheckConstraint(
            "length(locator_hash) = 32", name=op.f("ck_mailboxes_locator_hash_length")
        ),
        sa.CheckConstraint("length(recipient) = 1216", name=op.f("ck_mailboxes_recipient_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("dossier_id", name=op.f("uq_mailboxes_dossier_id")),
        sa.UniqueConstraint("locator_hash", name=op.f("uq_mailboxes_locator_hash")),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_day"), ["day"], unique=False)

    op.create_table(
        "envelopes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("mailbox_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("collected", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT withdrawn OR direction = 'to_office'", name=op.f("ck_envelopes_only_own_withdrawn")
        ),
        sa.CheckConstraint(
            "direction IN ('to_office', 'to_informant')", name=op.f("ck_envelopes_direction")
        ),
        sa.CheckConstraint(
            "(sealed IS NULL) = withdrawn", name=op.f("ck_envelopes_sealed_unless_withdrawn")
        ),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_envelopes_id_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_envelopes_sealed")),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_envelopes_sequence")),
        sa.ForeignKeyConstraint(
            ["mailbox_id"],
            ["mailboxes.id"],
            name=op.f("fk_envelopes_mailbox_id_mailboxes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
        sa.UniqueConstraint(
            "mailbox_id", "sequence", name=op.f("uq_envelopes_mailbox_id_sequence")
        ),
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_envelopes_mailbox_id"), ["mailbox_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("mailbox_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_grants_id_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_grants_sealed")),
        sa.ForeignKeyConstraint(
            ["mailbox_id"],
            ["mailboxes.id"],
            name=op.f("fk_grants_mailbox_id_mailboxes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_mailbox_id"), ["mailbox_id"], unique=False)

    op.create_table(
        "blobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_size", sa.BigInteger(), nullable=False),
        sa.Column("envelope_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_blobs_id_length")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_blobs_position")),
        sa.CheckConstraint("sealed_size > 0", name=op.f("ck_blobs_sealed_size")),
        sa.ForeignKeyConstraint(
            ["envelope_id"],
            ["envelopes.id"],
            name=op.f("fk_blobs_envelope_id_envelopes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blobs")),
        sa.UniqueConstraint("envelope_id", "position", name=op.f("uq_blobs_envelope_id_position")),
    )
    with op.batch_alter_table("blobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blobs_envelope_id"), ["envelope_id"], unique=False)
