"""Dossiers of more kinds than reports, a report's way through triage, recusals, requested grants, and notes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OF_REPORTS = ("mailbox_id", "mailbox_recipient", "received_on", "public_state")
_NEW = (
    ("state", sa.String(length=24), "new"),
    ("version", sa.Integer(), "1"),
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=16), nullable=False, server_default="report")
        )
        for name, kind, first in _NEW:
            batch_op.add_column(sa.Column(name, kind, nullable=True, server_default=first))
        batch_op.add_column(sa.Column("duplicate_of", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("triaged_by", sa.String(length=32), nullable=True))
        for name in _OF_REPORTS:
            batch_op.alter_column(name, nullable=True)
    # What was there before is a report at its beginning; what comes says itself what it is.
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        for name in ("kind", *(name for name, _, _ in _NEW)):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_foreign_key(
            op.f("fk_dossiers_duplicate_of_dossiers"), "dossiers", ["duplicate_of"], ["id"]
        )
        batch_op.create_foreign_key(
            op.f("fk_dossiers_triaged_by_members"), "members", ["triaged_by"], ["id"]
        )
        for name, words in _CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_dossiers_{name}"), words)
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.alter_column("sealed", nullable=True)
        batch_op.add_column(
            sa.Column("recused", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("given_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("confirmed_by", sa.String(length=32), nullable=True))
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.alter_column("recused", server_default=None)
        for name in ("given_by", "confirmed_by"):
            batch_op.create_foreign_key(
                op.f(f"fk_grants_{name}_members"), "members", [name], ["id"]
            )
        batch_op.create_check_constraint(
            op.f("ck_grants_recused_has_no_key"), "recused = (sealed IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_grants_second_person"), "confirmed_by <> given_by"
        )
        batch_op.create_check_constraint(
            op.f("ck_grants_given_by_another"), "given_by <> member_id"
        )
    _create_grant_requests()
    _create_notes()


_CHECKS = {
    "kind": "kind IN ('report', 'case')",
    "state": "state IN ('new', 'acknowledged', 'triage', 'info_requested', 'accepted', 'linked', "
    "'merged', 'rerouted', 'set_aside')",
    "version": "version >= 1",
    **{
        f"report_{name}": f"(kind = 'report') = ({name} IS NOT NULL)"
        for name in (*_OF_REPORTS, "state", "version")
    },
    "duplicate_of_another": "duplicate_of <> id",
    "merged_into": "(state = 'merged' AND duplicate_of IS NOT NULL) "
    "OR (state <> 'merged' AND duplicate_of IS NULL) OR state IS NULL",
}


def _create_grant_requests() -> None:
    op.create_table(
        "grant_requests",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "asked_by <> member_id", name=op.f("ck_grant_requests_asked_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["members.id"], name=op.f("fk_grant_requests_asked_by_members")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_grant_requests_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_grant_requests_member_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "member_id", name=op.f("pk_grant_requests")),
    )
    with op.batch_alter_table("grant_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grant_requests_member_id"), ["member_id"], unique=False
        )


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('summary', 'party', 'reason', 'note')", name=op.f("ck_notes_kind")
        ),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_notes_sealed")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_notes_number")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notes_version")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["members.id"], name=op.f("fk_notes_author_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_notes_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dossier_id", "number", "version", name=op.f("pk_notes")),
    )
