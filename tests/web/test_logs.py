"""What is logged: events by allow-list, and of anything else where it came from, never what it said."""

import json
import logging
import subprocess
import sys

import pytest

from portal.logs import EVENTS, AllowListFormatter, log_event
from tests.web.client import Browser
from tests.web.sample import MovableClock

CANARY = "canary-7f3a\r\n\x1b[31m203.0.113.9"


def line_of(lines: list[str]) -> dict[str, object]:
    assert lines
    parsed: dict[str, object] = json.loads(lines[-1])
    return parsed


def test_a_fault_is_logged_by_kind_and_place_and_never_by_what_it_says(
    browser: Browser, log_lines: list[str]
) -> None:
    """A28. E1."""
    browser.get(
        "/en/raise/bug?q=canary",
        headers={"User-Agent": "canary", "Cookie": "canary=canary", "X-Forwarded-For": "canary"},
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )
    line = line_of(log_lines)
    assert line["event"] == "unexpected"
    assert line["error"] == ["ZeroDivisionError"]
    places = line["places"]
    assert isinstance(places, list)
    assert any("sample.py" in place and place.endswith(":_raise") for place in places)
    text = "".join(log_lines)
    for secret in ("canary", "203.0.113.9", "/en/raise", "Mozilla"):
        assert secret not in text


def test_a_disk_that_fails_is_logged_without_its_message(
    browser: Browser, log_lines: list[str]
) -> None:
    browser.get("/en/raise/disk")
    assert line_of(log_lines)["event"] == "storage"
    assert "canary" not in "".join(log_lines)


def test_an_ordinary_request_leaves_no_line(browser: Browser, log_lines: list[str]) -> None:
    """E1. E2."""
    for path in (
        "/en/",
        "/en/form",
        "/nothing",
        "/en/mailbox",
        "/en/raise/toomany",
        "/static/portal.css",
    ):
        browser.get(path)
    browser.get("/en/form")
    browser.post("/en/login", {"mailbox": "m"})
    assert log_lines == []


def test_the_portal_s_lines_carry_the_day_and_no_time(log_lines: list[str]) -> None:
    """E2. E26."""
    log_event("swept", published=1, removed=2, sessions=3)
    assert line_of(log_lines) == {
        "at": "2026-11-24",
        "level": "INFO",
        "event": "swept",
        "published": 1,
        "removed": 2,
        "sessions": 3,
    }


def test_the_office_s_lines_carry_the_time(clock: MovableClock) -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, CANARY, (), None)
    line = AllowListFormatter(clock, with_time=True).format(record)
    assert json.loads(line) == {
        "at": "2026-11-24T09:30:00+00:00",
        "level": "WARNING",
        "logger": "x",
    }


@pytest.mark.parametrize(
    "name", ["gunicorn.error", "werkzeug", "sqlalchemy.engine", "flask_wtf.csrf"]
)
def test_what_libraries_say_is_reduced_to_who_spoke(log_lines: list[str], name: str) -> None:
    """C18. E1."""
    logging.getLogger(name).warning("Invalid request from ip=%s", CANARY)
    assert line_of(log_lines) == {"at": "2026-11-24", "level": "WARNING", "logger": name}
    assert "canary" not in "".join(log_lines)


def test_the_causes_of_an_error_are_named_without_their_words(log_lines: list[str]) -> None:
    """A28."""
    error = ValueError(CANARY)
    error.__cause__ = KeyError(CANARY)
    log_event("unexpected", error=error)
    assert line_of(log_lines)["error"] == ["ValueError", "KeyError"]
    assert "canary" not in "".join(log_lines)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("nothing of ours", {}),
        ("collected", {}),
        ("collected", {"letters": 1, "address": "x"}),
        ("collected", {"letters": CANARY}),
        ("collected", {"letters": "0123456789abcdef0123456789abcdef"}),
        ("collected", {"letters": b"x"}),
    ],
)
def test_what_is_not_allowed_is_a_bug(event: str, fields: dict[str, object]) -> None:
    """C18. E3."""
    with pytest.raises((KeyError, TypeError)):
        log_event(event, **fields)


def test_no_event_has_a_field_for_a_person_or_a_place() -> None:
    """E1."""
    fields = set().union(*EVENTS.values())
    assert fields.isdisjoint(
        {"address", "ip", "agent", "path", "user", "name", "token", "mailbox", "id"}
    )


def test_nothing_a_process_prints_of_its_own_accord_quotes_anything() -> None:
    """A28. E20. Uncaught exceptions, in threads and finalizers too, warnings, and logging's own faults."""
    program = f"""
import logging, sys, threading, warnings
from portal import logs
from portal.clock import now
logs.configure(now, with_time=False)
secret = {CANARY!r}
class Finalized:
    def __del__(self): raise ValueError(secret)
thread = threading.Thread(target=lambda: int(secret)); thread.start(); thread.join()
Finalized()
warnings.warn(secret)
logging.getLogger("x").error("%d", secret)
logging.getLogger("x").info(secret)
raise ValueError(secret)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("event") or line["logger"] for line in lines] == [
        "unexpected",
        "unexpected",
        "py.warnings",
        "x",
        "unexpected",
    ]
    assert "canary" not in done.stderr + done.stdout
    assert done.returncode == 1


def test_a_fault_of_logging_itself_quotes_nothing() -> None:
    """A28."""
    program = f"""
import logging
from portal import logs
logs.configure(lambda: 1 / 0, with_time=False)
logging.getLogger("x").error({CANARY!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
