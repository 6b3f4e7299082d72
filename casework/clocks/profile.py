"""Reads what the organisation's profile says about time: its calendar and its dated rule sets. docs/clocks.md explains the keys.

The portal does not read them, and does not pay for the calendar. What it promises informants, `[clocks]`, has to be what the
newest rule set says, or the profile is refused.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from casework.clocks.calendar import YEARS, WorkingCalendar, make_calendar
from casework.clocks.models import RULE_SET_LENGTH
from casework.clocks.rules import MAX_AMOUNT, Rule, RuleSet, Timekeeping
from casework.clocks.states import RuleName, Unit
from portal.organisation import ProfileError

DAYS_PER_WEEK = (5, 6)
# What the portal tells informants, and the rule and unit it has to agree with.
PROMISES = (
    ("acknowledge_days", RuleName.ACKNOWLEDGE, Unit.CALENDAR_DAYS),
    ("feedback_months", RuleName.FEEDBACK, Unit.MONTHS),
)
# Deadlines that end with a local day, and so can end on a day off.
_MAY_MOVE = frozenset({Unit.CALENDAR_DAYS, Unit.MONTHS})
_RULE_KEYS = frozenset({*Unit, "source", "moves_to_working_day"})


def load_timekeeping(path: Path) -> Timekeeping:
    """Read a profile's calendar and rule sets; raises ProfileError with all their problems."""
    try:
        profile = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileError([f"{path}: {error}"]) from error
    return read_timekeeping(profile)


def read_timekeeping(profile: Mapping[str, Any]) -> Timekeeping:
    """Read the calendar and rule sets of a parsed profile; raises ProfileError with all their problems."""
    return _Reader(profile).timekeeping()


