"""The disk is full, the database locked or gone, the blob store gone: the page says that it was NOT received."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.served import Served, served
from tests.web.faults.conftest import OwnServer, assert_silent
from tests.web.faults.reports import REPORT, Report, some_files, store_of
from tests.web.faults.visitor import Answer, File, Visitor

MIB = 1024 * 1024
NOT_RECEIVED = "NOT received"
TEXT = "canary: they sign for parts that never came\n“every” month & <again>"

Full = Callable[[Served], AbstractContextManager[None]]


@contextmanager
def no_file_may_grow(portal: Served) -> Iterator[None]:
    """Refuse what a full disk refuses; any user may do that to their own process."""
    portal.limit_files(16 * 1024)
    try:
        yield
    finally:
        portal.limit_files()


@contextmanager
def disk_is_full(portal: Served, room: int = 0) -> Iterator[None]:
    """Use up the disk the instance is on, but for `room` bytes."""
    filler = portal.folder / "disk" / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    os.truncate(filler, filler.stat().st_size - room)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def small_disk(folder: Path, size: int = 8 * MIB) -> Iterator[Path]:
    """Put a file system of its own on a folder; only root may."""
    folder.mkdir()
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# A real full disk takes root to make; where there is none, the limit alone stands for it.
FULL = [no_file_may_grow, *([disk_is_full] if os.geteuid() == 0 else [])]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder, on a small disk of its own if that can be."""
    folder = tmp_path / "disk"
    if os.geteuid() == 0:
        with small_disk(folder):
            yield folder
    else:
        folder.mkdir()
        yield folder


def is_refused(answer: Answer) -> None:
    """Say so, keep every word, and promise nothing."""
    assert answer.status == 503
    assert NOT_RECEIVED in answer.alert
    assert answer.typed()["text"].replace("\r\n", "\n") == TEXT
    assert answer.token() is None


def send(visitor: Visitor, files: list[File] | None = None) -> Answer:
    """Open the form, and send it."""
    form = visitor.get(REPORT).hidden() | {"text": TEXT, "language": "en"}
    return visitor.send(REPORT, form, files or [])


def again(visitor: Visitor, page: Answer, files: list[File], *, sent: bool = True) -> Report:
    """Send the page that came back as it stands, with its files once more if they did not arrive."""
    form = page.hidden() | {"text": page.typed()["text"], "language": "en"}
    visitor_files = files if sent else []
    report = Report(visitor, "they sign for parts", visitor_files, form)
    answer = report.go_on()
    assert report.token, answer.alert
    return Report(visitor, "they sign for parts", files, token=report.token)


def pages_open(port: int, cookie: str | None) -> None:
    """The pages that need no storage open, for a stranger and for somebody with a cookie."""
    for path in ("/en/", "/en/help", "/en/rights", REPORT, "/static/portal.css"):
        assert Visitor(port).get(path).status == 200
        assert Visitor(port, cookie=cookie).get(path).status == 200


def health(portal: Served) -> int:
    return Visitor(portal.port).get("/healthz").status


@pytest.mark.parametrize("full", FULL)
def test_a_file_the_disk_does_not_take_is_not_received_and_nothing_of_it_stays(
    tmp_path: Path, disk: Path, full: Full
) -> None:
    """D6. D8."""
    with served(tmp_path, f"sqlite:///{tmp_path}/mailbox.db", blobs=str(disk / "blobs")) as portal:
        files = some_files(3 * MIB)
        visitor = Visitor(portal.port)
        form = visitor.get(REPORT).hidden() | {"text": TEXT, "language": "en"}
        before = store_of(portal)
        with full(portal):
            page = visitor.send(REPORT, form, files)
            is_refused(page)
            assert store_of(portal) == before
        assert again(visitor, page, files).is_whole()
    assert_silent(portal)


def test_a_disk_that_fills_up_under_an_upload_of_unknown_length(tmp_path: Path, disk: Path) -> None:
    """D1. D6."""
    with served(tmp_path, f"sqlite:///{tmp_path}/mailbox.db", blobs=str(disk / "blobs")) as portal:
        files = some_files(3 * MIB)
        visitor = Visitor(portal.port)
        form = visitor.get(REPORT).hidden() | {"text": TEXT, "language": "en"}
        with _almost_full(portal):
            page = visitor.send_in_chunks(REPORT, form, files)
            is_refused(page)
            assert store_of(portal).files == frozenset()
        assert again(visitor, page, files).is_whole()
    assert_silent(portal)


@contextmanager
def _almost_full(portal: Served) -> Iterator[None]:
    with disk_is_full(portal, MIB) if os.geteuid() == 0 else no_file_may_grow(portal):
        yield


