"""The directory of sealed files: durable, private, and in order again after any crash."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.blobs import CONSTANT_TIME, BlobIdError, DirectoryBlobs, SweepResult

NEVER = "0" * 32
AGE = timedelta(hours=3)


@pytest.fixture
def blobs(tmp_path: Path) -> DirectoryBlobs:
    root = tmp_path / "blobs"
    root.mkdir(mode=0o700)
    return DirectoryBlobs(root)


def stored(blobs: DirectoryBlobs, data: bytes = b"sealed") -> str:
    """Stage a blob in a request that has ended."""
    with blobs.stage() as staged:
        staged.write(data)
        return staged.commit_durable().id


def files_under(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def soon() -> datetime:
    return datetime.now(tz=UTC) + timedelta(seconds=1)


def later() -> datetime:
    return datetime.now(tz=UTC) + AGE + timedelta(seconds=1)


def no_rows(_: Collection[str]) -> set[str]:
    return set()


def all_rows(ids: Collection[str]) -> set[str]:
    return set(ids)


def test_a_blob_reads_back_while_staged_and_once_published(blobs: DirectoryBlobs) -> None:
    with blobs.stage() as staged:
        staged.write(b"one ")
        staged.write(memoryview(b"two"))
        blob = staged.commit_durable()
    assert blob.sealed_size == 7
    assert blobs.exists(blob.id)
    with blobs.open(blob.id) as file:
        assert file.read() == b"one two"
    blobs.publish([blob.id])
    assert blobs.exists(blob.id)
    assert files_under(blobs.root) == [blobs.root / blob.id[:2] / blob.id]
    with blobs.open(blob.id) as file:
        assert file.read() == b"one two"


def test_publishing_twice_changes_nothing(blobs: DirectoryBlobs) -> None:
    blob_id = stored(blobs)
    blobs.publish([blob_id])
    before = files_under(blobs.root)
    blobs.publish([blob_id])
    assert files_under(blobs.root) == before


def test_files_are_private_and_folders_too(blobs: DirectoryBlobs) -> None:
    blobs.publish([stored(blobs)])
    stored(blobs)
    for path in blobs.root.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o600 if path.is_file() else 0o700)


def test_no_file_and_no_folder_tells_the_hour_of_an_upload(blobs: DirectoryBlobs) -> None:
    """E4."""
    blobs.publish([stored(blobs)])
    waiting = stored(blobs)
    for path in blobs.root.rglob("*"):
        assert path.stat().st_mtime == CONSTANT_TIME, path
        if path.is_file():
            assert path.stat().st_atime == CONSTANT_TIME, path
    blobs.delete([waiting])
    assert (blobs.root / "staging").stat().st_mtime == CONSTANT_TIME


def test_reading_a_blob_leaves_no_access_time(blobs: DirectoryBlobs) -> None:
    """E4."""
    blob_id = stored(blobs)
    blobs.publish([blob_id])
    with blobs.open(blob_id) as file:
        assert file.read()
    assert files_under(blobs.root)[0].stat().st_atime == CONSTANT_TIME


def test_a_blob_left_staged_by_a_crash_is_still_found(blobs: DirectoryBlobs) -> None:
    """D8."""
    blob_id = stored(blobs)
    assert blobs.exists(blob_id)
    with blobs.open(blob_id) as file:
        assert file.read() == b"sealed"


def test_deleted_blobs_are_gone_from_both_places(blobs: DirectoryBlobs) -> None:
    published, staged = stored(blobs), stored(blobs)
    blobs.publish([published])
    blobs.delete([published, staged, NEVER])
    assert files_under(blobs.root) == []
    with pytest.raises(FileNotFoundError):
        blobs.open(published)


def test_a_discarded_blob_leaves_nothing(blobs: DirectoryBlobs) -> None:
    staged = blobs.stage()
    staged.write(b"half")
    staged.discard()
    assert files_under(blobs.root) == []
    staged.discard()


def test_discarding_after_publishing_leaves_the_published_blob(blobs: DirectoryBlobs) -> None:
    staged = blobs.stage()
    staged.write(b"whole")
    blob = staged.commit_durable()
    blobs.publish([blob.id])
    staged.discard()
    assert blobs.exists(blob.id)


@pytest.mark.parametrize(
    "blob_id",
    [
        "",
        "../../../../etc/passwd",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "a" * 32 + "\n",
        "/" + "a" * 31,
        "a" * 31 + "\0",
        "٣" * 32,
    ],
)
def test_an_id_that_is_not_ours_never_becomes_a_path(blobs: DirectoryBlobs, blob_id: str) -> None:
    """C11."""
    for refuse in (blobs.open, blobs.exists, blobs.renew):
        with pytest.raises(BlobIdError):
            refuse(blob_id)
    for refuse_all in (blobs.publish, blobs.delete):
        with pytest.raises(BlobIdError):
            refuse_all([blob_id])


def test_a_store_that_is_not_mounted_refuses_to_stage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DirectoryBlobs(tmp_path / "gone").stage()
    assert not (tmp_path / "gone").exists()


def test_parallel_stages_never_share_a_file(blobs: DirectoryBlobs) -> None:
    """D9."""

    def one(number: int) -> tuple[str, bytes]:
        data = bytes([number]) * 1000
        return stored(blobs, data), data

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(one, range(200)))
    assert len({blob_id for blob_id, _ in results}) == 200
    for blob_id, data in results:
        with blobs.open(blob_id) as file:
            assert file.read() == data


def test_an_existing_staged_file_is_never_opened_for_writing(
    blobs: DirectoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D9: should the random source ever repeat itself."""
    first = stored(blobs)
    monkeypatch.setattr("portal.blobs.secrets.token_hex", lambda _: first)
    with pytest.raises(FileExistsError):
        blobs.stage()


