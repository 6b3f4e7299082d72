"""The ledger's files: its key and the public half of it, and what is carried out for a witness."""

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crypto.notes import SEED_BYTES, verifier_text
from portal.settings import SettingsError, read_secret

KEY, VERIFIER = Path("secrets") / "ledger-key", Path("ledger.verifier")
_MODE = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class LedgerKey:
    """The ledger's name and the 32-byte seed that signs its checkpoints."""

    origin: str
    seed: bytes


def make_key(folder: Path, office_origin: str) -> None:
    """Make an instance's ledger key, if it never had one. A lost key is not replaced: who has the old public half would see."""
    if (folder / VERIFIER).exists():
        return
    if not (folder / KEY).exists():
        _write_whole(folder / KEY, [f"{secrets.token_hex(SEED_BYTES)}\n".encode()])
    seed = read_secret(folder / KEY, SEED_BYTES)
    verifier = verifier_text(f"{urlsplit(office_origin).netloc}/ledger", seed)
    _write_whole(folder / VERIFIER, [f"{verifier}\n".encode()])


def read_verifier(folder: Path) -> str:
    """Read the public half of an instance's ledger key; raises SettingsError."""
    try:
        return (folder / VERIFIER).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SettingsError([f"There is no {folder / VERIFIER}. Run `ishonch migrate`."]) from error


def read_key(folder: Path) -> LedgerKey:
    """Read an instance's ledger key; raises SettingsError, also for one that is not of its public half."""
    verifier = read_verifier(folder)
    origin = verifier.partition("+")[0]
    try:
        seed = read_secret(folder / KEY, SEED_BYTES)
    except (OSError, ValueError) as error:
        raise _unusable(str(error)) from error
    if verifier_text(origin, seed) != verifier:
        raise _unusable(f"{folder / KEY} and {VERIFIER} do not belong together.")
    return LedgerKey(origin, seed)


def write_export(path: Path, checkpoint: str, bodies: Iterable[bytes]) -> None:
    """Write a checkpoint, an empty line and all entries into a new file; raises FileExistsError."""
    if path.exists():
        raise FileExistsError(path)
    _write_whole(path, export_parts(checkpoint, bodies))


def export_parts(checkpoint: str, bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Give an export piece by piece: a checkpoint, an empty line, and all entries."""
    yield f"{checkpoint}\n".encode()
    for body in bodies:
        yield body + b"\n"


def checkpoint_in(text: str) -> str:
    """Give the checkpoint of an export; what is a checkpoint alone stays as it is."""
    head, _, rest = text.partition("\n\n")
    signatures, more, _ = rest.partition("\n\n")
    return f"{head}\n\n{signatures}\n" if more else text


def _unusable(why: str) -> SettingsError:
    problem = f"The ledger's key cannot be used: {why} Bring it back from where you keep it."
    return SettingsError([problem])


def _write_whole(path: Path, *parts: Iterable[bytes]) -> None:
    """Write a file that its owner alone reads, or none."""
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.writelines(part)
            file.flush()
            os.fsync(file.fileno())
        waiting.rename(path)
    finally:
        waiting.unlink(missing_ok=True)
