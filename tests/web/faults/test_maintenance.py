"""What a side does beside answering: sweeps, in a thread that goes on whatever happens to a job."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.clock import now
from portal.database import Database
from portal.mailbox.models import InformantSession
from portal.maintenance import MARGIN, Maintenance, sweep
from tests.support.portals import Portal, make_portal
from tests.support.served import Served
from tests.web.faults.reports import REPORT, Report, some_files, store_of, sweep_everything
from tests.web.faults.visitor import Answer, File, Visitor, form_body
from tests.web.sample import MovableClock

SOON = timedelta(seconds=0.01)
PATIENCE = 20


@pytest.fixture
def clock() -> MovableClock:
    """A clock that begins at this moment: the age of a file is the system's."""
    clock = MovableClock()
    clock.moment = now()
    return clock


@pytest.fixture
def portal(tmp_path: Path, database_url: str, clock: MovableClock) -> Iterator[Portal]:
    made = make_portal(tmp_path, database_url, clock)
    yield made
    made.here.database.engine.dispose()


def stage(portal: Portal, content: bytes = b"sealed") -> str:
    """Leave a durable file behind, as a request does that dies before its row."""
    with portal.here.blobs.stage() as staged:
        staged.write(content)
        return staged.commit_durable().id


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_draft_s_file_outlives_its_draft_and_then_goes(
    portal: Portal, clock: MovableClock, log_lines: list[str]
) -> None:
    """D6. D8."""
    blob = stage(portal)
    lifetime = portal.here.settings.draft_lifetime
    clock.moment += lifetime + MARGIN - timedelta(minutes=1)
    sweep(portal.here)
    assert portal.here.blobs.exists(blob)
    clock.forward(minutes=2)
    sweep(portal.here)
    assert not portal.here.blobs.exists(blob)
    assert ['"removed": 0' in log_lines[0], '"removed": 1' in log_lines[1]] == [True, True]


def test_a_file_held_by_a_request_that_takes_hours_is_not_swept(
    portal: Portal, clock: MovableClock
) -> None:
    """D8. Nor at once when the request is over: then it waits for its draft."""
    blob = stage(portal)
    held = portal.here.blobs.hold(blob)
    assert held is not None
    clock.forward(days=3)
    sweep(portal.here)
    assert portal.here.blobs.exists(blob)
    time.sleep(0.02)
    before = (portal.here.blobs.root / "staging" / blob).stat().st_ctime
    held.release()
    assert (portal.here.blobs.root / "staging" / blob).stat().st_ctime > before
    sweep(portal.here)
    assert not portal.here.blobs.exists(blob)


def test_rows_of_sessions_long_over_go_and_the_log_of_changes_with_them(
    portal: Portal, clock: MovableClock, log_lines: list[str]
) -> None:
    """E18."""
    row = {"id_hash": b"h" * 32, "box": b"canary-box", "day": portal.here.today()}
    with portal.here.database.transaction() as db:
        db.execute(sa.insert(InformantSession).values(**row))
    for days, left in ((1, 1), (1, 0)):
        clock.forward(days=days)
        sweep(portal.here)
        with portal.db() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(InformantSession)) == left
    assert '"sessions": 1' in log_lines[-1]
    if portal.here.database.engine.dialect.name == "sqlite":
        folder = portal.here.settings.instance
        assert (folder / "test.db-wal").stat().st_size == 0
        assert b"canary-box" not in (folder / "test.db").read_bytes()


def test_a_database_that_is_gone_makes_the_sweep_take_nothing_away(
    portal: Portal, clock: MovableClock
) -> None:
    """D8. What cannot be known to be nobody's stays."""
    blob = stage(portal)
    portal.here.mailbox = Database("sqlite:////nowhere/mailbox.db")
    clock.forward(days=3)
    with pytest.raises(sa.exc.OperationalError):
        sweep(portal.here)
    assert portal.here.blobs.exists(blob)


def test_what_a_crash_left_is_mended_when_the_portal_starts(sqlite_portal: Served) -> None:
    """D8. A file whose row was committed, and whose move was not, is moved; the report is whole all along."""
    portal = sqlite_portal
    report = Report(Visitor(portal.port), "canary", some_files(1000))
    report.go_on()
    portal.kill()
    (blob,) = store_of(portal).files
    blobs = portal.folder / "blobs"
    (blobs / blob[:2] / blob).rename(blobs / "staging" / blob)
    portal.start()
    assert report.is_whole()
    portal.wait_for("swept", 2)
    assert store_of(portal).staged == frozenset()
    assert report.is_whole()


