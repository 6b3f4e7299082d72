"""Uploads beside their floor: `python -m tests.bench.bench_upload [MiB] [rounds]`.

One gunicorn (gthread) each on loopback takes the same multipart body, parsed by the same splitter:
one seals it to two recipients, the other, the floor, writes it in clear with one fsync to the same
disk. Prints the best rate of each, their ratio, and by how much the worker's peak memory grew.
Rounds alternate, so that a busy machine slows both.
"""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crypto.recipients import Identity
from tests.unit.uploads.server import BLOCK, Server, serving, upload

MIB = 1024 * 1024


@dataclass(frozen=True)
class Rates:
    """Best rates in bytes per second, and the growth of the sealing worker's peak memory in bytes."""

    sealed: float
    floor: float
    memory_growth: int

    @property
    def ratio(self) -> float:
        """The part of the floor's rate that sealing reaches."""
        return self.sealed / self.floor


def measure(size: int, rounds: int, folder: Path) -> Rates:
    """Upload `size` bytes to each server `rounds` times, in turns."""
    block = os.urandom(BLOCK)
    roots = folder / "sealed", folder / "floor"
    for root in roots:
        root.mkdir()
    identities = [Identity.generate().encode() for _ in range(2)]
    with (
        serving("sealing_app", roots[0], *identities) as sealing,
        serving("floor_app", roots[1]) as floor,
    ):
        for server in (sealing, floor):
            upload(server, BLOCK, block)
        before = sealing.peak_memory()
        seconds = [
            (_timed(sealing, size, block, roots[0]), _timed(floor, size, block, roots[1]))
            for _ in range(rounds)
        ]
        growth = sealing.peak_memory() - before
    return Rates(
        size / min(sealed for sealed, _ in seconds),
        size / min(clear for _, clear in seconds),
        growth,
    )


def _timed(server: Server, size: int, block: bytes, root: Path) -> float:
    """Upload once, and give the disk its space back."""
    seconds = upload(server, size, block)
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return seconds


def main() -> None:
    """Print one measurement."""
    size = int(sys.argv[1]) * MIB if len(sys.argv) > 1 else 256 * MIB
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        rates = measure(size, rounds, Path(folder))
    print(f"upload of {size // MIB} MiB, best of {rounds}")
    print(f"  sealed {rates.sealed / MIB:7.0f} MiB/s")
    print(f"  floor  {rates.floor / MIB:7.0f} MiB/s   ratio {rates.ratio:.2f}")
    print(f"  peak memory grew by {rates.memory_growth / MIB:.1f} MiB")


if __name__ == "__main__":
    main()
