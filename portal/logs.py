"""Logs by allow-list: a line says which event happened and nothing the sender brought (E1, A28, C18).

Our own events have named fields of known kinds. Everything libraries log is reduced to the logger's name, the level, and for an
exception its type and the places it passed through: never a message, which may quote an address, a name or a path.
The portal's lines carry the day only (E2); the office's, which concern staff, the time.
"""

import json
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
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
    "reminded": frozenset(),
    "mail": frozenset({"error"}),
    "login_refused": frozenset(),
    "login": frozenset(),
    "step_up_refused": frozenset(),
}
# What a field may hold beside a number: a word of our own, never a sentence, a name or an id.
_WORD = re.compile(r"[a-z0-9._-]{1,16}")
_LOGGER = logging.getLogger("ishonch")


def log_event(event: str, **fields: object) -> None:
    """Log one of EVENTS with its own fields; any other event, field or kind of value is a bug."""
    if fields.keys() != EVENTS[event]:
        raise TypeError(f"{event} is logged with {sorted(EVENTS[event])}")
    error = fields.pop("error", None)
    for name, value in fields.items():
        if not isinstance(value, int) and not _WORD.fullmatch(str(value)):
            raise TypeError(f"{event}.{name} is a number or a word")
    extra = {"event": event, "fields": fields}
    if isinstance(error, BaseException):
        _LOGGER.error("%s", event, exc_info=error, extra=extra)
    else:
        _LOGGER.info("%s", event, extra=extra)


def configure(clock: Clock, *, with_time: bool) -> None:
    """Send all that this process would write about itself through the allow-list, to standard error.

    That is every logger, warnings, and exceptions nobody catches, in threads and finalizers too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListFormatter(clock, with_time=with_time))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.INFO)
    # A fault of logging itself would print the message it could not write.
    logging.raiseExceptions = False
    warnings.showwarning = _log_warning
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_error(args.exc_value)
    sys.unraisablehook = lambda unraisable: _log_error(unraisable.exc_value)


class AllowListFormatter(logging.Formatter):
    """Writes one JSON line a record, from known parts only."""

    def __init__(self, clock: Clock, *, with_time: bool) -> None:
        super().__init__()
        self._stamp: Callable[[datetime], str] = _moment if with_time else _day
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
        return json.dumps(line)


def _places(error: BaseException) -> dict[str, object]:
    """Give the types of an exception and of what caused it, and where it came from."""
    frames = traceback.walk_tb(error.__traceback__)
    kinds = [type(error).__name__]
    cause = error.__cause__ or error.__context__
    while cause is not None and len(kinds) < 5:  # noqa: PLR2004 - chains can be endless
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return {
        "error": kinds,
        "places": [
            f"{frame.f_code.co_filename}:{line}:{frame.f_code.co_name}" for frame, line in frames
        ],
    }


def _log_error(error: BaseException | None) -> None:
    if error is not None:
        log_event("unexpected", error=error)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        log_event("unexpected", error=error)


def _log_warning(*_args: object, **_kwargs: object) -> None:
    logging.getLogger("py.warnings").warning("warning")


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
