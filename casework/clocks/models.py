"""Clocks: a row for each thing that has to be done in time, and a row for everything that ever happened to it.

In clear, for a reminder has to find what is due without anybody's key: kinds, moments, and reasons as codes. None of it names
or describes anybody; the subject is a random id.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.clocks.rules import MAX_AMOUNT
from casework.clocks.states import (
    AUTOMATIC,
    PAUSES,
    REASONS,
    RULES,
    ClockAction,
    ClockKind,
    ClockState,
    RuleName,
    Unit,
)
from casework.records import ID_LENGTH, CaseworkModel, is_id, new_id, one_of
from portal.database import UtcDateTime

RULE_SET_LENGTH = 64
_WORD = 24

# In these words, in a query as in the index: SQLite uses a partial index only where it can see that the query is about its part.
IS_OPEN = sa.text("state IN ('running', 'paused')")
_BEGINS = "action IN ('start', 'recount')"
_BASIS = ("rule_set", "rule", "counted_from", "moves")


def _listed(values: Iterable[StrEnum]) -> str:
    """List values in the order of their enum, whatever order a set gives."""
    return ", ".join(f"'{value}'" for value in sorted(values))


def _needs_reason(action: ClockAction) -> bool:
    return bool(REASONS[action]) and action != ClockAction.MEET


_RULE_FITS = " AND ".join(
    f"(kind <> '{kind}' OR rule IN ({_listed(RULES[kind])}))" for kind in ClockKind
)
_REASON_FITS = " AND ".join(
    f"(action <> '{action}' OR reason IS NULL OR reason IN ({_listed(REASONS[action])}))"
    for action in ClockAction
    if REASONS[action]
)
_PAUSABLE = [kind for kind in ClockKind if PAUSES[kind]]
_NEEDS_REASON = _listed(action for action in ClockAction if _needs_reason(action))
_WITHOUT_REASON = _listed(action for action in ClockAction if not REASONS[action])


class Clock(CaseworkModel):
    """One deadline of one report or case: when it is due, and whether it runs, waits, was met, or came to nothing."""

    __tablename__ = "clocks"
    __table_args__ = (
        is_id("id", "id_length"),
        is_id("subject_id", "subject_id_length"),
        one_of("kind", ClockKind, "kind"),
        one_of("state", ClockState, "state"),
        one_of("unit", Unit, "unit"),
        CheckConstraint(
            f"late_reason IN ({_listed(REASONS[ClockAction.EXPLAIN])})", name="late_reason"
        ),
        CheckConstraint(_RULE_FITS, name="rule_fits"),
        CheckConstraint("NOT moves OR unit IN ('calendar_days', 'months')", name="moves"),
        CheckConstraint("due_at > started_at", name="due_at"),
        CheckConstraint("(state = 'paused') = (paused_at IS NOT NULL)", name="paused_at"),
        CheckConstraint(f"state <> 'paused' OR kind IN ({_listed(_PAUSABLE)})", name="can_wait"),
        CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name="met_at"),
        # Late and unexplained, or explained and not late: neither is met.
        CheckConstraint(
            "state <> 'met' OR (met_at >= due_at) = (late_reason IS NOT NULL)", name="explained"
        ),
        CheckConstraint("version >= 1", name="version"),
        Index(
            "uq_clocks_open",
            "subject_id",
            "kind",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_clocks_due_at_open", "due_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("ix_clocks_subject_id", "subject_id"),
    )

    subject_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(_WORD))
    rule_set: Mapped[str] = mapped_column(String(RULE_SET_LENGTH))
    rule: Mapped[str] = mapped_column(String(_WORD))
    unit: Mapped[str] = mapped_column(String(_WORD))
    moves: Mapped[bool]
    # What the deadline is counted from, which may lie long before anybody knew of it.
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The first moment too late.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default_factory=new_id)
    state: Mapped[str] = mapped_column(String(16), default=ClockState.RUNNING)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    late_reason: Mapped[str | None] = mapped_column(String(_WORD), default=None)
    # The number of its last event.
    version: Mapped[int] = mapped_column(default=1)


class ClockEvent(CaseworkModel):
    """What happened to a clock, by whom and why, and when it was due after that. Never changed; in order they give the clock."""

    __tablename__ = "clock_events"
    __table_args__ = (
        one_of("action", ClockAction, "action"),
        one_of("rule", RuleName, "rule"),
        one_of("unit", Unit, "unit"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(number = 1) = (action = 'start')", name="starts_first"),
        # Nobody but a person pauses, extends, counts anew, explains or stops.
        CheckConstraint(
            f"actor_id IS NOT NULL OR action IN ({_listed(AUTOMATIC)})", name="somebody"
        ),
        CheckConstraint(f"action NOT IN ({_NEEDS_REASON}) OR reason IS NOT NULL", name="reasoned"),
        CheckConstraint(
            f"action NOT IN ({_WITHOUT_REASON}) OR reason IS NULL", name="without_reason"
        ),
        CheckConstraint(_REASON_FITS, name="reason_fits"),
        CheckConstraint(
            f"NOT {_BEGINS} OR ({' AND '.join(f'{c} IS NOT NULL' for c in _BASIS)})", name="basis"
        ),
        CheckConstraint(
            f"{_BEGINS} OR ({' AND '.join(f'{c} IS NULL' for c in _BASIS)})", name="no_basis"
        ),
        CheckConstraint(
            "(action IN ('start', 'recount', 'extend')) = (amount IS NOT NULL)", name="has_amount"
        ),
        CheckConstraint("(amount IS NULL) = (unit IS NULL)", name="amount_unit"),
        CheckConstraint(f"amount BETWEEN 1 AND {MAX_AMOUNT}", name="amount"),
    )

    clock_id: Mapped[str] = mapped_column(
        ForeignKey("clocks.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the clock was due after it; known only once the event has taken its step.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, init=False)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    reason: Mapped[str | None] = mapped_column(String(_WORD), default=None)
    # By how much it was extended; of a start or a recount, the rule as it was then.
    amount: Mapped[int | None] = mapped_column(default=None)
    unit: Mapped[str | None] = mapped_column(String(_WORD), default=None)
    rule_set: Mapped[str | None] = mapped_column(String(RULE_SET_LENGTH), default=None)
    rule: Mapped[str | None] = mapped_column(String(_WORD), default=None)
    counted_from: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    moves: Mapped[bool | None] = mapped_column(default=None)