def test_free_space_is_that_of_the_stores_disk(blobs: DirectoryBlobs) -> None:
    disk = os.statvfs(blobs.root)
    assert 0 < blobs.free_bytes() <= disk.f_blocks * disk.f_frsize


def test_the_sweep_publishes_what_a_row_names(blobs: DirectoryBlobs) -> None:
    """D8: the crash fell between commit and rename."""
    blob_id = stored(blobs)
    result = blobs.sweep(all_rows, older_than=AGE, now=soon())
    assert result == SweepResult(published=1, abandoned=0, orphaned=0)
    assert files_under(blobs.root) == [blobs.root / blob_id[:2] / blob_id]


def test_the_sweep_removes_what_nobody_names_once_it_is_old(blobs: DirectoryBlobs) -> None:
    """D6, D8."""
    stored(blobs)
    assert blobs.sweep(no_rows, older_than=AGE, now=soon()) == SweepResult(0, 0, 0)
    assert len(files_under(blobs.root)) == 1
    assert blobs.sweep(no_rows, older_than=AGE, now=later()) == SweepResult(0, 1, 0)
    assert files_under(blobs.root) == []


def test_the_sweep_never_takes_a_file_from_a_living_upload(blobs: DirectoryBlobs) -> None:
    """D8: slow is not abandoned, and a row is not published under a writer."""
    with blobs.stage() as staged:
        staged.write(b"slow")
        assert blobs.sweep(no_rows, older_than=AGE, now=later()) == SweepResult(0, 0, 0)
        assert blobs.sweep(all_rows, older_than=AGE, now=later()) == SweepResult(0, 0, 0)
        assert staged.commit_durable().sealed_size == 4
    assert blobs.sweep(no_rows, older_than=AGE, now=later()) == SweepResult(0, 1, 0)


def test_the_sweep_removes_published_blobs_whose_row_is_gone(blobs: DirectoryBlobs) -> None:
    kept, orphan = stored(blobs), stored(blobs)
    blobs.publish([kept, orphan])
    assert blobs.sweep(no_rows, older_than=AGE, now=soon()) == SweepResult(0, 0, 0)

    def known(ids: Collection[str]) -> set[str]:
        return set(ids) & {kept}

    assert blobs.sweep(known, older_than=AGE, now=later()) == SweepResult(0, 0, 1)
    assert blobs.exists(kept)
    assert not blobs.exists(orphan)


