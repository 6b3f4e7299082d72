"""Cases, what is worked on in them, and their end."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cases",
        _id("id"),
        sa.Column("opened_on", sa.Date(), nullable=False),
        _id("opened_by"),
        _id("owner_id"),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("danger", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        _check("cases", "state", _STATES),
        _check("cases", "priority", "priority IN ('high', 'normal', 'low')"),
        _check("cases", "version", "version >= 1"),
        _check("cases", "closed_on", "(state = 'closed') = (closed_on IS NOT NULL)"),
        _check("cases", "closed_after_opened", "closed_on >= opened_on"),
        _refers("cases", "id", "dossiers", ondelete="CASCADE"),
        _refers("cases", "opened_by", "members"),
        _refers("cases", "owner_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"])
    op.create_table(
        "case_reports",
        _id("case_id"),
        _id("report_id"),
        _id("linked_by"),
        sa.Column("linked_on", sa.Date(), nullable=False),
        _refers("case_reports", "case_id", "cases", ondelete="CASCADE"),
        _refers("case_reports", "report_id", "dossiers", ondelete="CASCADE"),
        _refers("case_reports", "linked_by", "members"),
        sa.PrimaryKeyConstraint("case_id", "report_id", name=op.f("pk_case_reports")),
    )
    op.create_index(op.f("ix_case_reports_report_id"), "case_reports", ["report_id"])
    _create_allegations()
    _create_tasks()
    _create_closures()


_STATES = (
    "state IN ('opened', 'preliminary_review', 'service_inspection', 'admin_resolution', "
    "'audit', 'referral', 'closed')"
)
_FINDINGS = (
    "finding IN ('substantiated', 'partly_substantiated', 'unsubstantiated', 'inconclusive', "
    "'refuted_knowingly_false', 'not_investigated')"
)


def _create_allegations() -> None:
    op.create_table(
        "allegations",
        _id("id"),
        _id("case_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _id("stated_by"),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(length=24), nullable=True),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        _id("found_by", nullable=True),
        sa.Column("found_on", sa.Date(), nullable=True),
        _check("allegations", "id_length", "length(id) = 32"),
        _check("allegations", "number", "number >= 1"),
        _check("allegations", "sealed", "length(sealed) > 0"),
        _check("allegations", "finding", _FINDINGS),
        *(
            _check("allegations", f"finding_{name}", f"(finding IS NULL) = ({name} IS NULL)")
            for name in ("reasons", "found_by", "found_on")
        ),
        _refers("allegations", "case_id", "cases", ondelete="CASCADE"),
        _refers("allegations", "stated_by", "members"),
        _refers("allegations", "found_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allegations")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_allegations_case_id_number")),
    )
    op.create_index(op.f("ix_allegations_case_id"), "allegations", ["case_id"])


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        _id("id"),
        _id("case_id"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _id("owner_id"),
        sa.Column("due_on", sa.Date(), nullable=False),
        _id("set_by"),
        sa.Column("state", sa.String(length=16), nullable=False),
        _id("ended_by", nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _check("tasks", "id_length", "length(id) = 32"),
        _check("tasks", "sealed", "length(sealed) > 0"),
        _check("tasks", "state", "state IN ('open', 'done', 'cancelled')"),
        _check("tasks", "ended_by", "(state = 'open') = (ended_by IS NULL)"),
        _check("tasks", "ended_on", "(ended_by IS NULL) = (ended_on IS NULL)"),
        _refers("tasks", "case_id", "cases", ondelete="CASCADE"),
        _refers("tasks", "owner_id", "members"),
        _refers("tasks", "set_by", "members"),
        _refers("tasks", "ended_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_case_id"), "tasks", ["case_id"])
    op.create_index(op.f("ix_tasks_owner_id"), "tasks", ["owner_id"])


def _create_closures() -> None:
    op.create_table(
        "closures",
        _id("id"),
        _id("case_id"),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("feedback", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _id("proposed_by"),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        _id("decided_by", nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        _check("closures", "id_length", "length(id) = 32"),
        _check("closures", "sealed", "length(sealed) > 0"),
        _check("closures", "outcome", "outcome IN ('measures', 'no_action', 'referred')"),
        _check("closures", "feedback", "feedback IN ('sent', 'unreachable')"),
        _check("closures", "second_person", "decided_by <> proposed_by"),
        _check("closures", "approved", "(decided_by IS NULL) = (approved IS NULL)"),
        _check("closures", "decided_on", "(decided_by IS NULL) = (decided_on IS NULL)"),
        _refers("closures", "case_id", "cases", ondelete="CASCADE"),
        _refers("closures", "proposed_by", "members"),
        _refers("closures", "decided_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index(op.f("ix_closures_case_id"), "closures", ["case_id"])
    pending = sa.text("decided_by IS NULL")
    op.create_index(
        "uq_closures_pending",
        "closures",
        ["case_id"],
        unique=True,
        sqlite_where=pending,
        postgresql_where=pending,
    )


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _check(table: str, name: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(words, name=op.f(f"ck_{table}_{name}"))


def _refers(
    table: str, column: str, other: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)
