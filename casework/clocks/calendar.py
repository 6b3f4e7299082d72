"""The organisation's working days: pure functions over a `WorkingCalendar`.

Where public holidays come from: the `holidays` package, whose data are part of it (nothing is asked of a network). Compared
by hand with Uzbekistan's decree of December 2025 for the year 2026, it has every day off of a five-day week and the Saturday
worked in exchange (12 December). What it cannot know, the profile adds or takes away:

- Ramazon hayit and Qurbon hayit of years to come are *estimates* from the lunar calendar, a day or two off in either direction
  until the state announces them;
- the decree for a year is issued shortly before it: of 2027 and later there are only the days the Labour Code names;
- Saturdays off that a decree gives to six-day weeks alone (3 January and 30 May 2026) are not in the package.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from casework.clocks.errors import OutsideCalendar

# The first year of allegations anybody still follows up, and the last whose lunar holidays can be estimated.
YEARS = range(2000, 2077)
_DAY = timedelta(days=1)
_SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Which days are worked: so many weekdays from Monday on, but for days off, and some days in spite of their weekday."""

    days_per_week: int
    days_off: frozenset[date]
    worked: frozenset[date]


def make_calendar(
    *,
    country: str,
    days_per_week: int,
    added_days_off: Collection[date] = (),
    added_working_days: Collection[date] = (),
) -> WorkingCalendar:
    """Put a country's public holidays and the organisation's own days together; its own have the last word.

    `country` is a code of ISO 3166 ("UZ"); NotImplementedError if the package does not know it.
    """
    off, worked = _public_holidays(country, days_per_week)
    return WorkingCalendar(
        days_per_week=days_per_week,
        days_off=(off | frozenset(added_days_off)) - frozenset(added_working_days),
        worked=(worked | frozenset(added_working_days)) - frozenset(added_days_off),
    )


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Say whether this day is worked; raises OutsideCalendar."""
    if day.year not in YEARS:
        raise OutsideCalendar
    if day in calendar.worked:
        return True
    return day.weekday() < calendar.days_per_week and day not in calendar.days_off


def add_working_days(calendar: WorkingCalendar, day: date, days: int) -> date:
    """Give the last of so many (≥ 0) working days after `day`, which itself does not count; with none, the day itself."""
    for _ in range(days):
        day = next_working_day(calendar, day + _DAY)
    return day


def next_working_day(calendar: WorkingCalendar, day: date) -> date:
    """Give the day itself if it is worked, else the first one after it that is."""
    return next(later for later in _days_from(day) if is_working_day(calendar, later))


def working_days_between(calendar: WorkingCalendar, start: date, end: date) -> int:
    """Count the working days after `start`, up to and with `end`; none if `end` is not later."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(calendar, day) for day in days)


def _days_from(day: date) -> Iterable[date]:
    return (day + timedelta(days=n) for n in count())


def _public_holidays(country: str, days_per_week: int) -> tuple[frozenset[date], frozenset[date]]:
    """Give the days off of a country in all YEARS, and the weekend days worked in exchange for some of them.

    The package fills itself while it is asked, which two threads must not do at once: hence all years now, then plain sets.
    """
    # Importing it loads every country's module: a tenth of a second and 17 MB that only an office needs.
    from holidays import country_holidays  # noqa: PLC0415

    moved = country_holidays(country, years=YEARS, expand=False)
    fixed = country_holidays(country, years=YEARS, expand=False, observed=False)
    off = frozenset(moved) if days_per_week <= _SUNDAY - 1 else _six_day_weeks(moved, fixed)
    return off, frozenset(moved.weekend_workdays)


def _six_day_weeks(moved: Collection[date], fixed: Collection[date]) -> frozenset[date]:
    """Leave out what is off only because a holiday fell on a Saturday: where Saturdays are worked, nothing was lost.

    So says the Uzbek decree for 2026: Women's Day, on a Sunday, moves for everybody; Navruz, on a Saturday, for five-day
    weeks alone.
    """
    sundays = (day for day in fixed if day.weekday() == _SUNDAY)
    instead = (next(d for d in _days_from(day + _DAY) if d not in fixed) for day in sundays)
    return frozenset(fixed) | {day for day in instead if day in moved}
