"""Each side is a system user of its own; the mailbox store is a folder of a group that both are in."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.blobs import DirectoryBlobs, _settle

PORTAL, OFFICE, GROUP = 61001, 61002, 61003


@pytest.fixture
def store() -> Iterator[Path]:
    """A mailbox store as docs/operations.md says to make it; where users cannot be changed, everything is one user's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        root = Path(folder) / "blobs"
        root.mkdir()
        if os.geteuid() == 0:
            os.chown(root, 0, GROUP)
        root.chmod(0o2770)
        yield root


def test_what_one_side_stores_the_other_reads_and_removes(store: Path) -> None:
    """F14. Letters' files go one way, replies' files the other; a withdrawn one goes, whoever made its folder."""
    sent = _as(PORTAL, lambda: _stored(store, b"from the informant"))
    assert _as(OFFICE, lambda: _read(store, sent)) == "from the informant"
    reply = _as(OFFICE, lambda: _stored(store, b"from the office"))
    assert _as(PORTAL, lambda: _read(store, reply)) == "from the office"
    _as(OFFICE, lambda: _removed(store, sent))
    _as(PORTAL, lambda: _removed(store, reply))
    assert [path for path in store.rglob("*") if path.is_file()] == []


def test_a_folder_of_another_user_is_settled_as_far_as_it_may_be() -> None:
    """E4. Whoever may write there and is not its owner cannot set its time, and goes on."""
    everybodys = Path("/tmp")  # noqa: S108 - root's, and open to all
    _as(PORTAL, lambda: str(_settle(everybodys)))  # type: ignore[func-returns-value]


def _stored(root: Path, content: bytes) -> str:
    blobs = DirectoryBlobs(root)
    with blobs.stage() as staged:
        staged.write(content)
        blob = staged.commit_durable()
        blobs._publish([blob.id])
    return blob.id


def _read(root: Path, blob_id: str) -> str:
    with DirectoryBlobs(root).open(blob_id) as file:
        return file.read().decode()


def _removed(root: Path, blob_id: str) -> str:
    DirectoryBlobs(root).delete([blob_id])
    return ""


def _as(user: int, act: Callable[[], str]) -> str:
    """Do something as a user of the group, in a process of its own; gives what came of it."""
    answers, answer = os.pipe()
    child = os.fork()
    if child == 0:
        said, status = "", 1
        try:
            _become(user)
            said, status = act(), 0
        except OSError as error:
            said = repr(error)
        os.write(answer, said.encode())
        os._exit(status)
    os.close(answer)
    with os.fdopen(answers) as came:
        said = came.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said
    return said


def _become(user: int) -> None:
    os.umask(0o077)
    if os.geteuid() == 0:
        os.setgroups([GROUP])
        os.setgid(user)
        os.setuid(user)
