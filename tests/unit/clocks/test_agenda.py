"""What is due: overdue, today, next; in a constant number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from casework.clocks.agenda import Week, due_between, week_view
from casework.clocks.models import Clock
from casework.clocks.states import ClockKind, Reason, RuleName
from casework.dossiers.service import is_mine
from portal.database import Database
from tests.support.offices import Stores
from tests.unit.clocks.made import MONDAY, OFFICE, at, midnight_after, started
from tests.unit.clocks.verbs import meet, pause, recount, stop

NOW = at(date(2026, 11, 23), 12)
ID = "0" * 32


def anybodys(subject_id: Any) -> sa.ColumnElement[bool]:
    return cast("sa.ColumnElement[bool]", subject_id.is_not(None))


def subject(number: int) -> str:
    return f"{number:032x}"


def week(db: Session, subjects: Any = anybodys, now: datetime = NOW, **more: Any) -> Week:
    return week_view(db, subjects, timekeeping=OFFICE, now=now, **more)


def due_on(db: Session, number: int, day: date) -> Clock:
    """Start a clock of seven calendar days that ends with a day."""
    begun = at(day - timedelta(days=7))
    return started(db, ClockKind.ACKNOWLEDGE, begun, subject_id=subject(number))


def test_a_week_is_what_is_overdue_what_is_due_tonight_and_what_in_seven_days(db: Session) -> None:
    sunday, today = date(2026, 11, 22), date(2026, 11, 23)
    overdue = due_on(db, 1, sunday)
    tonight = due_on(db, 2, today)
    tomorrow = due_on(db, 3, today + timedelta(days=1))
    in_a_week = due_on(db, 4, today + timedelta(days=7))
    due_on(db, 5, today + timedelta(days=8))
    found = week(db)
    assert found == Week(overdue=[overdue], today=[tonight], next=[tomorrow, in_a_week])


def test_the_day_is_that_of_tashkent(db: Session) -> None:
    tonight = due_on(db, 1, date(2026, 11, 23))
    before, after = at(date(2026, 11, 23), 23, 59), at(date(2026, 11, 24), 0)
    assert before.date() == after.date()  # in UTC, where it is evening
    assert week(db, now=before) == Week(overdue=[], today=[tonight], next=[])
    assert week(db, now=after) == Week(overdue=[tonight], today=[], next=[])


def test_a_moment_belongs_to_one_part_only(db: Session) -> None:
    begun = at(date(2026, 11, 23), 8)
    danger = started(db, begun=begun, rule=RuleName.TRIAGE_DANGER)
    assert week(db, now=danger.due_at - timedelta(microseconds=1)).today == [danger]
    assert week(db, now=danger.due_at) == Week(overdue=[danger], today=[], next=[])
    assert due_between(db, anybodys, danger.due_at, NOW) == []
    assert due_between(db, anybodys, begun, danger.due_at) == [danger]


def test_what_is_over_or_waits_is_not_due(db: Session) -> None:
    one, two, three = (started(db, subject_id=subject(number)) for number in (1, 2, 3))
    meet(db, one, at(MONDAY))
    pause(db, two, at(MONDAY))
    stop(db, three, at(MONDAY))
    assert week(db, now=at(MONDAY)) == week(db) == Week(overdue=[], today=[], next=[])


def test_what_waits_although_it_had_passed_is_overdue(db: Session) -> None:
    clock = started(db, ClockKind.DISCIPLINE)
    pause(db, clock, at(MONDAY), reason=Reason.CRIMINAL_PROCEEDINGS)
    assert week(db).overdue == []
    long_ago = OFFICE.beginning_of(date(2026, 1, 1))
    recount(db, clock, at(MONDAY), counted_from=long_ago, reason=Reason.DATE_CORRECTED)
    assert week(db).overdue == [clock]


def test_only_the_subjects_named_are_seen(db: Session) -> None:
    mine, other = due_on(db, 1, MONDAY), due_on(db, 2, MONDAY)
    assert week(db, [mine.subject_id]).overdue == [mine]
    assert week(db, []).overdue == []
    chosen = sa.select(Clock.subject_id).where(Clock.id == other.id)
    assert week(db, chosen).overdue == [other]


def test_the_most_urgent_come_first_and_no_more_than_fit(db: Session) -> None:
    clocks = [due_on(db, n, MONDAY - timedelta(days=n)) for n in range(1, 6)]
    assert week(db).overdue == clocks[::-1]
    assert week(db, at_most=2).overdue == [clocks[4], clocks[3]]


@contextmanager
def counted(db: Session) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = db.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("many", [1, 25])
def test_a_week_costs_three_queries_however_many_clocks_there_are(db: Session, many: int) -> None:
    for number in range(many):
        due_on(db, number, MONDAY)
    db.expire_all()
    with counted(db) as sent:
        assert len(week(db).overdue) == many
        assert {clock.due_at for clock in week(db).overdue} == {midnight_after(MONDAY)}
    assert len(sent) == 6


def test_what_is_due_is_found_by_its_index_and_not_through_all_subjects(
    sqlite_template: Stores,
) -> None:
    """A hundred thousand clocks that are over cost nothing; without this, the week took twenty times as long."""
    database = Database(sqlite_template.casework)
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as db:
        due_between(db, lambda subject_id: is_mine(ID, subject_id), None, NOW)
        statement, parameters = sent[-1]  # before it came BEGIN
        plan = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        assert any("ix_clocks_due_at_open (due_at<?)" in str(row) for row in plan)
    database.engine.dispose()
