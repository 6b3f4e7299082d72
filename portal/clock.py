"""The only place that reads the clock. Everything else is given the time."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime, timezone: str) -> date:
    """Give the day it is, at this moment, where the organisation is."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def add_months(day: date, months: int) -> date:
    """Go so many months on; a month too short for the day ends on its own last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
