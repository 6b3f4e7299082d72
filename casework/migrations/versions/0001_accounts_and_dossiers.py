"""The office's accounts and dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dossiers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("mailbox_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.LargeBinary(length=1216), nullable=False),
        sa.Column("mailbox_recipient", sa.LargeBinary(length=1216), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("public_state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "public_state IN ('received', 'in_review', 'question', 'closed')",
            name=op.f("ck_dossiers_public_state"),
        ),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_dossiers_id_length")),
        sa.CheckConstraint("length(mailbox_id) = 32", name=op.f("ck_dossiers_mailbox_id_length")),
        sa.CheckConstraint(
            "length(mailbox_recipient) = 1216", name=op.f("ck_dossiers_mailbox_recipient_length")
        ),
        sa.CheckConstraint("length(recipient) = 1216", name=op.f("ck_dossiers_recipient_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        sa.UniqueConstraint("mailbox_id", name=op.f("uq_dossiers_mailbox_id")),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("invitation_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("invitation_expires", sa.Date(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(length=1216), nullable=True),
        sa.Column("password_wrap", sa.LargeBinary(), nullable=True),
        sa.Column("recovery_wrap", sa.LargeBinary(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("roster_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(role = 'administrator') = (position IS NULL)", name=op.f("ck_members_position")
        ),
        sa.CheckConstraint(
            "(state = 'invited') = (invitation_hash IS NOT NULL)",
            name=op.f("ck_members_invited_has_invitation"),
        ),
        sa.CheckConstraint(
            "role IN ('head', 'investigator', 'oversight', 'administrator')",
            name=op.f("ck_members_role"),
        ),
        sa.CheckConstraint(
            "roster_key IS NULL OR role = 'administrator'", name=op.f("ck_members_roster_key")
        ),
        sa.CheckConstraint(
            "state <> 'active' OR (recipient IS NOT NULL AND password_wrap IS NOT NULL "
            "AND recovery_wrap IS NOT NULL AND totp_sealed IS NOT NULL)",
            name=op.f("ck_members_active_has_keys"),
        ),
        sa.CheckConstraint(
            "state IN ('invited', 'active', 'disabled')", name=op.f("ck_members_state")
        ),
        sa.CheckConstraint(
            "(invitation_hash IS NULL) = (invitation_expires IS NULL)",
            name=op.f("ck_members_invitation_expires"),
        ),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_members_id_length")),
        sa.CheckConstraint(
            "length(invitation_hash) = 32", name=op.f("ck_members_invitation_hash_length")
        ),
        sa.CheckConstraint("length(name) >= 1", name=op.f("ck_members_name")),
        sa.CheckConstraint("length(recipient) = 1216", name=op.f("ck_members_recipient_length")),
        sa.CheckConstraint("length(username) >= 2", name=op.f("ck_members_username")),
        sa.CheckConstraint("totp_step >= 0", name=op.f("ck_members_totp_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("username", name=op.f("uq_members_username")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(
            "uq_members_position_in_use",
            ["position"],
            unique=True,
            sqlite_where=sa.text("state <> 'disabled'"),
            postgresql_where=sa.text("state <> 'disabled'"),
        )

    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=True),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("public_state", sa.String(length=16), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("has_files", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(number IS NULL) = (state IN ('held', 'discarded'))", name=op.f("ck_entries_in_thread")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_on IS NOT NULL)",
            name=op.f("ck_entries_withdrawn_on"),
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'queued', 'delivered', 'discarded')) = (author_id IS NOT NULL)",
            name=op.f("ck_entries_author"),
        ),
        sa.CheckConstraint(
            "NOT has_files OR author_id IS NULL OR state NOT IN ('queued', 'delivered') OR approved_by IS NOT NULL",
            name=op.f("ck_entries_files_need_approval"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR state IN ('queued', 'delivered')",
            name=op.f("ck_entries_approved"),
        ),
        sa.CheckConstraint(
            "public_state IN ('received', 'in_review', 'question', 'closed')",
            name=op.f("ck_entries_public_state"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'withdrawn', 'held', 'queued', 'delivered', 'discarded')",
            name=op.f("ck_entries_state"),
        ),
        sa.CheckConstraint("approved_by <> author_id", name=op.f("ck_entries_second_person")),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_entries_id_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_entries_sealed")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_entries_number")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["members.id"], name=op.f("fk_entries_approved_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_entries_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_entries_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("dossier_id", "number", name=op.f("uq_entries_dossier_id_number")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_grants_sealed")),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_grants_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_grants_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "member_id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_member_id"), ["member_id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_offers_id_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_offers_sealed")),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_offers_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offers_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_sessions_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_member_id"), ["member_id"], unique=False)

    op.create_table(
        "trials",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_trials_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_trials_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "member_id", name=op.f("pk_trials")),
    )
    with op.batch_alter_table("trials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trials_member_id"), ["member_id"], unique=False)

    op.create_table(
        "entry_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed_size", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_entry_files_id_length")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_entry_files_position")),
        sa.CheckConstraint("sealed_size > 0", name=op.f("ck_entry_files_sealed_size")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
            name=op.f("fk_entry_files_entry_id_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_files")),
        sa.UniqueConstraint("entry_id", "position", name=op.f("uq_entry_files_entry_id_position")),
    )
    with op.batch_alter_table("entry_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_files_entry_id"), ["entry_id"], unique=False)
