"""Two people at one clock at the same moment: one wins, the other is told."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from casework.clocks.agenda import clocks_of, events_of
from casework.clocks.models import Clock, ClockEvent
from portal.database import Database
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.clocks.made import MONDAY, SUBJECT, at, midnight_after, started
from tests.unit.clocks.verbs import extend, meet, pause

Act = Callable[[Session], object]


def both(database: Database, act: Act) -> list[str]:
    """Let two transactions do the same at once; name what came of each."""

    def one() -> None:
        with database.transaction() as db:
            act(db)

    return kinds(at_once(one, one))


def begun(database: Database) -> Clock:
    with database.transaction() as db:
        return started(db)


def test_two_starts_at_once_are_one_clock(database: Database) -> None:
    assert both(database, started) == ["", "AlreadyRuns"]
    with database.reading() as db:
        (clock,) = clocks_of(db, [SUBJECT])[SUBJECT]
        assert len(events_of(db, clock.id)) == 1


def test_more_time_given_twice_at_once_is_given_once(database: Database) -> None:
    """F6."""
    clock = begun(database)
    assert both(database, lambda db: extend(db, clock, at(MONDAY))) == ["", "StaleClock"]
    with database.reading() as db:
        (now,) = clocks_of(db, [SUBJECT])[SUBJECT]
        assert now.due_at == midnight_after(MONDAY + timedelta(days=10))


def test_a_pause_and_a_meeting_done_twice_at_once_are_done_once(database: Database) -> None:
    clock = begun(database)

    def act(verb: Callable[..., ClockEvent]) -> list[str]:
        return both(database, lambda db: verb(db, clock, at(MONDAY)))

    assert act(pause) == ["", "IllegalTransition"]
    assert act(meet) == ["", "IllegalTransition"]