@pytest.mark.parametrize("full", FULL)
def test_a_row_the_disk_does_not_take_is_not_received_and_its_files_wait(
    tmp_path: Path, disk: Path, full: Full
) -> None:
    """D8. The files did arrive: they need not be sent a second time."""
    with served(tmp_path, f"sqlite:///{disk}/mailbox.db") as portal:
        files = some_files(1000, 2000)
        visitor = Visitor(portal.port)
        form = visitor.get(REPORT).hidden() | {"text": TEXT, "language": "en"}
        before = store_of(portal)
        with full(portal):
            page = visitor.send(REPORT, form, files)
            is_refused(page)
            pages_open(portal.port, visitor.cookie)
            assert store_of(portal).rows == before.rows
        assert len(store_of(portal).staged) == 2
        assert again(visitor, page, files, sent=False).is_whole()
    assert_silent(portal)


def test_the_floor_of_free_space_is_for_files_and_never_for_words(tmp_path: Path) -> None:
    """D6. Whoever fills the disk with files does not keep others from writing."""
    url = f"sqlite:///{tmp_path}/mailbox.db"
    with served(tmp_path, url, free_space_floor=10**15) as portal:
        visitor = Visitor(portal.port)
        page = send(visitor, some_files(10))
        is_refused(page)
        assert again(visitor, page, []).is_whole()
    assert_silent(portal)


def test_a_locked_database_takes_nothing_and_says_so(portal: Served) -> None:
    """D15. Whoever reads is not kept waiting."""
    files = some_files(1000)
    visitor = Visitor(portal.port)
    with locked(portal.url):
        page = send(visitor, files)
        is_refused(page)
        pages_open(portal.port, visitor.cookie)
    assert again(visitor, page, files, sent=False).is_whole()
    assert store_of(portal).rows["mailboxes"] == 1


def test_a_message_into_a_locked_database_is_not_received_either(portal: Served) -> None:
    """D15."""
    visitor = Visitor(portal.port)
    report = Report(visitor, "canary first")
    report.go_on()
    visitor.send("/en/receipt", visitor.get("/en/receipt").hidden() | {"token": report.token})
    form = visitor.get("/en/mailbox").hidden() | {"text": TEXT}
    before = store_of(portal)
    with locked(portal.url), ThreadPoolExecutor() as at_once:
        entered = at_once.submit(Visitor(portal.port).enter, report.token)
        is_refused(visitor.send("/en/mailbox/messages", form))
        assert entered.result().status == 503
    assert store_of(portal) == before
    assert visitor.send("/en/mailbox/messages", form).status == 303


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold what every writer needs, from outside, for longer than they wait."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        other = sqlite3.connect(address.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()
        return
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as holding:
        holding.execute(sa.text("LOCK TABLE mailboxes, envelopes, sessions IN SHARE MODE"))
        yield


@pytest.mark.postgresql
def test_a_database_that_is_gone_and_comes_back(tmp_path: Path, own_server: OwnServer) -> None:
    """D8. Nothing is taken meanwhile; the pages that need none still open; and no restart is needed after."""
    with served(tmp_path, own_server.database) as portal:
        visitor = Visitor(portal.port)
        assert health(portal) == 200
        own_server.stop()
        files = some_files(1000)
        page = send(visitor, files)
        is_refused(page)
        pages_open(portal.port, visitor.cookie)
        assert health(portal) == 503
        own_server.start()
        assert health(portal) == 200
        assert again(visitor, page, files, sent=False).is_whole()
        assert store_of(portal).rows["mailboxes"] == 1
    assert_silent(portal)


def test_a_blob_store_that_is_gone_and_comes_back(sqlite_portal: Served) -> None:
    """D8. A volume that is not mounted gets no files; words alone are still taken."""
    portal, files = sqlite_portal, some_files(1000)
    visitor = Visitor(portal.port)
    (portal.folder / "blobs").rename(portal.folder / "elsewhere")
    page = send(visitor, files)
    is_refused(page)
    assert health(portal) == 503
    pages_open(portal.port, visitor.cookie)
    assert not (portal.folder / "blobs").exists()
    words = Report(Visitor(portal.port), "canary words alone")
    words.go_on()
    assert words.is_whole()
    (portal.folder / "elsewhere").rename(portal.folder / "blobs")
    assert health(portal) == 200
    assert again(visitor, page, files).is_whole()


def test_a_report_is_received_once_its_row_is_durable_wherever_its_files_still_lie(
    sqlite_portal: Served,
) -> None:
    """D8. A disk too full for the last step must not make a stored report look like one that was not received."""
    portal = sqlite_portal
    shards = [portal.folder / "blobs" / f"{number:02x}" for number in range(256)]
    for shard in shards:
        shard.symlink_to("/proc")  # where nothing can be moved to
    report = Report(Visitor(portal.port), "canary", some_files(1000, 2000))
    answer = report.go_on()
    assert report.token, answer.alert
    assert report.is_whole()
    assert len(store_of(portal).staged) == 2
    for shard in shards:
        shard.unlink()
    portal.stop()
    portal.start()
    portal.wait_for("swept", 2)
    assert not store_of(portal).staged
    assert report.is_whole()
