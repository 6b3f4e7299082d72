"""Seals and opens a stream, and prints by how many bytes the process's peak memory grew: `… MiB FOLDER`.

A process of its own, so that no other test's memory counts, nor the interpreter's.
"""

import re
import sys
from pathlib import Path

from crypto.age import seal_stream, unseal_stream
from tests.unit.crypto_age.oracle import IDENTITY
from tests.unit.crypto_age.streams import source

MIB = 1024 * 1024


def peak() -> int:
    """Bytes this process had in memory at most."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def stream(size: int, path: Path) -> None:
    """Seal `size` bytes into a file, and open it again."""
    with path.open("wb") as sink:
        seal_stream(source(size), sink, [IDENTITY.recipient])
    with path.open("rb") as file:
        assert sum(len(chunk) for chunk in unseal_stream(file, IDENTITY)) == size


def main(size: str, folder: str) -> None:
    """Warm up, measure, print."""
    path = Path(folder) / "sealed"
    stream(4 * MIB, path)
    before = peak()
    stream(int(size) * MIB, path)
    path.unlink()
    print(peak() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
