"""Long streams: as much memory as short ones, and not much slower than the cipher alone."""

import subprocess
import sys
from pathlib import Path

from tests.bench.bench_crypto import measure_streams

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024


def test_a_long_stream_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.crypto_age.memory", "64", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) < 2 * MIB


def test_sealing_and_opening_keep_up_with_the_bare_cipher() -> None:
    """The aim is half the bare rate, and it is far exceeded; less than this is a copy too many."""
    rates = measure_streams(32 * MIB, rounds=5)
    assert rates.sealed / rates.floor_sealed >= 0.4
    assert rates.opened / rates.floor_opened >= 0.4
