"""Working days: holidays, decrees, five and six days a week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.clocks.calendar import (
    YEARS,
    WorkingCalendar,
    add_working_days,
    is_working_day,
    make_calendar,
    next_working_day,
    working_days_between,
)
from casework.clocks.errors import OutsideCalendar
from tests.unit.clocks.made import FIVE, SIX

# The decree on days off in 2026, for a five-day week and for a six-day week: Saturdays and Sundays aside.
DECREED = {
    5: {
        *((1, 1), (1, 2), (3, 9), (3, 20), (3, 23), (5, 11), (5, 27), (5, 28), (5, 29)),
        *((8, 31), (9, 1), (10, 1), (12, 8), (12, 31)),
    },
    6: {
        *((1, 1), (1, 2), (3, 9), (3, 20), (3, 21), (5, 9), (5, 27), (5, 28), (5, 29)),
        *((8, 31), (9, 1), (10, 1), (12, 8), (12, 31)),
    },
}
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31))
counts = st.integers(min_value=1, max_value=40)
calendars = st.sampled_from([FIVE, SIX])


def year(number: int) -> list[date]:
    first = date(number, 1, 1)
    return [first + timedelta(days=n) for n in range((date(number + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("per_week", [5, 6])
def test_the_year_2026_is_off_as_its_decree_says(per_week: int) -> None:
    calendar = {5: FIVE, 6: SIX}[per_week]
    off = {
        (day.month, day.day)
        for day in year(2026)
        if day.weekday() < per_week and not is_working_day(calendar, day)
    }
    assert off == DECREED[per_week]


def test_a_saturday_worked_in_exchange_is_worked() -> None:
    assert is_working_day(FIVE, date(2026, 12, 12))
    assert not is_working_day(FIVE, date(2026, 12, 5))


@pytest.mark.parametrize(
    ("calendar", "start", "count", "end"),
    [
        (FIVE, date(2026, 3, 18), 1, date(2026, 3, 19)),
        (FIVE, date(2026, 3, 19), 1, date(2026, 3, 24)),  # hayit, the weekend, Navruz moved
        (SIX, date(2026, 3, 19), 1, date(2026, 3, 23)),  # Navruz is on a Saturday they work
        (FIVE, date(2026, 8, 28), 1, date(2026, 9, 2)),  # a decreed Monday, Independence Day
        (FIVE, date(2025, 12, 30), 1, date(2026, 1, 5)),  # 31 December to 4 January
        (FIVE, date(2028, 2, 28), 1, date(2028, 2, 29)),  # a leap day is a day
        (FIVE, date(2026, 11, 20), 5, date(2026, 11, 27)),
        (SIX, date(2026, 11, 20), 5, date(2026, 11, 26)),
        (FIVE, date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (FIVE, date(2026, 11, 20), 0, date(2026, 11, 20)),
        (FIVE, date(2026, 12, 10), 2, date(2026, 12, 12)),  # onto the Saturday that is worked
    ],
)
def test_so_many_working_days_after(
    calendar: WorkingCalendar, start: date, count: int, end: date
) -> None:
    assert add_working_days(calendar, start, count) == end


def test_days_the_profile_adds_have_the_last_word() -> None:
    calendar = make_calendar(
        country="UZ",
        days_per_week=5,
        added_days_off=[date(2026, 12, 12), date(2026, 11, 24)],
        added_working_days=[date(2026, 12, 31), date(2026, 11, 28)],
    )
    assert not is_working_day(calendar, date(2026, 11, 24))
    assert not is_working_day(calendar, date(2026, 12, 12))
    assert is_working_day(calendar, date(2026, 12, 31))
    assert is_working_day(calendar, date(2026, 11, 28))
    assert add_working_days(calendar, date(2026, 11, 23), 4) == date(2026, 11, 28)


def test_a_day_beyond_the_calendar_is_refused_and_not_guessed() -> None:
    for outside in (date(YEARS[0] - 1, 12, 31), date(YEARS[-1] + 1, 1, 1)):
        with pytest.raises(OutsideCalendar):
            is_working_day(FIVE, outside)
    assert not is_working_day(FIVE, date(YEARS[0], 1, 1))
    assert not is_working_day(FIVE, date(YEARS[-1], 1, 1))


@given(calendars, days, counts)
def test_so_many_working_days_on_is_a_working_day(
    calendar: WorkingCalendar, day: date, count: int
) -> None:
    assert is_working_day(calendar, add_working_days(calendar, day, count))


@given(calendars, days, counts)
def test_counting_on_and_counting_between_agree(
    calendar: WorkingCalendar, day: date, count: int
) -> None:
    assert working_days_between(calendar, day, add_working_days(calendar, day, count)) == count


@given(calendars, days, counts, counts)
def test_working_days_add_up(calendar: WorkingCalendar, day: date, one: int, two: int) -> None:
    in_two = add_working_days(calendar, add_working_days(calendar, day, one), two)
    assert in_two == add_working_days(calendar, day, one + two)


@given(calendars, days)
def test_the_next_working_day_is_the_first_there_is(calendar: WorkingCalendar, day: date) -> None:
    found = next_working_day(calendar, day)
    assert is_working_day(calendar, found)
    assert working_days_between(calendar, day - timedelta(days=1), found) == 1


@given(calendars, days, days)
def test_nothing_lies_between_a_day_and_an_earlier_one(
    calendar: WorkingCalendar, one: date, two: date
) -> None:
    assert working_days_between(calendar, max(one, two), min(one, two)) == 0
