"""What tests of clocks have in common: a calendar, rules, moments in Tashkent, and clocks started by the real verb."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from casework.clocks.calendar import WorkingCalendar, make_calendar
from casework.clocks.models import Clock
from casework.clocks.profile import load_timekeeping
from casework.clocks.rules import Timekeeping
from casework.clocks.service import start_clock
from casework.clocks.states import ClockKind

PROFILE = Path(__file__).parents[3] / "deploy" / "organisations" / "agmk.toml"
TASHKENT = ZoneInfo("Asia/Tashkent")
FIVE = make_calendar(country="UZ", days_per_week=5)
SIX = make_calendar(country="UZ", days_per_week=6)
OFFICE = load_timekeeping(PROFILE)
SUBJECT = "5" * 32
HEAD, COLLEAGUE = "a" * 32, "b" * 32
MEMBERS: list[dict[str, Any]] = [
    {
        "id": member_id,
        "username": username,
        "name": username,
        "role": "investigator",
        "position": username,
        "state": "disabled",
        "totp_step": 0,
    }
    for member_id, username in ((HEAD, "head"), (COLLEAGUE, "colleague"))
]
MONDAY = date(2026, 11, 16)  # no holiday for three weeks


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """Give a moment of a day in Tashkent, as the program knows it: in UTC."""
    return datetime.combine(day, time(hour, minute), TASHKENT).astimezone(UTC)


def midnight_after(day: date) -> datetime:
    """Give the first moment after a day in Tashkent."""
    return at(day + timedelta(days=1), 0)


def plain(days_per_week: int = 5) -> WorkingCalendar:
    """Give weeks without a holiday."""
    return WorkingCalendar(days_per_week=days_per_week, days_off=frozenset(), worked=frozenset())


def shown(clock: Clock, *names: str) -> tuple[Any, ...]:
    """Give some of a clock's columns as they are now."""
    return tuple(getattr(clock, name) for name in names)


def started(
    db: Session,
    kind: ClockKind = ClockKind.TRIAGE,
    begun: datetime | None = None,
    *,
    timekeeping: Timekeeping = OFFICE,
    subject_id: str = SUBJECT,
    **more: Any,
) -> Clock:
    """Start a clock, on MONDAY if nothing else is said, and give it."""
    begun = begun or at(MONDAY)
    event = start_clock(
        db,
        timekeeping=timekeeping,
        subject_id=subject_id,
        kind=kind,
        counted_from=begun,
        now=more.pop("now", begun),
        **more,
    )
    clock = db.get(Clock, event.clock_id)
    assert clock is not None
    return clock
