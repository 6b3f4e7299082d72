"""The ledger's files: its key and the public half of it, and what is carried out for a witness."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from portal.log_keys import KeyFiles, LogKey, write_whole

KEY, VERIFIER = Path("secrets") / "ledger-key", Path("ledger.verifier")


def make_key(folder: Path, office_origin: str) -> None:
    """Make an instance's ledger key, if it never had one. A lost key is not replaced: who has the old public half would see."""
    _files(folder).make(f"{urlsplit(office_origin).netloc}/ledger")


def read_verifier(folder: Path) -> str:
    """Read the public half of an instance's ledger key; raises SettingsError."""
    return _files(folder).read_verifier()


def read_key(folder: Path) -> LogKey:
    """Read an instance's ledger key; raises SettingsError, also for one that is not of its public half."""
    return _files(folder).read()


def write_export(path: Path, checkpoint: str, bodies: Iterable[bytes]) -> None:
    """Write a checkpoint, an empty line and all entries into a new file; raises FileExistsError."""
    if path.exists():
        raise FileExistsError(path)
    write_whole(path, export_parts(checkpoint, bodies))


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


def _files(folder: Path) -> KeyFiles:
    return KeyFiles("The ledger's key", folder / KEY, folder / VERIFIER)