class _Reader:
    """Reads a profile's time and collects what is wrong with it."""

    def __init__(self, profile: Mapping[str, Any]) -> None:
        self._profile = profile
        self._problems: list[str] = []

    def timekeeping(self) -> Timekeeping:
        zone, calendar = self._zone(), self._calendar()
        rule_sets = sorted(self._rule_sets(), key=lambda rules: rules.effective_from)
        if rule_sets:
            self._check_promises(rule_sets[-1])
        if self._problems or zone is None or calendar is None:
            raise ProfileError(self._problems)
        return Timekeeping(zone=zone, calendar=calendar, rule_sets=tuple(rule_sets))

    def _blame(self, where: str, problem: str) -> None:
        self._problems.append(f"{where}: {problem}")

    def _zone(self) -> ZoneInfo | None:
        try:
            return ZoneInfo(self._profile.get("timezone", ""))
        except (ValueError, OSError, KeyError, TypeError):
            self._blame("timezone", "name one, such as Asia/Tashkent")
            return None

    def _calendar(self) -> WorkingCalendar | None:
        calendar = self._table(self._profile.get("calendar"), "calendar")
        if calendar is None:
            return None
        per_week = calendar.get("working_days_per_week")
        off, worked = self._days(calendar, "days_off"), self._days(calendar, "working_days")
        for day in sorted(off & worked):
            self._blame("calendar", f"{day} cannot be both a day off and a working day")
        if per_week not in DAYS_PER_WEEK or isinstance(per_week, bool):
            self._blame("calendar.working_days_per_week", "is 5 or 6")
            per_week = DAYS_PER_WEEK[0]
        try:
            return make_calendar(
                country=str(calendar.get("country", "")),
                days_per_week=per_week,
                added_days_off=off,
                added_working_days=worked,
            )
        except NotImplementedError:
            self._blame("calendar.country", "give the two letters of a country, such as UZ")
            return None

    def _days(self, calendar: Mapping[str, Any], name: str) -> frozenset[date]:
        where, items = f"calendar.{name}", calendar.get(name, [])
        return frozenset(
            day
            for item in self._tables(items, where)
            if self._has_source(item, where)
            and (day := self._date(item.get("day"), where)) is not None
        )

    def _rule_sets(self) -> list[RuleSet]:
        items = self._tables(self._profile.get("rule_sets", []), "rule_sets")
        found = [rules for item in items if (rules := self._rule_set(item)) is not None]
        if not items:
            self._blame("rule_sets", "list at least one")
        for name in ("id", "effective_from"):
            values = [getattr(rules, name) for rules in found]
            if len(set(values)) != len(values):
                self._blame("rule_sets", f"no two have the same {name}")
        return found

    def _rule_set(self, item: Mapping[str, Any]) -> RuleSet | None:
        name = item.get("id")
        if not isinstance(name, str) or not 1 <= len(name) <= RULE_SET_LENGTH:
            self._blame("rule_sets", f"an id is 1 to {RULE_SET_LENGTH} characters")
            name = "?"
        where = f"rule_sets.{name}"
        self._has_source(item, where)
        begins = self._date(item.get("effective_from"), f"{where}.effective_from")
        given = self._table(item.get("rules"), f"{where}.rules")
        rules = {} if given is None else self._rules(given, where)
        if begins is None:
            return None
        return RuleSet(id=name, effective_from=begins, source=str(item.get("source")), rules=rules)

    def _rules(self, given: Mapping[str, Any], where: str) -> dict[RuleName, Rule]:
        for name in sorted(given.keys() - set(RuleName)):
            self._blame(f"{where}.{name}", "is no rule; docs/clocks.md lists them")
        found = {name: self._rule(given.get(name), f"{where}.{name}") for name in RuleName}
        return {name: rule for name, rule in found.items() if rule is not None}

    def _rule(self, given: object, where: str) -> Rule | None:
        rule = self._table(given, where)
        if rule is None:
            return None
        units = [unit for unit in Unit if unit in rule]
        if len(units) != 1:
            self._blame(where, f"give one of {', '.join(Unit)}")
            return None
        (unit,), moves = units, rule.get("moves_to_working_day", False)
        for name in sorted(rule.keys() - _RULE_KEYS):
            self._blame(f"{where}.{name}", "is nothing a rule has")
        if not _is_amount(rule[unit]):
            self._blame(where, f"{unit} is a whole number from 1 to {MAX_AMOUNT}")
        if not isinstance(moves, bool) or (moves and unit not in _MAY_MOVE):
            self._blame(where, "only calendar_days and months can have moves_to_working_day = true")
        self._has_source(rule, where)
        return Rule(
            amount=rule[unit],
            unit=unit,
            source=str(rule.get("source")),
            moves_to_working_day=bool(moves),
        )

    def _check_promises(self, newest: RuleSet) -> None:
        promised = self._table(self._profile.get("clocks"), "clocks") or {}
        for key, name, unit in PROMISES:
            rule = newest.rules.get(name)
            if rule and (rule.unit, rule.amount) != (unit, promised.get(key)):
                self._blame(
                    f"clocks.{key}",
                    f"informants are promised other than rule_sets.{newest.id} says",
                )

    def _table(self, given: object, where: str) -> Mapping[str, Any] | None:
        if isinstance(given, dict):
            return given
        self._blame(where, "is missing, or no table")
        return None

    def _tables(self, given: object, where: str) -> list[Mapping[str, Any]]:
        items = given if isinstance(given, list) else [given]
        return [table for item in items if (table := self._table(item, where)) is not None]

    def _date(self, given: object, where: str) -> date | None:
        # A moment is a date to Python; here it would be a mistake.
        if isinstance(given, date) and not isinstance(given, datetime) and given.year in YEARS:
            return given
        self._blame(where, f"write a date from {YEARS[0]} to {YEARS[-1]}, such as 2026-12-31")
        return None

    def _has_source(self, item: Mapping[str, Any], where: str) -> bool:
        has = isinstance(item.get("source"), str) and bool(item["source"].strip())
        if not has:
            self._blame(f"{where}.source", "say who decided it, and where that can be read")
        return has


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_AMOUNT
