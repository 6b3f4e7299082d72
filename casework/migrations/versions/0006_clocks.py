"""Clocks, and what happened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('running', 'paused')")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "clocks",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("rule_set", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("unit", sa.String(length=24), nullable=False),
        sa.Column("moves", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_reason", sa.String(length=24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'paused' OR kind IN ('discipline', 'feedback', 'preliminary_review', 'triage')",
            name=op.f("ck_clocks_can_wait"),
        ),
        sa.CheckConstraint(
            "due_at > started_at",
            name=op.f("ck_clocks_due_at"),
        ),
        sa.CheckConstraint(
            "state <> 'met' OR (met_at >= due_at) = (late_reason IS NOT NULL)",
            name=op.f("ck_clocks_explained"),
        ),
        sa.CheckConstraint(
            "length(id) = 32",
            name=op.f("ck_clocks_id_length"),
        ),
        sa.CheckConstraint(
            "kind IN ('acknowledge', 'triage', 'preliminary_review', 'feedback', 'discipline')",
            name=op.f("ck_clocks_kind"),
        ),
        sa.CheckConstraint(
            "late_reason IN ('absence', 'awaiting_informant', 'awaiting_others', 'complexity', "
            "'learned_too_late', 'technical', 'workload')",
            name=op.f("ck_clocks_late_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'met') = (met_at IS NOT NULL)",
            name=op.f("ck_clocks_met_at"),
        ),
        sa.CheckConstraint(
            "NOT moves OR unit IN ('calendar_days', 'months')",
            name=op.f("ck_clocks_moves"),
        ),
        sa.CheckConstraint(
            "(state = 'paused') = (paused_at IS NOT NULL)",
            name=op.f("ck_clocks_paused_at"),
        ),
        sa.CheckConstraint(
            "(kind <> 'acknowledge' OR rule IN ('acknowledge')) AND (kind <> 'triage' OR rule "
            "IN ('triage', 'triage_danger')) AND (kind <> 'preliminary_review' OR rule IN "
            "('preliminary_review')) AND (kind <> 'feedback' OR rule IN ('feedback')) AND (kind"
            " <> 'discipline' OR rule IN ('discipline', 'discipline_audit'))",
            name=op.f("ck_clocks_rule_fits"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'met', 'stopped')",
            name=op.f("ck_clocks_state"),
        ),
        sa.CheckConstraint(
            "length(subject_id) = 32",
            name=op.f("ck_clocks_subject_id_length"),
        ),
        sa.CheckConstraint(
            "unit IN ('hours', 'calendar_days', 'working_days', 'months')",
            name=op.f("ck_clocks_unit"),
        ),
        sa.CheckConstraint(
            "version >= 1",
            name=op.f("ck_clocks_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    with op.batch_alter_table("clocks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clocks_due_at_open",
            ["due_at"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index("ix_clocks_subject_id", ["subject_id"], unique=False)
        batch_op.create_index(
            "uq_clocks_open",
            ["subject_id", "kind"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
    op.create_table(
        "clock_events",
        sa.Column("clock_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=24), nullable=True),
        sa.Column("rule_set", sa.String(length=64), nullable=True),
        sa.Column("rule", sa.String(length=24), nullable=True),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moves", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "action IN ('start', 'pause', 'resume', 'extend', 'recount', 'explain', 'meet', "
            "'stop')",
            name=op.f("ck_clock_events_action"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 366",
            name=op.f("ck_clock_events_amount"),
        ),
        sa.CheckConstraint(
            "(amount IS NULL) = (unit IS NULL)",
            name=op.f("ck_clock_events_amount_unit"),
        ),
        sa.CheckConstraint(
            "NOT action IN ('start', 'recount') OR (rule_set IS NOT NULL AND rule IS NOT NULL "
            "AND counted_from IS NOT NULL AND moves IS NOT NULL)",
            name=op.f("ck_clock_events_basis"),
        ),
        sa.CheckConstraint(
            "(action IN ('start', 'recount', 'extend')) = (amount IS NOT NULL)",
            name=op.f("ck_clock_events_has_amount"),
        ),
        sa.CheckConstraint(
            "action IN ('start', 'recount') OR (rule_set IS NULL AND rule IS NULL AND "
            "counted_from IS NULL AND moves IS NULL)",
            name=op.f("ck_clock_events_no_basis"),
        ),
        sa.CheckConstraint(
            "number >= 1",
            name=op.f("ck_clock_events_number"),
        ),
        sa.CheckConstraint(
            "(action <> 'pause' OR reason IS NULL OR reason IN ('awaiting_informant', "
            "'criminal_proceedings')) AND (action <> 'extend' OR reason IS"
            " NULL OR reason IN ('awaiting_informant', 'awaiting_others', 'complexity')) AND "
            "(action <> 'recount' OR reason IS NULL OR reason IN ('audit_ground', "
            "'calendar_changed', 'danger', 'date_corrected', 'no_danger')) AND (action <> "
            "'explain' OR reason IS NULL OR reason IN ('absence', 'awaiting_informant', "
            "'awaiting_others', 'complexity', 'learned_too_late', 'technical', 'workload')) AND"
            " (action <> 'meet' OR reason IS NULL OR reason IN ('absence', "
            "'awaiting_informant', 'awaiting_others', 'complexity', 'learned_too_late', "
            "'technical', 'workload')) AND (action <> 'stop' OR reason IS NULL OR reason IN "
            "('closed', 'merged', 'not_applicable', 'rerouted'))",
            name=op.f("ck_clock_events_reason_fits"),
        ),
        sa.CheckConstraint(
            "action NOT IN ('explain', 'extend', 'pause', 'recount', 'stop') OR reason IS NOT NULL",
            name=op.f("ck_clock_events_reasoned"),
        ),
        sa.CheckConstraint(
            "rule IN ('acknowledge', 'triage', 'triage_danger', 'preliminary_review', "
            "'feedback', 'discipline', 'discipline_audit')",
            name=op.f("ck_clock_events_rule"),
        ),
        sa.CheckConstraint(
            "actor_id IS NOT NULL OR action IN ('meet', 'resume', 'start')",
            name=op.f("ck_clock_events_somebody"),
        ),
        sa.CheckConstraint(
            "(number = 1) = (action = 'start')",
            name=op.f("ck_clock_events_starts_first"),
        ),
        sa.CheckConstraint(
            "unit IN ('hours', 'calendar_days', 'working_days', 'months')",
            name=op.f("ck_clock_events_unit"),
        ),
        sa.CheckConstraint(
            "action NOT IN ('resume', 'start') OR reason IS NULL",
            name=op.f("ck_clock_events_without_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["clock_id"],
            ["clocks.id"],
            name=op.f("fk_clock_events_clock_id_clocks"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["members.id"], name=op.f("fk_clock_events_actor_id_members")
        ),
        sa.PrimaryKeyConstraint("clock_id", "number", name=op.f("pk_clock_events")),
    )
