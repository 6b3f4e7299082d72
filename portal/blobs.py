"""Where sealed attachments lie: files with random names, durable before any row names them.

A blob lives in two places, one after the other. While a request writes it, and as long as no
committed row names it, it is `staging/<id>`; `publish` renames it to `<first two hex digits>/<id>`
once the row has committed. So whatever moment the process is killed at, a file in the final place
had a row, and a file in staging is either one a row names (the crash fell between commit and
rename: `open` finds it there, `sweep` publishes it) or one nobody will ask for (`sweep` removes
it).

- Ids are 128 random bits, created exclusively: parallel uploads cannot meet (D9). They are checked
  to be 32 hex digits before they touch a path (C11). What is written here is already sealed: no
  plaintext is this module's to lose (D7).
- Files are 0600 and directories 0700, or open to the group where the root is: two system users share
  a mailbox store through a root of mode 2770 that belongs to a group of both. All bear one constant
  time (E4): backups and archives carry no hour of any upload. The inode change time cannot be set
  by anyone; it is what the sweep reads a file's age from. It stays on the machine's own disk.
- A living writer holds a shared lock on its staged file; the sweep needs an exclusive one, so it
  never takes a file from under an upload that is merely slow (D8). The kernel drops the lock with
  the process.
- The root is never created here: a store whose volume is not mounted must refuse, not fill the
  mount point.
"""

import fcntl
import io
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from portal.logs import log_event

# 1980-01-01, the earliest moment every archive format can write.
CONSTANT_TIME = 315_532_800
STAGING = "staging"
SWEEP_BATCH = 500
COPY_CHUNK = 1024 * 1024

_ID = re.compile(r"[0-9a-f]{32}")
_SHARD = re.compile(r"[0-9a-f]{2}")


class BlobIdError(ValueError):
    """A blob id that is not 32 lower-case hex digits."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A sealed file that is durable: its random id (32 hex digits) and its size in bytes."""

    id: str
    sealed_size: int


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many staged blobs a sweep published, how many it removed, and how many published ones."""

    published: int
    abandoned: int
    orphaned: int


class StagedBlob:
    """One blob being written, locked while the request that writes it lives. A `Sealer`'s sink."""

    def __init__(self, path: Path) -> None:
        self.id = path.name
        self._path = path
        self._size = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            os.fchmod(self._fd, 0o600 | _group_rights(path.parent) & 0o060)
        except OSError:
            self.discard()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append sealed bytes; raises OSError when the disk does not take them all."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self._size += len(data)
        return len(data)

    def commit_durable(self) -> StoredBlob:
        """Bring bytes and name to the disk; the blob stays staged, and locked, until published."""
        os.utime(self._fd, (CONSTANT_TIME, CONSTANT_TIME))
        os.fsync(self._fd)
        _settle(self._path.parent)
        return StoredBlob(self.id, self._size)

    def discard(self) -> None:
        """Remove the staged file, if it is still staged, and let go of it."""
        self._path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go of the lock; the file stays where it is: published, or kept until the sweep, for a draft's life from now."""
        if self._fd >= 0:
            _let_go(self._fd)
            self._fd = -1


class HeldBlob:
    """A staged blob that an earlier request left and this one still needs: the sweep passes it over."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let go; its age begins anew, however long it was held."""
        _let_go(self._fd)


