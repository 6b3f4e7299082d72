"""Fixtures of the web tests: the sample app on both engines, its clock, and a browser that checks what it opens."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import logs
from portal.services import Services
from tests.web.client import Browser
from tests.web.sample import MovableClock, make_sample, make_settings


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mailbox.db"


@pytest.fixture
def app(tmp_path: Path, sqlite_url: str, clock: MovableClock) -> Iterator[Flask]:
    """The sample app; guards that touch no database are tried on one engine."""
    made = make_sample(make_settings(tmp_path, sqlite_url), clock)
    yield made
    dispose(made)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def dispose(app: Flask) -> None:
    here: Services = app.extensions["ishonch"]
    here.database.engine.dispose()


@pytest.fixture
def log_lines(clock: MovableClock) -> Iterator[list[str]]:
    """What the process would have logged, line by line, read when the test asks for it."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    handler = _Keeping()
    handler.setFormatter(logs.AllowListFormatter(clock, with_time=False))
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("ishonch").setLevel(logging.INFO)
    yield handler.lines
    root.handlers[:] = handlers
    root.setLevel(level)


class _Keeping(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
