"""A real portal on each engine, told apart from its faults; and after each test, a log that names nobody."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import _wait_for, database_on, postgresql
from tests.support.served import Served, served
from tests.web.faults.visitor import HOST

# Whatever a test types, names or sends bears this word.
CANARY = "canary"


@pytest.fixture
def portal(tmp_path: Path, database_url: str) -> Iterator[Served]:
    """One on each engine."""
    with served(tmp_path, database_url) as running:
        yield running
    assert_silent(running)


@pytest.fixture
def sqlite_portal(tmp_path: Path) -> Iterator[Served]:
    """One on SQLite alone, for what no engine has a part in."""
    with served(tmp_path, f"sqlite:///{tmp_path}/mailbox.db") as running:
        yield running
    assert_silent(running)


class OwnServer:
    """A PostgreSQL of the test's own, which can be stopped and started."""

    def __init__(self, database: str) -> None:
        self.database = database
        folder = Path(str(sa.make_url(database).query["host"]))
        self._running = folder / "data" / "postmaster.pid"
        self._pid = int(self._running.read_text().splitlines()[0])
        command = Path(f"/proc/{self._pid}/cmdline").read_text()
        self._command = command.rstrip("\0").split("\0")
        self._started: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End it, whoever is connected."""
        os.kill(self._started.pid if self._started else self._pid, signal.SIGINT)
        while self._running.exists():
            time.sleep(0.02)

    def start(self) -> None:
        """Start it as it was, if it does not run."""
        if not self._running.exists():
            user = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
            self._started = subprocess.Popen(self._command, **quiet, **user)  # type: ignore[call-overload]
            _wait_for(self.database)

    def end(self) -> None:
        """End what was started here."""
        if self._started:
            self.stop()
            self._started.wait()


@pytest.fixture
def own_server(
    postgresql_server: str,  # noqa: ARG001 - whether this machine has one at all is decided there
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OwnServer]:
    """A PostgreSQL nobody else uses."""
    monkeypatch.delenv("TEST_PG_URL", raising=False)
    with postgresql() as server:
        with database_on(server) as database:
            own = OwnServer(database)
            yield own
            own.start()
        own.end()


def assert_silent(running: Served, *secrets: str) -> None:
    """The log of a process has lines, each by allow-list, and in none is anything anybody brought."""
    text = running.log.read_text()
    assert all({"at", "level"} <= line.keys() for line in running.lines())
    for secret in (CANARY, HOST, "/en/", *secrets):
        assert secret not in text