def test_the_sweep_leaves_what_is_not_ours_alone(blobs: DirectoryBlobs) -> None:
    blobs.publish([stored(blobs)])
    strangers = [blobs.root / "lost+found", blobs.root / "README", blobs.root / "staging" / "note"]
    stored(blobs)
    for path in strangers:
        path.write_text("not a blob")
    blobs.sweep(no_rows, older_than=AGE, now=later())
    assert files_under(blobs.root) == sorted(strangers)


def test_the_sweep_of_a_new_store_finds_nothing(blobs: DirectoryBlobs) -> None:
    assert blobs.sweep(no_rows, older_than=AGE, now=soon()) == SweepResult(0, 0, 0)


def test_many_blobs_are_swept_in_batches(
    blobs: DirectoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.blobs.SWEEP_BATCH", 3)
    for _ in range(8):
        stored(blobs)
    asked: list[int] = []

    def known(ids: Collection[str]) -> set[str]:
        asked.append(len(ids))
        return set()

    assert blobs.sweep(known, older_than=AGE, now=later()) == SweepResult(0, 8, 0)
    assert asked == [3, 3, 2]


def test_renewing_gives_a_staged_blob_another_lifetime(blobs: DirectoryBlobs) -> None:
    blob_id = stored(blobs)
    path = blobs.root / "staging" / blob_id
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:  # the kernel's clock ticks coarsely
        assert blobs.renew(blob_id)
    assert path.stat().st_mtime == CONSTANT_TIME


def test_a_published_or_unknown_blob_is_not_renewed(blobs: DirectoryBlobs) -> None:
    """A draft can claim no file that a report already has."""
    blob_id = stored(blobs)
    blobs.publish([blob_id])
    assert not blobs.renew(blob_id)
    assert not blobs.renew(NEVER)


CHILD = """
import sys
from pathlib import Path
from portal.blobs import DirectoryBlobs
staged = DirectoryBlobs(Path(sys.argv[1])).stage()
staged.write(b"sealed" * 100_000)
print(staged.id, flush=True)
if sys.argv[2] == "durable":
    staged.commit_durable()
    print("durable", flush=True)
sys.stdin.read()
"""


def killed_child(root: Path, until: str) -> str:
    """Let a real process stage a blob, and kill it with SIGKILL; give the blob's id."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), until],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout
        blob_id = child.stdout.readline().strip()
        if until == "durable":
            assert child.stdout.readline() == "durable\n"
        held = DirectoryBlobs(root).sweep(no_rows, older_than=AGE, now=later())
        assert held == SweepResult(0, 0, 0)  # while it lives, its lock holds
        child.send_signal(signal.SIGKILL)
        child.wait()
    return blob_id


def test_a_process_killed_between_durable_and_publish_loses_nothing(blobs: DirectoryBlobs) -> None:
    """D8."""
    blob_id = killed_child(blobs.root, "durable")
    assert blobs.sweep(all_rows, older_than=AGE, now=soon()) == SweepResult(1, 0, 0)
    with blobs.open(blob_id) as file:
        assert file.read() == b"sealed" * 100_000


def test_a_process_killed_half_way_leaves_nothing_after_the_sweep(blobs: DirectoryBlobs) -> None:
    """D7, D8."""
    killed_child(blobs.root, "half")
    assert blobs.sweep(no_rows, older_than=AGE, now=later()) == SweepResult(0, 1, 0)
    assert files_under(blobs.root) == []


@pytest.mark.parametrize(
    ("root", "file", "folder"), [(0o700, 0o600, 0o700), (0o2770, 0o660, 0o2770)]
)
def test_the_group_may_do_in_the_store_what_it_may_do_in_its_root(
    tmp_path: Path, root: int, file: int, folder: int
) -> None:
    """F14. Two system users share a mailbox store through a group; nobody else gets in either way."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(root)
    blobs = DirectoryBlobs(tmp_path / "store")
    umask = os.umask(0o077)
    try:
        with blobs.stage() as staged:
            staged.write(b"sealed")
            blob = staged.commit_durable()
        blobs.publish([blob.id])
    finally:
        os.umask(umask)
    path = tmp_path / "store" / blob.id[:2] / blob.id
    assert stat.S_IMODE(path.stat().st_mode) == file
    for made in (path.parent, tmp_path / "store" / "staging"):
        assert stat.S_IMODE(made.stat().st_mode) == folder
