"""What is decided before a case closes, what keeps a dossier, and what is left of one that is destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DECISIONS = {
    "reward": "reward IN ('eligible', 'ineligible', 'declined')",
    "protection": "protection IN ('active', 'waived')",
    "risk": "risk IN ('review', 'new', 'none')",
}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("closures", schema=None) as batch_op:
        for name, words in _DECISIONS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=16), nullable=True))
            batch_op.create_check_constraint(op.f(f"ck_closures_{name}"), words)
        for name in ("protection", "risk"):
            batch_op.create_check_constraint(
                op.f(f"ck_closures_decided_{name}"), f"(reward IS NULL) = ({name} IS NULL)"
            )
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_dossiers_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_dossiers_state"), _STATES)
    # Whether a report is repeated by others is asked whenever its page is shown.
    op.create_index(op.f("ix_dossiers_duplicate_of"), "dossiers", ["duplicate_of"])
    _create_legal_holds()
    _create_destructions()


_STATES = (
    "state IN ('new', 'acknowledged', 'triage', 'info_requested', 'accepted', 'linked', 'merged', "
    "'rerouted', 'set_aside', 'concluded')"
)


def _create_legal_holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dossier_id"],
            ["dossiers.id"],
            name=op.f("fk_legal_holds_dossier_id_dossiers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["members.id"], name=op.f("fk_legal_holds_set_by_members")
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_legal_holds")),
    )


_CHECKS = {
    "dossier_id_length": "length(dossier_id) = 32",
    "kind": "kind IN ('report', 'case')",
    "reason": "reason IN ('retention', 'mistake', 'court_order')",
    "second_person": "confirmed_by <> asked_by",
    "destroyed_on": "(confirmed_by IS NULL) = (destroyed_on IS NULL)",
    "mailbox_id_length": "length(mailbox_id) = 32",
    "mailbox": "mailbox_id IS NULL OR (kind = 'report' AND confirmed_by IS NOT NULL)",
}


def _create_destructions() -> None:
    op.create_table(
        "destructions",
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("destroyed_on", sa.Date(), nullable=True),
        sa.Column("mailbox_id", sa.String(length=32), nullable=True),
        *(
            sa.CheckConstraint(words, name=op.f(f"ck_destructions_{name}"))
            for name, words in _CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["members.id"], name=op.f(f"fk_destructions_{name}_members")
            )
            for name in ("asked_by", "confirmed_by")
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_destructions")),
    )
    waits = sa.text("mailbox_id IS NOT NULL")
    op.create_index(
        "ix_destructions_mailbox_id_waits",
        "destructions",
        ["mailbox_id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
