"""When something is due: pure functions of a rule, a starting point and the working calendar.

How deadlines are read, everywhere in the office:

- Days are those of the organisation's time zone. What comes at 23:30 in Tashkent came that day, whatever day it is in UTC.
- The day of the event does not count: seven days from a Monday end with the Monday after it (so Regulation (EEC) 1182/71,
  art. 3, and the civil codes of the region).
- A deadline in days or months ends at the *end* of its last local day. `due_at` is the first moment too late: midnight
  after that day. Something done at `due_at` or later is late.
- A deadline in months ends on the day of the same number; a month too short for it ends it on its own last day.
- A deadline in hours is a moment, nights and days off included: danger does not wait for Monday.
- Where the last day is a day off, the deadline stays there: the directive's days are promises to the informant, who should
  not wait longer because of a weekend, and a penalty after its last lawful day is void. A rule that says
  `moves_to_working_day` goes on to the next working day instead. Deadlines in working days end on one by themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casework.clocks.calendar import (
    WorkingCalendar,
    add_working_days,
    next_working_day,
    working_days_between,
)
from casework.clocks.errors import RuleUnfit
from casework.clocks.states import (
    EXTENDABLE,
    PAUSES,
    PERMITTED,
    TRANSITIONS,
    ClockAction,
    ClockKind,
    ClockState,
    RuleName,
    Unit,
)
from casework.staff.states import Role
from casework.transitions import possible_actions
from portal.clock import add_months

MAX_AMOUNT = 366
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long something may take, counted in what, and who says so."""

    amount: int
    unit: Unit
    source: str
    moves_to_working_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The deadlines in force from a day on."""

    id: str
    effective_from: date
    source: str
    rules: Mapping[RuleName, Rule]

    def rule(self, name: RuleName) -> Rule:
        """Give one rule; raises RuleUnfit if the set lacks it."""
        try:
            return self.rules[name]
        except KeyError as error:
            raise RuleUnfit(f"{self.id} has no rule {name}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Timekeeping:
    """What an organisation counts time by: its zone, its working days, its rule sets from the oldest to the newest."""

    zone: ZoneInfo
    calendar: WorkingCalendar
    rule_sets: Sequence[RuleSet]

    def in_force(self, day: date) -> RuleSet:
        """Give the rule set in force on a day; the oldest for what lies before them all."""
        begun = [rules for rules in self.rule_sets if rules.effective_from <= day]
        return begun[-1] if begun else self.rule_sets[0]

    def day_of(self, moment: datetime) -> date:
        """Give the local day of a moment."""
        return moment.astimezone(self.zone).date()

    def beginning_of(self, day: date) -> datetime:
        """Give the first moment of a local day, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Give the first moment after a local day, in UTC."""
        return self.beginning_of(day + timedelta(days=1))

    def last_day(self, due_at: datetime) -> date:
        """Give the last local day on which what is due is still in time."""
        return self.day_of(due_at - _INSTANT)


def due(rule: Rule, counted_from: datetime, timekeeping: Timekeeping) -> datetime:
    """Give the first moment too late, in UTC, for something counted from a moment."""
    if rule.unit == Unit.HOURS:
        return counted_from.astimezone(UTC) + timedelta(hours=rule.amount)
    day = _later(timekeeping.day_of(counted_from), rule.amount, rule.unit, timekeeping.calendar)
    return timekeeping.end_of(_settled(day, timekeeping.calendar, moves=rule.moves_to_working_day))


def extended(
    due_at: datetime, amount: int, unit: Unit, timekeeping: Timekeeping, *, moves: bool
) -> datetime:
    """Give a deadline so much later, counted from its own last day."""
    if unit == Unit.HOURS:
        return due_at + timedelta(hours=amount)
    day = _later(timekeeping.last_day(due_at), amount, unit, timekeeping.calendar)
    return timekeeping.end_of(_settled(day, timekeeping.calendar, moves=moves))


def resumed(
    due_at: datetime,
    unit: Unit,
    timekeeping: Timekeeping,
    *,
    paused_at: datetime,
    at: datetime,
    moves: bool,
) -> datetime:
    """Give a deadline after a pause: later by what the pause took, and never past when the clock runs again.

    Hours move by the time that passed; calendar days and months by the local days between the two dates (a pause within one
    day takes nothing, a night takes one day); working days by the working days after the day of the pause, up to and with
    the day of resuming. A deadline that had passed before the pause stays where it was, and so does any if the clock went
    backwards (F27).
    """
    if due_at <= paused_at or at <= paused_at:
        return due_at
    if unit == Unit.HOURS:
        return due_at + (at - paused_at)
    last = timekeeping.last_day(due_at)
    start, end = timekeeping.day_of(paused_at), timekeeping.day_of(at)
    if unit == Unit.WORKING_DAYS:
        day = _after_working_pause(timekeeping.calendar, last, start, end)
    else:
        day = _settled(last + (end - start), timekeeping.calendar, moves=moves)
    return timekeeping.end_of(day)


def last_lawful_day_for_discipline(
    rules: RuleSet, earliest_alleged: date, timekeeping: Timekeeping, *, found_by_audit: bool
) -> date:
    """Give the last day on which a penalty for the earliest alleged misconduct can be imposed.

    Six months from the misconduct, or two years where revision, audit or a financial check found it (Labour Code of Uzbekistan,
    art. 314, as the profile's rule set has it). It does not move for a day off: sign before. Criminal proceedings pause the clock
    that is started from it. The month from detection, which sickness and leave stop, is another deadline.
    """
    rule = rules.rule(RuleName.DISCIPLINE_AUDIT if found_by_audit else RuleName.DISCIPLINE)
    return timekeeping.last_day(due(rule, timekeeping.beginning_of(earliest_alleged), timekeeping))


def offered(
    kind: ClockKind, state: ClockState, role: Role, *, late: bool = False
) -> frozenset[ClockAction]:
    """Give what somebody in this role may do with a clock of this kind: all that a page may offer.

    What is late is explained, and neither paused nor extended; what is not late has nothing to explain.
    """
    actions = possible_actions(TRANSITIONS, PERMITTED, state, role)
    if kind not in EXTENDABLE:
        actions -= {ClockAction.EXTEND}
    if not PAUSES[kind]:
        actions -= {ClockAction.PAUSE}
    if late:
        return actions - {ClockAction.PAUSE, ClockAction.EXTEND}
    return actions - {ClockAction.EXPLAIN}


def _later(day: date, amount: int, unit: Unit, calendar: WorkingCalendar) -> date:
    if unit == Unit.WORKING_DAYS:
        return add_working_days(calendar, day, amount)
    if unit == Unit.MONTHS:
        return add_months(day, amount)
    return day + timedelta(days=amount)


def _settled(day: date, calendar: WorkingCalendar, *, moves: bool) -> date:
    return next_working_day(calendar, day) if moves else day


def _after_working_pause(calendar: WorkingCalendar, last: date, start: date, end: date) -> date:
    shifted = add_working_days(calendar, last, working_days_between(calendar, start, end))
    # Paused on its last day and resumed on a Sunday: what was left of that day is done on Monday.
    return max(shifted, next_working_day(calendar, end)) if shifted < end else shifted
