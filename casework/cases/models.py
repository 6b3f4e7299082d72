"""Cases: what is worked on. Everything that names, quotes or describes is sealed to the case's dossier."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.cases.states import (
    DECISIONS,
    CaseState,
    Feedback,
    Finding,
    Outcome,
    Priority,
    TaskState,
)
from casework.dossiers.models import Dossier
from casework.dossiers.states import DossierKind
from casework.records import ID_LENGTH, CaseworkModel, is_id, one_of

_PENDING = "decided_by IS NULL"
# In these words, in a query as in the index: SQLite uses a partial index only where it can see that the query is about its part.
IS_OPEN = sa.text("state <> 'closed'")
_IN_ORDER = ("urgency", "opened_on", "id")
_RANKS = {one.value: rank for rank, one in enumerate(Priority)}


def urgency(priority: str, *, danger: bool) -> int:
    """Say where a case stands in a queue: those in danger first, then by priority."""
    # Of what is no priority the database says so itself.
    return _RANKS.get(priority, len(_RANKS) - 1) + (0 if danger else len(_RANKS))


def _urgency(context: Any) -> int:
    given = context.get_current_parameters()
    return urgency(given["priority"], danger=given["danger"])


class Case(Dossier):
    """One case. In clear stands what a queue is sorted by, and nothing of what it is about."""

    __tablename__ = "cases"
    __table_args__ = (
        one_of("state", CaseState, "state"),
        one_of("priority", Priority, "priority"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_on"),
        CheckConstraint("closed_on >= opened_on", name="closed_after_opened"),
        CheckConstraint(
            "urgency = (CASE WHEN danger THEN 0 ELSE 3 END)"
            " + (CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END)",
            name="urgency",
        ),
        # A page of each list is read off one of them, in order, however many there are.
        Index(
            "ix_cases_open",
            *_IN_ORDER,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index(
            "ix_cases_open_of_owner",
            "owner_id",
            *_IN_ORDER,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_cases_state", "state", *_IN_ORDER),
        Index("ix_cases_owner_id_state", "owner_id", "state", *_IN_ORDER),
    )
    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy reads it once
        "polymorphic_identity": DossierKind.CASE,
        # A report's columns of these names are not a case's.
        "exclude_properties": [Dossier.__table__.c[name] for name in ("state", "version")],
    }

    id: Mapped[str] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True)
    opened_on: Mapped[date]
    opened_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    # What a queue is sorted by first: danger, then priority.
    urgency: Mapped[int] = mapped_column(sa.SmallInteger, init=False, insert_default=_urgency)
    state: Mapped[str] = mapped_column(String(24), default=CaseState.OPENED)
    priority: Mapped[str] = mapped_column(String(16), default=Priority.NORMAL)
    # Somebody may come to harm: its clocks run in hours.
    danger: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    closed_on: Mapped[date | None] = mapped_column(default=None)


@event.listens_for(Case, "before_update")
def _keep_urgency(_mapper: Any, _connection: sa.Connection, case: Case) -> None:
    case.urgency = urgency(case.priority, danger=case.danger)


class CaseReport(CaseworkModel):
    """A report belongs to a case: several to one, or one to several."""

    __tablename__ = "case_reports"

    case_id: Mapped[str] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    report_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    linked_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    linked_on: Mapped[date]


class Allegation(CaseworkModel):
    """One allegation in neutral words, with the norm and the period; and its own finding with the reasons."""

    __tablename__ = "allegations"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        is_id("id", "id_length"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        one_of("finding", Finding, "finding"),
        *(
            CheckConstraint(f"(finding IS NULL) = ({column} IS NULL)", name=f"finding_{column}")
            for column in ("reasons", "found_by", "found_on")
        ),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    stated_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    stated_on: Mapped[date]
    finding: Mapped[str | None] = mapped_column(String(24), default=None)
    reasons: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    found_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    found_on: Mapped[date | None] = mapped_column(default=None)


class Task(CaseworkModel):
    """Something somebody has to do by a day."""

    __tablename__ = "tasks"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        one_of("state", TaskState, "state"),
        CheckConstraint("(state = 'open') = (ended_by IS NULL)", name="ended_by"),
        CheckConstraint("(ended_by IS NULL) = (ended_on IS NULL)", name="ended_on"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    owner_id: Mapped[str] = mapped_column(ForeignKey("members.id"), index=True)
    due_on: Mapped[date]
    set_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    state: Mapped[str] = mapped_column(String(16), default=TaskState.OPEN)
    ended_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    ended_on: Mapped[date | None] = mapped_column(default=None)


class Closure(CaseworkModel):
    """Somebody asks that a case be closed; somebody else approves it or sends it back."""

    __tablename__ = "closures"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        one_of("outcome", Outcome, "outcome"),
        one_of("feedback", Feedback, "feedback"),
        *(one_of(column, codes, column) for column, codes in DECISIONS.items()),
        # Those of before these were asked for decided none of them.
        CheckConstraint("(reward IS NULL) = (protection IS NULL)", name="decided_protection"),
        CheckConstraint("(reward IS NULL) = (risk IS NULL)", name="decided_risk"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
        CheckConstraint("(decided_by IS NULL) = (approved IS NULL)", name="approved"),
        CheckConstraint("(decided_by IS NULL) = (decided_on IS NULL)", name="decided_on"),
        Index(
            "uq_closures_pending",
            "case_id",
            unique=True,
            sqlite_where=sa.text(_PENDING),
            postgresql_where=sa.text(_PENDING),
        ),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    feedback: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    proposed_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    proposed_on: Mapped[date]
    # Why a decision went as it did is sealed with the words.
    reward: Mapped[str | None] = mapped_column(String(16), default=None)
    protection: Mapped[str | None] = mapped_column(String(16), default=None)
    risk: Mapped[str | None] = mapped_column(String(16), default=None)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    decided_on: Mapped[date | None] = mapped_column(default=None)
    approved: Mapped[bool | None] = mapped_column(default=None)
