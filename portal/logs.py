"""Logs by allow-list: a line says which event happened and nothing the sender brought (E1, A28, C18).

Our own events have named fields of known kinds. Everything libraries log is reduced to the logger's name, the level, and for an
exception its type and the places it passed through: never a message, which may quote an address, a name or a path. The portal's
lines carry the day only; the office's, which concern staff, the time.
"""

import json
import logging
import sys
import traceback
from datetime import datetime
from typing import Any

from portal.clock import Clock

EVENTS: dict[str, frozenset[str]] = {
    "started": frozenset({"side", "version"}),
    "stopped": frozenset({"side"}),
    "unexpected": frozenset({"error"}),
    "storage": frozenset({"error"}),
    "swept": frozenset({"published", "removed", "sessions"}),
    "collected": frozenset({"letters"}),
    "delivered": frozenset({"letters"}),
    "login_refused": frozenset(),
    "login": frozenset(),
}
_LOGGER = logging.getLogger("ishonch")


def log_event(event: str, **fields: object) -> None:
    """Log one of EVENTS with its own fields; any other is a bug."""
    if fields.keys() != EVENTS[event]:
        raise TypeError(f"{event} is logged with {sorted(EVENTS[event])}")
    error = fields.pop("error", None)
    level = logging.ERROR if isinstance(error, BaseException) else logging.INFO
    exc_info = (
        (type(error), error, error.__traceback__) if isinstance(error, BaseException) else None
    )
    _LOGGER.log(level, "%s", event, exc_info=exc_info, extra={"event": event, "fields": fields})


def configure(clock: Clock, *, with_time: bool) -> None:
    """Send every logger of the process through the allow-list, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListFormatter(clock, with_time=with_time))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.INFO)


class AllowListFormatter(logging.Formatter):
    """Writes one JSON line a record, from known parts only."""

    def __init__(self, clock: Clock, *, with_time: bool) -> None:
        super().__init__()
        self._stamp = _moment if with_time else _day
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        line: dict[str, Any] = {"at": self._stamp(self._clock()), "level": record.levelname}
        if event := getattr(record, "event", None):
            line |= {"event": event, **record.__dict__["fields"]}
        else:
            line["logger"] = record.name
        if record.exc_info and record.exc_info[1]:
            line |= _places(record.exc_info[1])
        return json.dumps(line, default=str)


def _places(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "places": [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames],
    }


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
