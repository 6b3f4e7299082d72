"""When things are due: local days, month ends, days off, pauses and extensions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.clocks.calendar import is_working_day
from casework.clocks.errors import RuleUnfit
from casework.clocks.rules import (
    Rule,
    RuleSet,
    Timekeeping,
    due,
    extended,
    last_lawful_day_for_discipline,
    resumed,
)
from casework.clocks.states import RuleName, Unit
from tests.unit.clocks.made import FIVE, OFFICE, SIX, at, midnight_after, plain

RULES = OFFICE.rule_sets[0]
FRIDAY = date(2026, 11, 20)
moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2040, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
rules = st.builds(
    Rule,
    amount=st.integers(min_value=1, max_value=30),
    unit=st.sampled_from(Unit),
    source=st.just("a test"),
)
offices = st.builds(
    replace, st.just(OFFICE), calendar=st.sampled_from([FIVE, SIX, plain(), plain(6)])
)
pauses = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60))


def takes(amount: int, unit: Unit, *, moves: bool = False) -> Rule:
    return Rule(amount=amount, unit=unit, source="a test", moves_to_working_day=moves)


def last_day(amount: int, unit: Unit, begun: datetime, *, moves: bool = False) -> date:
    moment = due(takes(amount, unit, moves=moves), begun, OFFICE)
    assert moment == midnight_after(OFFICE.last_day(moment))
    return OFFICE.last_day(moment)


@pytest.mark.parametrize(
    ("begun", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 3, 31), 6, date(2026, 9, 30)),
        (date(2026, 11, 15), 3, date(2027, 2, 15)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_short_month(
    begun: date, months: int, end: date
) -> None:
    assert last_day(months, Unit.MONTHS, at(begun)) == end


def test_what_comes_late_on_friday_came_on_friday() -> None:
    late = at(FRIDAY, 23, 30)
    assert late == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert last_day(5, Unit.WORKING_DAYS, late) == date(2026, 11, 27)
    assert last_day(7, Unit.CALENDAR_DAYS, late) == date(2026, 11, 27)
    assert last_day(7, Unit.CALENDAR_DAYS, late + timedelta(hours=1)) == date(2026, 11, 28)


def test_what_comes_after_midnight_came_that_day_though_utc_is_behind() -> None:
    early = at(FRIDAY, 0, 30)
    assert early.date() == FRIDAY - timedelta(days=1)
    assert last_day(1, Unit.WORKING_DAYS, early) == date(2026, 11, 23)


def test_what_comes_on_a_day_off_waits_for_the_first_working_day() -> None:
    assert last_day(5, Unit.WORKING_DAYS, at(date(2026, 11, 21))) == date(2026, 11, 27)
    assert last_day(1, Unit.WORKING_DAYS, at(date(2026, 8, 30))) == date(2026, 9, 2)


def test_danger_does_not_wait_for_monday() -> None:
    assert due(RULES.rule(RuleName.TRIAGE_DANGER), at(FRIDAY, 23, 30), OFFICE) == at(
        date(2026, 11, 21), 3, 30
    )


def test_the_day_is_that_of_the_zone_even_where_clocks_are_changed() -> None:
    berlin = replace(OFFICE, zone=ZoneInfo("Europe/Berlin"), calendar=plain())
    begun = datetime(2026, 3, 27, 12, tzinfo=UTC)
    days = due(takes(3, Unit.CALENDAR_DAYS), begun, berlin)
    assert days == datetime(2026, 3, 30, 22, tzinfo=UTC)  # summer time began on the 29th
    assert due(takes(72, Unit.HOURS), begun, berlin) == begun + timedelta(hours=72)


def test_a_last_day_that_is_off_stays_unless_its_rule_says_it_moves() -> None:
    begun = at(date(2026, 12, 1))
    assert last_day(7, Unit.CALENDAR_DAYS, begun) == date(2026, 12, 8)  # Constitution Day
    assert last_day(7, Unit.CALENDAR_DAYS, begun, moves=True) == date(2026, 12, 9)
    assert last_day(6, Unit.CALENDAR_DAYS, begun, moves=True) == date(2026, 12, 7)
    assert last_day(1, Unit.MONTHS, at(date(2026, 11, 30)), moves=True) == date(2026, 12, 30)
    assert last_day(1, Unit.MONTHS, at(date(2025, 12, 1)), moves=True) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("misconduct", "found_by", "end"),
    [
        (date(2026, 5, 31), "a report", date(2026, 11, 30)),
        (date(2026, 8, 31), "a report", date(2027, 2, 28)),
        (date(2026, 3, 1), "a report", date(2026, 9, 1)),  # a day off: it does not move
        (date(2026, 2, 28), "an audit", date(2028, 2, 28)),
        (date(2024, 2, 29), "an audit", date(2026, 2, 28)),
        (date(1999, 12, 31), "a report", date(2000, 6, 30)),  # long past, and still an answer
    ],
)
def test_the_last_lawful_day_is_counted_from_the_misconduct(
    misconduct: date, found_by: str, end: date
) -> None:
    found = last_lawful_day_for_discipline(
        RULES, misconduct, OFFICE, found_by_audit=found_by == "an audit"
    )
    assert found == end


def test_the_rule_set_of_the_day_applies_and_the_oldest_before_them_all() -> None:
    newer = RuleSet(id="2027", effective_from=date(2027, 1, 1), source="a test", rules={})
    office = replace(OFFICE, rule_sets=(RULES, newer))
    assert office.in_force(date(2026, 12, 31)) is RULES
    assert office.in_force(date(2027, 1, 1)) is newer
    assert office.in_force(date(2019, 1, 1)) is RULES
    with pytest.raises(RuleUnfit):
        newer.rule(RuleName.TRIAGE)


def paused(unit: Unit, last: date, start: datetime, end: datetime) -> date:
    moment = resumed(midnight_after(last), unit, OFFICE, paused_at=start, at=end, moves=False)
    return OFFICE.last_day(moment)


def test_a_pause_takes_working_days_from_the_day_after_it_to_the_day_it_ends() -> None:
    monday, wednesday, thursday = (date(2026, 11, day) for day in (16, 18, 19))
    assert paused(Unit.WORKING_DAYS, thursday, at(monday), at(wednesday)) == date(2026, 11, 23)
    assert paused(Unit.WORKING_DAYS, thursday, at(monday), at(monday, 23)) == thursday


def test_a_pause_over_a_weekend_takes_one_working_day_and_three_others() -> None:
    friday, monday = FRIDAY, date(2026, 11, 23)
    assert paused(Unit.WORKING_DAYS, friday, at(friday), at(monday)) == monday
    assert paused(Unit.CALENDAR_DAYS, friday, at(friday), at(monday)) == monday
    assert paused(Unit.MONTHS, date(2027, 2, 15), at(friday), at(monday)) == date(2027, 2, 18)


def test_paused_on_its_last_day_and_resumed_on_a_sunday_it_is_due_on_monday() -> None:
    assert paused(Unit.WORKING_DAYS, FRIDAY, at(FRIDAY), at(date(2026, 11, 22))) == date(
        2026, 11, 23
    )


def test_hours_move_by_the_time_that_passed() -> None:
    begun = at(FRIDAY, 12)
    after = resumed(
        begun + timedelta(hours=4),
        Unit.HOURS,
        OFFICE,
        paused_at=begun + timedelta(hours=1),
        at=begun + timedelta(hours=2, minutes=30),
        moves=False,
    )
    assert after == begun + timedelta(hours=5, minutes=30)


def test_a_deadline_that_had_passed_is_not_revived_by_a_pause() -> None:
    assert paused(Unit.CALENDAR_DAYS, FRIDAY, midnight_after(FRIDAY), at(date(2026, 12, 1))) == (
        FRIDAY
    )


def test_a_clock_turned_back_takes_nothing_away() -> None:
    """F27."""
    assert paused(Unit.CALENDAR_DAYS, FRIDAY, at(FRIDAY), at(FRIDAY - timedelta(days=3))) == FRIDAY
    moment = midnight_after(FRIDAY)
    start, earlier = at(FRIDAY), at(FRIDAY) - timedelta(hours=2)
    after = resumed(moment, Unit.HOURS, OFFICE, paused_at=start, at=earlier, moves=False)
    assert after == moment


@given(offices, rules, moments, pauses, pauses)
def test_pausing_and_resuming_never_shortens_and_never_ends_in_the_past(
    office: Timekeeping, rule: Rule, begun: datetime, before: timedelta, length: timedelta
) -> None:
    due_at = due(rule, begun, office)
    start = begun + before
    end = start + length
    after = resumed(due_at, rule.unit, office, paused_at=start, at=end, moves=False)
    assert after >= due_at
    if start < due_at:
        assert after > end


@given(offices, rules, moments, st.integers(min_value=1, max_value=30))
def test_more_time_is_later_and_on_a_working_day_where_those_count(
    office: Timekeeping, rule: Rule, begun: datetime, amount: int
) -> None:
    due_at = due(rule, begun, office)
    after = extended(due_at, amount, rule.unit, office, moves=False)
    assert begun < due_at < after
    if rule.unit == Unit.WORKING_DAYS:
        assert is_working_day(office.calendar, office.last_day(after))
    if rule.unit != Unit.HOURS:
        assert after == office.end_of(office.last_day(after))


@given(offices, rules, moments, moments)
def test_what_begins_later_is_due_no_earlier(
    office: Timekeeping, rule: Rule, one: datetime, two: datetime
) -> None:
    first, second = sorted((one, two))
    assert due(rule, first, office) <= due(rule, second, office)
