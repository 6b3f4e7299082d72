"""The evidence register of a case, and the custody of what is in it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


_SQLITE = (
    (
        "CREATE TRIGGER custody_events_no_update BEFORE UPDATE ON custody_events "
        "BEGIN SELECT RAISE(ABORT, 'custody is never changed'); END"
    ),
    (
        "CREATE TRIGGER custody_events_no_delete BEFORE DELETE ON custody_events "
        "WHEN EXISTS (SELECT 1 FROM evidence_items WHERE id = OLD.item_id) "
        "BEGIN SELECT RAISE(ABORT, 'custody is never changed'); END"
    ),
    # INSERT OR REPLACE deletes without asking the trigger above.
    (
        "CREATE TRIGGER custody_events_no_replace BEFORE INSERT ON custody_events "
        "WHEN EXISTS (SELECT 1 FROM custody_events WHERE item_id = NEW.item_id AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: custody_events.item_id, custody_events.number'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION custody_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM evidence_items WHERE id = OLD.item_id) "
        "THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'custody is never changed' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    ),
    (
        "CREATE TRIGGER custody_events_kept BEFORE UPDATE OR DELETE ON custody_events "
        "FOR EACH ROW EXECUTE FUNCTION custody_is_kept()"
    ),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evidence_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=True),
        sa.Column("letter_file", sa.String(length=32), nullable=True),
        sa.Column("blob", sa.String(length=32), nullable=True),
        sa.Column("derived_from", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'attached' AND state = 'held') = (letter_file IS NOT NULL)",
            name=op.f("ck_evidence_items_attached_letter_file"),
        ),
        sa.CheckConstraint(
            "(kind = 'attached' AND state = 'held') = (report_id IS NOT NULL)",
            name=op.f("ck_evidence_items_attached_report_id"),
        ),
        sa.CheckConstraint(
            "(kind = 'copy') = (derived_from IS NOT NULL)", name=op.f("ck_evidence_items_copy_of")
        ),
        sa.CheckConstraint(
            "(kind IN ('uploaded', 'copy') AND state = 'held') = (blob IS NOT NULL)",
            name=op.f("ck_evidence_items_own_blob"),
        ),
        sa.CheckConstraint(
            "kind IN ('attached', 'uploaded', 'copy', 'physical')",
            name=op.f("ck_evidence_items_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'destroyed' OR kind <> 'attached'", name=op.f("ck_evidence_items_can_destroy")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR kind IN ('attached', 'physical')",
            name=op.f("ck_evidence_items_can_return"),
        ),
        sa.CheckConstraint(
            "state IN ('held', 'returned', 'destroyed')", name=op.f("ck_evidence_items_state")
        ),
        sa.CheckConstraint("derived_from < number", name=op.f("ck_evidence_items_copy_of_earlier")),
        sa.CheckConstraint("length(blob) = 32", name=op.f("ck_evidence_items_blob_length")),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_evidence_items_id_length")),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_evidence_items_sealed")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_evidence_items_number")),
        sa.ForeignKeyConstraint(
            ["case_id", "derived_from"],
            ["evidence_items.case_id", "evidence_items.number"],
            name=op.f("fk_evidence_items_case_id_derived_from_evidence_items"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "report_id"],
            ["case_reports.case_id", "case_reports.report_id"],
            name=op.f("fk_evidence_items_case_id_report_id_case_reports"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_evidence_items_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["letter_file"],
            ["entry_files.id"],
            name=op.f("fk_evidence_items_letter_file_entry_files"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_items")),
        sa.UniqueConstraint("blob", name=op.f("uq_evidence_items_blob")),
        sa.UniqueConstraint(
            "case_id", "letter_file", name=op.f("uq_evidence_items_case_id_letter_file")
        ),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_evidence_items_case_id_number")),
    )
    op.create_index(op.f("ix_evidence_items_letter_file"), "evidence_items", ["letter_file"])
    op.create_table(
        "allegation_evidence",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("allegation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "allegation"],
            ["allegations.case_id", "allegations.number"],
            name=op.f("fk_allegation_evidence_case_id_allegation_allegations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "item"],
            ["evidence_items.case_id", "evidence_items.number"],
            name=op.f("fk_allegation_evidence_case_id_item_evidence_items"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "case_id", "allegation", "item", name=op.f("pk_allegation_evidence")
        ),
    )
    op.create_table(
        "custody_events",
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(action IN ('destroy', 'export', 'return')) = (sealed IS NOT NULL)",
            name=op.f("ck_custody_events_reasoned"),
        ),
        sa.CheckConstraint(
            "(number = 1) = (action = 'receive')", name=op.f("ck_custody_events_received_first")
        ),
        sa.CheckConstraint(
            "action IN ('receive', 'view', 'export', 'copy', 'return', 'destroy')",
            name=op.f("ck_custody_events_action"),
        ),
        sa.CheckConstraint("length(sealed) > 0", name=op.f("ck_custody_events_sealed")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_custody_events_number")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["evidence_items.id"],
            name=op.f("fk_custody_events_item_id_evidence_items"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_custody_events_member_id_members")
        ),
        sa.PrimaryKeyConstraint("item_id", "number", name=op.f("pk_custody_events")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)