def refused_with(visitor: Visitor, files: list[File]) -> Answer:
    """Send files with a form that is not complete: it comes back, and the files wait."""
    form = visitor.get(REPORT).hidden() | {"text": "", "language": "en"}
    page = visitor.send(REPORT, form, files)
    assert page.status == 422
    return page


def test_the_files_of_a_refused_form_wait_through_a_restart_and_its_sweep(
    sqlite_portal: Served,
) -> None:
    """D8."""
    portal, visitor, files = sqlite_portal, Visitor(sqlite_portal.port), some_files(1000)
    page = refused_with(visitor, files)
    portal.stop()
    portal.start()
    portal.wait_for("swept", 2)
    sent = Report(visitor, "canary", form=page.hidden() | {"text": "canary", "language": "en"})
    assert sent.go_on().token()
    assert Report(visitor, "canary", files, token=sent.token).is_whole()


def test_files_of_an_earlier_try_are_not_swept_while_the_next_one_takes_hours(
    sqlite_portal: Served,
) -> None:
    """D8. Whatever the clock says meanwhile."""
    portal, visitor, files = sqlite_portal, Visitor(sqlite_portal.port), some_files(1000, 1_500_000)
    page = refused_with(visitor, files[:1])
    fields = page.hidden() | {"text": "canary", "language": "en"}
    boundary, body = form_body(fields, files[1:])

    def slowly() -> Iterator[bytes]:
        yield body[:-500_000]
        until(lambda: len(store_of(portal).staged) == 2)
        sweep_everything(portal)
        yield body[-500_000:]

    length = {"Content-Length": str(len(body))}
    assert visitor.send_raw(REPORT, boundary, slowly(), length).status == 303
    token = visitor.get("/en/receipt").token() or ""
    assert Report(visitor, "canary", files, token=token).is_whole()


def test_jobs_run_at_the_start_in_their_order_and_then_again_and_again() -> None:
    done: list[str] = []
    maintenance = Maintenance([lambda: done.append("a"), lambda: done.append("b")], SOON)
    with closing(Stopping(maintenance)):
        until(lambda: len(done) >= 6)
    assert done[:6] == ["a", "b"] * 3
    count = len(done)
    time.sleep(0.05)
    assert len(done) == count


def test_the_first_round_waits_for_nothing_and_the_second_for_the_interval() -> None:
    done: list[int] = []
    maintenance = Maintenance([lambda: done.append(1)], timedelta(hours=1))
    with closing(Stopping(maintenance)):
        until(lambda: bool(done))
        time.sleep(0.05)
    assert done == [1]


def test_a_job_that_fails_is_logged_and_the_others_go_on(log_lines: list[str]) -> None:
    """A28. By kind and place, never by what it said."""
    done: list[int] = []

    def fails() -> None:
        raise ZeroDivisionError("canary")

    maintenance = Maintenance([fails, lambda: done.append(1)], SOON)
    with closing(Stopping(maintenance)):
        until(lambda: len(done) >= 3)
    assert len(log_lines) >= 3
    assert all("ZeroDivisionError" in line and "canary" not in line for line in log_lines)


def test_stopping_begins_no_further_job_and_waits_for_the_one_under_way_but_not_for_ever() -> None:
    began, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def lasting() -> None:
        began.set()
        may_end.wait(PATIENCE)

    maintenance = Maintenance([lasting, done.set], SOON)
    maintenance.start()
    assert began.wait(PATIENCE)
    maintenance.stop(timedelta(seconds=0.05))
    may_end.set()
    maintenance.stop()
    assert not done.is_set()


def test_without_jobs_there_is_no_thread() -> None:
    before = threading.active_count()
    maintenance = Maintenance([])
    maintenance.start()
    assert threading.active_count() == before
    maintenance.stop()


class Stopping:
    """Started now, stopped at the end."""

    def __init__(self, maintenance: Maintenance) -> None:
        self._maintenance = maintenance
        maintenance.start()

    def close(self) -> None:
        self._maintenance.stop()
