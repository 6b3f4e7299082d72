"""The office with many cases: `python -m tests.bench.bench_cases [sqlite|postgresql] [cases …] [rounds]`.

Through the real application, one process, a head who is signed in: the list of reports, the list of cases as it is filtered, the
week, and opening a case. Prints the middle time of each at each number of cases, and by how much it grew from the first number to
the last; ends with 1 if a page grew by more than half. On a machine that others use too, look at the times in brackets: the
processor's, without what others take, and without what a PostgreSQL does. The week is another matter: it fills up, to a hundred
rows a part.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from casework.cases.models import Case
from casework.dossiers.models import Grant
from casework.seeding import seed_cases
from tests.support.databases import database_on, postgresql
from tests.support.offices import Office, Stores, files_in, make_office, migrated
from tests.web.office.colleague import Colleague
from tests.web.sample import MovableClock

GROWTH = 1.5
SMALL, LARGE = 1_000, 100_000
WEEK = "week"
PAGES = {
    WEEK: "/en/week",
    "reports": "/en/reports",
    "cases, open": "/en/cases",
    "cases, mine": "/en/cases?mine=y",
    "cases, closed": "/en/cases?state=closed",
    "cases, closed and mine": "/en/cases?state=closed&mine=y",
    "cases, in audit": "/en/cases?state=audit",
}


@contextmanager
def stores_on(engine: str, folder: Path) -> Iterator[Stores]:
    """Give two migrated, empty databases."""
    if engine == "sqlite":
        yield migrated(*files_in(folder))
        return
    with postgresql() as server, database_on(server) as mailbox, database_on(server) as casework:
        yield migrated(mailbox, casework)


class Middle(NamedTuple):
    """The middle of the seconds something takes: on the clock, and of this process's own work."""

    passed: float
    worked: float


def measure(office: Office, rounds: int) -> dict[str, Middle]:
    """Give the middle of the seconds each page takes."""
    head = Colleague(office, "head")
    works: dict[str, Callable[[], object]] = {
        name: partial(_opened, head, path) for name, path in PAGES.items()
    }
    actor = office.actor("head")
    with office.db() as db:
        some = sa.select(Case.id).join(Grant, Grant.dossier_id == Case.id)
        ids = db.scalars(some.where(Grant.member_id == actor.id).limit(rounds + 1)).all()
    paths = cycle([f"/en/cases/{case_id}" for case_id in ids])
    works["one case"] = lambda: _opened(head, next(paths))
    return {name: _middle(work, rounds) for name, work in works.items()}


def _opened(browser: Colleague, path: str) -> None:
    answer = browser.client.get(path, base_url="https://office.example")
    assert answer.status_code == 200, answer.status


def _middle(work: Callable[[], object], rounds: int) -> Middle:
    work()
    passed, worked = [], []
    for _ in range(rounds):
        begun, begun_work = time.perf_counter(), time.process_time()
        work()
        passed.append(time.perf_counter() - begun)
        worked.append(time.process_time() - begun_work)
    return Middle(statistics.median(passed), statistics.median(worked))


@contextmanager
def seeded(engine: str, count: int) -> Iterator[Office]:
    """Make an office with so many made-up cases."""
    with tempfile.TemporaryDirectory() as name, stores_on(engine, Path(name)) as stores:
        office = make_office(Path(name), stores, MovableClock())
        here, begun = office.here, time.perf_counter()
        made = seed_cases(
            here.database,
            here.mailbox,
            count,
            organisation=here.organisation,
            timekeeping=here.post.timekeeping,
            now=office.clock(),
        )
        for _ in made:
            pass
        if engine == "postgresql":
            # What its autovacuum does by itself, sooner or later.
            with here.database.engine.connect() as connection:
                connection.execute(sa.text("ANALYZE"))
        print(f"{engine}: {count} cases made in {time.perf_counter() - begun:.0f} s", flush=True)
        yield office
        office.dispose()


def main() -> None:
    """Print one measurement; end with 1 if something grew too much."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    counts = [int(one) for one in sys.argv[2:4]] or [SMALL, LARGE]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 21
    found: list[Mapping[str, Middle]] = []
    for count in counts:
        with seeded(engine, count) as office:
            found.append(measure(office, rounds))
    grown = {name: found[-1][name].passed / found[0][name].passed for name in found[0]}
    for name, growth in grown.items():
        each = [one[name] for one in found]
        times = "".join(f"{p * 1000:8.1f} ms ({w * 1000:.1f})" for p, w in each)
        print(f"  {name:24}{times}   x {growth:.2f} ({each[-1].worked / each[0].worked:.2f})")
    if max(growth for name, growth in grown.items() if name != WEEK) > GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
