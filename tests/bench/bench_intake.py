"""Intakes and token log-ins beside their floors: `python -m tests.bench.bench_intake [seconds] [rounds]`.

An intake is what a person does: open the form, send it, and see the token. Its floor is what it cannot do without: one
Argon2id of the same profile, and one durable SQLite commit, on as many threads. A log-in is the token sent; its floor
is the Argon2id. Clients are processes of their own, so that they do not take the server's turns; rounds alternate,
so that a busy machine slows both.
"""

import multiprocessing
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from crypto.passwords import OWASP_MINIMUM, SALT_BYTES, derive
from tests.support.served import Served, served
from tests.web.faults.visitor import Visitor

CLIENTS = (1, 8, 32)
ROW_BYTES = 32 * 1024  # what a report without files weighs: 16 grants and a letter, sealed
TEXT = "They sign for parts that never came. " * 20

_processes = multiprocessing.get_context("fork")


class Refused(Exception):
    """Too many at once for this machine."""


@dataclass(frozen=True)
class Load:
    """What some clients at once got done, and how often they were told to come back (503)."""

    per_second: float
    seconds: Sequence[float]
    refused: int

    def percentile(self, percent: int) -> float:
        """Give the seconds within which so many of a hundred were done."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1]


class Done(NamedTuple):
    """What one worker did: the seconds of each time, the seconds in all, and how often it was refused."""

    seconds: Sequence[float]
    passed: float
    refused: int


def measure_intakes(
    server: Served, folder: Path, clients: int, seconds: float
) -> tuple[Load, Load]:
    """Let so many people report for some seconds, and do the floor's work for as long."""
    floor = _in_threads(clients, seconds, _durable_commits(folder / "floor.db"))
    return _in_processes(clients, seconds, lambda: _report(server.port)), floor


def measure_logins(server: Served, count: int) -> tuple[list[float], list[float]]:
    """Send a right token so many times, and derive as many keys, in turns; give the seconds of each."""
    token = _report(server.port)
    entering, deriving = [], []
    for _ in range(count):
        with Visitor(server.port, keep=True) as visitor:
            fields = visitor.get("/en/return").hidden() | {"token": token}
            entering.append(_timed(partial(visitor.send, "/en/return", fields)))
        deriving.append(_timed(_derive))
    return entering, deriving


def _report(port: int) -> str:
    """Report once, as a person does; give the token."""
    with Visitor(port, keep=True) as visitor:
        fields = visitor.get("/en/report").hidden() | {"text": TEXT, "language": "en"}
        answer = visitor.send("/en/report", fields)
        if answer.status == 503:
            raise Refused
        assert answer.status == 303, answer.alert
        token = visitor.get("/en/receipt").token()
    assert token
    return token


def _derive() -> bytes:
    return derive(b"1234567890" * 2, b"s" * SALT_BYTES, OWASP_MINIMUM)


def _durable_commits(path: Path) -> Callable[[], Callable[[], object]]:
    """Give what makes, for one thread, the floor's work."""

    def connect() -> Callable[[], object]:
        db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE IF NOT EXISTS rows (content BLOB)")

        def work() -> None:
            _derive()
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO rows VALUES (?)", (os.urandom(ROW_BYTES),))
            db.execute("COMMIT")

        return work

    return connect


def _in_threads(count: int, seconds: float, make: Callable[[], Callable[[], object]]) -> Load:
    done: list[Done] = []
    works = [make() for _ in range(count)]
    threads = [
        threading.Thread(target=lambda w=work: done.append(_repeat(w, seconds))) for work in works
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _load(done)


def _in_processes(count: int, seconds: float, work: Callable[[], object]) -> Load:
    queue = _processes.SimpleQueue()
    processes = [
        _processes.Process(target=lambda: queue.put(_repeat(work, seconds))) for _ in range(count)
    ]
    for process in processes:
        process.start()
    done = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    return _load(done)


def _load(done: Sequence[Done]) -> Load:
    """Put together what all workers did; each worker's rate is over its own time, from its first to its last."""
    return Load(
        sum(len(one.seconds) / one.passed for one in done),
        [seconds for one in done for seconds in one.seconds],
        sum(one.refused for one in done),
    )


def _repeat(work: Callable[[], object], seconds: float) -> Done:
    """Do it for some seconds, and to its end."""
    done, refused = list[float](), 0
    begun = time.perf_counter()
    while time.perf_counter() < begun + seconds:
        try:
            done.append(_timed(work))
        except Refused:
            refused += 1
    return Done(done, time.perf_counter() - begun, refused)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Print one measurement."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/mailbox.db"
        with served(folder, url, token_profile=OWASP_MINIMUM.name) as server:
            _report(server.port)
            print(f"intakes (form, report, token) on {os.cpu_count()} cores")
            for clients in CLIENTS:
                # What the first of so many at once has to set up, the others find.
                measure_intakes(server, folder, clients, 1)
                _print_intakes(
                    clients,
                    [measure_intakes(server, folder, clients, seconds) for _ in range(rounds)],
                )
            _print_logins(*measure_logins(server, 20 * rounds))


def _print_intakes(clients: int, loads: Sequence[tuple[Load, Load]]) -> None:
    """Print the middle one of the rounds, by its ratio."""
    middle = sorted(loads, key=lambda pair: pair[0].per_second / pair[1].per_second)
    load, floor = middle[len(middle) // 2]
    for name, one in (("portal", load), ("floor", floor)):
        print(
            f"  {clients:2} clients  {name:6} {one.per_second:6.1f}/s"
            f"   p50 {one.percentile(50) * 1000:6.0f} ms   p99 {one.percentile(99) * 1000:6.0f} ms"
            f"{f'   {one.refused} refused' if one.refused else ''}"
        )
    print(f"              ratio {load.per_second / floor.per_second:.2f}")


def _print_logins(entering: Sequence[float], deriving: Sequence[float]) -> None:
    entered, derived = statistics.median(entering), statistics.median(deriving)
    print("a token entered, one client")
    print(f"  portal p50 {entered * 1000:6.1f} ms")
    print(f"  bare Argon2id {derived * 1000:6.1f} ms   ratio {entered / derived:.2f}")


if __name__ == "__main__":
    main()