class DirectoryBlobs:
    """The blob store over one existing directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stage(self) -> StagedBlob:
        """Open a new blob for writing, under a new random id; OSError if there can be none."""
        _ensure(self._staging)
        return StagedBlob(self._staging / secrets.token_hex(16))

    def copy_from(self, source: "DirectoryBlobs", blob_id: str) -> None:
        """Stage a durable copy of another store's blob under its own id; FileNotFoundError if it has none.

        Repeatable: what a broken try left is replaced, what was published stays.
        """
        if self._final(blob_id).exists():
            return
        _ensure(self._staging)
        with source.open(blob_id) as sealed:
            self._staged(blob_id).unlink(missing_ok=True)
            with StagedBlob(self._staged(blob_id)) as staged:
                while data := sealed.read(COPY_CHUNK):
                    staged.write(data)
                staged.commit_durable()

    def publish(self, ids: Iterable[str]) -> None:
        """Move staged blobs to their final place, once a committed row names them. Repeatable.

        What the disk refuses now, the sweep does later. It is no error of the caller's: the letter is stored, and a
        person told otherwise would send it twice, or give up.
        """
        try:
            self._publish(ids)
        except OSError as error:
            log_event("storage", error=error)

    def open(self, blob_id: str) -> BinaryIO:
        """Open a blob for reading, wherever it lies; FileNotFoundError if it lies nowhere."""
        final, staged = self._final(blob_id), self._staged(blob_id)
        # The third look is for a blob published between the first two.
        for path in (final, staged):
            with suppress(FileNotFoundError):
                return _open_unnoticed(path)
        return _open_unnoticed(final)

    def exists(self, blob_id: str) -> bool:
        """Whether the blob lies here, published or staged."""
        return self._final(blob_id).exists() or self._staged(blob_id).exists()

    def renew(self, blob_id: str) -> bool:
        """Give a staged blob another lifetime, for a draft; False if it is no longer staged."""
        held = self.hold(blob_id)
        if held is not None:
            held.release()
        return held is not None

    def hold(self, blob_id: str) -> HeldBlob | None:
        """Keep a staged blob from the sweep until it is released; None if it is no longer staged."""
        path = self._staged(blob_id)
        # A sweep that has it locked has already judged it.
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                return HeldBlob(os.dup(file.fileno()))
        return None

    def delete(self, ids: Iterable[str]) -> None:
        """Remove blobs for good, wherever they lie; those already gone are no error."""
        folders = set()
        for blob_id in ids:
            for path in (self._staged(blob_id), self._final(blob_id)):
                with suppress(FileNotFoundError):
                    path.unlink()
                    folders.add(path.parent)
        for folder in folders:
            _settle(folder)

    def free_bytes(self) -> int:
        """How many bytes this process may still write to the store's disk."""
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize

    def sweep(
        self,
        known: Callable[[Collection[str]], set[str]],
        *,
        older_than: timedelta,
        now: datetime,
    ) -> SweepResult:
        """Finish what a crash interrupted, and remove what nobody names.

        `known` answers which of the given ids a committed row names. A staged blob that no living
        request holds is published if it has a row, else removed once it is older than `older_than`
        (at least the lifetime of a draft). A blob in the final place without a row is removed after
        the same time.
        """
        before = (now - older_than).timestamp()
        published, abandoned = 0, 0
        for batch in _batches(_blob_names(self._staging)):
            with _idle(self._staging, batch) as idle:
                rows = known(idle.keys())
                expired = [i for i, changed in idle.items() if i not in rows and changed < before]
                self._publish(rows & idle.keys())
                self.delete(expired)
                published += len(rows & idle.keys())
                abandoned += len(expired)
        return SweepResult(published, abandoned, self._sweep_published(known, before))

    def _publish(self, ids: Iterable[str]) -> None:
        shards = set()
        for blob_id in ids:
            final = self._final(blob_id)
            if _ensure(final.parent):
                _settle(self.root)
            with suppress(FileNotFoundError):  # already published
                self._staged(blob_id).rename(final)
                shards.add(final.parent)
        for shard in shards:
            _settle(shard)
        if shards:
            _still(self._staging)

    def _sweep_published(self, known: Callable[[Collection[str]], set[str]], before: float) -> int:
        shards = [path for path in self.root.iterdir() if _SHARD.fullmatch(path.name)]
        old = (
            name
            for shard in shards
            for name in _blob_names(shard)
            if (shard / name).stat().st_ctime < before
        )
        orphaned = 0
        for batch in _batches(old):
            orphans = set(batch) - known(batch)
            self.delete(orphans)
            orphaned += len(orphans)
        return orphaned

    @property
    def _staging(self) -> Path:
        return self.root / STAGING

    def _staged(self, blob_id: str) -> Path:
        return self._staging / _checked(blob_id)

    def _final(self, blob_id: str) -> Path:
        return self.root / _checked(blob_id)[:2] / blob_id


def _checked(blob_id: str) -> str:
    """Refuse anything but our own ids, before it becomes part of a path (C11)."""
    if not _ID.fullmatch(blob_id):
        raise BlobIdError("a blob id is 32 hex digits")
    return blob_id


def _ensure(folder: Path) -> bool:
    """Make a folder inside the root, which must be there; True if it was made now."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return False
    if rights := _group_rights(folder.parent):
        folder.chmod(0o2700 | rights)  # whatever the umask; the group is handed on
    return True


def _group_rights(folder: Path) -> int:
    """Give what the group may do in a folder: the operator's decision about the root, handed down."""
    return folder.stat().st_mode & 0o070


def _settle(folder: Path) -> None:
    """Bring a folder's entries to the disk, and its time to the constant one (E4)."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _still(fd)
        os.fsync(fd)
    finally:
        os.close(fd)


def _still(folder: int | Path) -> None:
    """Bring a folder's time to the constant one. Only its owner may: in a store two users share, the other leaves it be."""
    with suppress(PermissionError):
        os.utime(folder, (CONSTANT_TIME, CONSTANT_TIME))


def _let_go(fd: int) -> None:
    """Close a file, and with it its lock; its age begins now. A disk that takes no times keeps the older one."""
    with suppress(OSError):
        os.utime(fd, (CONSTANT_TIME, CONSTANT_TIME))
    os.close(fd)


def _open_unnoticed(path: Path) -> BinaryIO:
    """Open for reading without leaving an access time behind (E4)."""

    def opener(name: str, flags: int) -> int:
        try:
            return os.open(name, flags | os.O_NOATIME)
        except PermissionError:  # only a file's owner may ask for it
            return os.open(name, flags)

    return open(path, "rb", opener=opener)  # Path.open takes no opener


def _blob_names(folder: Path) -> Iterator[str]:
    """Name the blobs in a folder that may not be there; anything not ours is left alone."""
    if folder.is_dir():
        yield from (path.name for path in folder.iterdir() if _ID.fullmatch(path.name))


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while batch := list(islice(rest, SWEEP_BATCH)):
        yield batch


@contextmanager
def _idle(staging: Path, names: Iterable[str]) -> Iterator[dict[str, float]]:
    """Lock the staged blobs no living request holds; give each one's last change (Unix time)."""
    held: list[io.BufferedReader] = []
    idle: dict[str, float] = {}
    try:
        for name in names:
            with suppress(FileNotFoundError, BlockingIOError):
                held.append(file := (staging / name).open("rb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                status = os.fstat(file.fileno())
                if status.st_nlink:
                    idle[name] = status.st_ctime
        yield idle
    finally:
        for file in held:
            file.close()
