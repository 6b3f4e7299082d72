"""SIGKILL at random moments while entries are appended."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.ledger.ledgers import LedgerAt

KILLS = int(os.environ.get("ISHONCH_TEST_KILLS", "6"))
ROOT = Path(__file__).parents[3]
LONGEST_LIFE = 0.4


@pytest.mark.slow
def test_whatever_moment_the_process_dies_at_the_ledger_verifies_and_keeps_what_was_committed(
    ledger: LedgerAt,
) -> None:
    """F5."""
    chance = random.Random()  # noqa: S311 - moments, not secrets
    url = ledger.database.engine.url.render_as_string(hide_password=False)
    size = ledger.verify().size
    for _ in range(KILLS):
        said = killed_after(url, chance.uniform(0, LONGEST_LIFE))
        grown = ledger.verify(ledger.kept).size
        # What it said was committed is there; of what it did not come to say, one at most.
        assert said == list(range(size, size + len(said)))
        assert size + len(said) <= grown <= size + len(said) + 1
        size = grown
        ledger.kept = ledger.sign()


def killed_after(url: str, seconds: float) -> list[int]:
    """Let it append for a while; give the numbers it said before it died."""
    command = [sys.executable, "-m", "tests.unit.ledger.appender", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read()
    return [int(line) for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
