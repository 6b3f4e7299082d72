"""The last lawful day of a penalty, as the allegations of a case give it: pure functions.

An allegation's first day is sealed with it. In clear stands only what a clock counts from: the one day that lapses first.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from casework.clocks.rules import Timekeeping, last_lawful_day_for_discipline
from casework.clocks.states import RuleName


class Alleged(NamedTuple):
    """What a penalty's limit is counted from: the day of the misconduct, and whether revision, audit or a check found it."""

    since: date
    by_audit: bool

    @property
    def rule(self) -> RuleName:
        """The rule it is counted by."""
        return RuleName.DISCIPLINE_AUDIT if self.by_audit else RuleName.DISCIPLINE


def alleged_in(content: Mapping[str, str] | None) -> Alleged | None:
    """Read off an allegation when what it says began; nothing where it does not say, or is damaged."""
    said = content or {}
    return (
        Alleged(date.fromisoformat(said["since"]), bool(said.get("audit")))
        if said.get("since")
        else None
    )


def most_urgent(alleged: Iterable[Alleged], timekeeping: Timekeeping) -> Alleged | None:
    """Give what a penalty lapses for first: an audit's two years may end before another's six months."""
    return min(alleged, key=lambda one: last_day(one, timekeeping), default=None)


def last_day(alleged: Alleged, timekeeping: Timekeeping) -> date:
    """Give the last lawful day, by the rule set in force on the day of the misconduct."""
    rules = timekeeping.in_force(alleged.since)
    return last_lawful_day_for_discipline(
        rules, alleged.since, timekeeping, found_by_audit=alleged.by_audit
    )
