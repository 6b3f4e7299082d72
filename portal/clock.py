"""The only place that reads the clock. Everything else is given the time."""

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
