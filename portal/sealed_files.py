"""Sealing the files of one request as they arrive: what was received, why the rest was not.

Files go through three hands here. `FileIntake` is told of each file part as it comes, decides
whether it may be taken, and never lets a full disk or a missing store escape as an error.
`SealingFile` seals, counts and hashes one file. `SealedFiles` is what the view sees.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from crypto.age import Sealer
from crypto.padding import tail
from crypto.recipients import Recipient
from portal.blobs import DirectoryBlobs, HeldBlob, StagedBlob, StoredBlob
from portal.filenames import display_name
from portal.limits import Busy

SMALL_BODY = 64 * 1024
BYTES_PER_CHARACTER = 4  # of UTF-8, at most
# Bytes written between two looks at the free space (D6).
SPACE_CHECK_INTERVAL = 8 * 1024 * 1024


class Fault(StrEnum):
    """Why files of a request were not received."""

    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    STORAGE = "storage"
    BUSY = "busy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A received file: its shown name, plaintext size and SHA-256 (hex), where it lies sealed."""

    name: str
    size: int
    sha256: str
    blob: StoredBlob


@dataclass(frozen=True, slots=True)
class Destination:
    """To whom files are sealed, and which files of an earlier try count with them."""

    recipients: Sequence[Recipient]
    kept: Sequence[SealedFile] = ()


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes of all files of a report, their number, characters of text, bytes of disk kept free."""

    total: int = 512 * 1024 * 1024
    files: int = 20
    text: int = 200_000
    free_space_floor: int = 256 * 1024 * 1024

    @property
    def overhead(self) -> int:
        """Bytes a body may bring beside its files: text, field names, part headers."""
        return SMALL_BODY + self.text * BYTES_PER_CHARACTER


class SealedFiles:
    """The files of one request, as far as they were received."""

    def __init__(self) -> None:
        self.files: tuple[SealedFile, ...] = ()
        self.fault: Fault | None = None
        self._staged: list[StagedBlob] = []
        self._held: list[HeldBlob] = []
        self._kept = False

    def keep(self) -> None:
        """Take the files over: call it before committing the row or drafting, which may fail."""
        self._kept = True

    def close(self) -> None:
        """Let go of the staged files, and remove them unless they were taken over."""
        while self._staged:
            staged = self._staged.pop()
            if self._kept:
                staged.release()
            else:
                staged.discard()
        while self._held:
            self._held.pop().release()

    def stage(self, blobs: DirectoryBlobs) -> StagedBlob:
        """Open a staged blob that lives and dies with the request."""
        staged = blobs.stage()
        self._staged.append(staged)
        return staged

    def hold(self, blobs: DirectoryBlobs, files: Sequence[SealedFile]) -> None:
        """Keep the files of an earlier try from the sweep: the rest of this request may take hours."""
        held = (blobs.hold(file.blob.id) for file in files)
        self._held += [blob for blob in held if blob is not None]

    def drop(self, staged: StagedBlob) -> None:
        """Remove one staged blob at once."""
        self._staged.remove(staged)
        staged.discard()


class SealingFile:
    """One file on its way: plaintext in, sealed bytes out, nothing kept."""

    def __init__(self, staged: StagedBlob, recipients: Sequence[Recipient]) -> None:
        self.staged = staged
        self._sealer = Sealer(recipients, staged)
        self._digest = sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Seal the next plaintext bytes."""
        self._sealer.write(data)
        self._digest.update(data)
        self._size += len(data)

    def finish(self, name: str) -> SealedFile:
        """Pad, so that the sealed size tells little (E8), close, and wait for the disk."""
        for zeros in tail(self._size):
            self._sealer.write(zeros)
        self._sealer.close()
        blob = self.staged.commit_durable()
        return SealedFile(display_name(name), self._size, self._digest.hexdigest(), blob)


class FileIntake:
    """Takes the file parts of one request, in order: `begin`, then `take` until the last bytes.

    `destination` is asked once, before the first file; `declared` is the length the body claims, 0
    if it claims none.
    """

    def __init__(
        self,
        sealed: SealedFiles,
        blobs: DirectoryBlobs,
        limits: UploadLimits,
        destination: Callable[[], Destination | None],
        declared: int,
    ) -> None:
        self._sealed = sealed
        self._blobs = blobs
        self._limits = limits
        self._ask_destination = destination
        self._declared = declared
        self._destination: Destination | None = None
        self._name = ""
        self._file: SealingFile | None = None
        self._room = limits.total
        self._unchecked = 0

    def begin(self, name: str) -> None:
        """Note that a file part begins. Nothing is opened before its first byte."""
        self._name = name

    def take(self, data: bytes, *, last: bool) -> None:
        """Take the next bytes. After a fault they are dropped; an empty field is no file."""
        if self._sealed.fault or not (data or self._file or (last and self._name)):
            return
        try:
            file = self._file = self._file or self._open()
            self._seal(file, data)
            if last:
                self._sealed.files += (file.finish(self._name),)
                self._file = None
        except _FaultError as error:
            self._fail(error.fault)
        except Busy:
            self._fail(Fault.BUSY)
        except OSError:  # disk full, disk broken, store gone
            self._fail(Fault.STORAGE)

    def _seal(self, file: SealingFile, data: bytes) -> None:
        self._room -= len(data)
        if self._room < 0:
            raise _FaultError(Fault.TOO_LARGE)
        self._unchecked += len(data)
        if self._unchecked >= SPACE_CHECK_INTERVAL:
            self._check_space(0)
        file.write(data)

    def _open(self) -> SealingFile:
        destination = self._destination = self._destination or self._admit()
        if len(destination.kept) + len(self._sealed.files) >= self._limits.files:
            raise _FaultError(Fault.TOO_MANY)
        return SealingFile(self._sealed.stage(self._blobs), destination.recipients)

    def _admit(self) -> Destination:
        """Find out, before the first file, to whom to seal; what is sure to fail is not asked."""
        if self._declared > self._limits.total + self._limits.overhead:
            raise _FaultError(Fault.TOO_LARGE)
        self._check_space(self._declared)
        destination = self._ask_destination()
        if destination is None:
            raise _FaultError(Fault.REFUSED)
        self._sealed.hold(self._blobs, destination.kept)
        self._room -= sum(file.size for file in destination.kept)
        return destination

    def _check_space(self, wanted: int) -> None:
        """Keep the floor of free space, whoever else is writing (D6)."""
        self._unchecked = 0
        if self._blobs.free_bytes() - wanted < self._limits.free_space_floor:
            raise _FaultError(Fault.STORAGE)

    def _fail(self, fault: Fault) -> None:
        self._sealed.fault = fault
        if self._file is not None:
            self._sealed.drop(self._file.staged)
            self._file = None


class _FaultError(Exception):
    """Carries a fault from where it is found to where it is noted."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault
