"""The office's side of cleaning: a process for each file, alone with its bytes, one at a time."""

import subprocess
import sys
import threading
from pathlib import Path

from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.limits import SECONDS, STATUS
from portal.errors import Busy

_ROOT = Path(__file__).parents[3]
_FAULTS = {status: fault for fault, status in STATUS.items()}
_PATIENCE_SECONDS = 20
# Each may take a gigabyte and more.
_ONE_AT_A_TIME = threading.Lock()


def cleaned(data: bytes) -> tuple[str, bytes]:
    """Give the ending and the bytes of a cleaned copy; raises CannotBeCleaned, and Busy while others are being made.

    A file that brings its reader down, or takes too much, only ends that process.
    """
    if not _ONE_AT_A_TIME.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy
    try:
        suffix, _, content = _run(data).partition(b"\n")
    finally:
        _ONE_AT_A_TIME.release()
    return suffix.decode("ascii"), content


def _run(data: bytes) -> bytes:
    command = [sys.executable, "-m", "casework.evidence.cleaning"]
    try:
        # Nothing of ours goes along: no environment, no open file but the two pipes. What it says goes nowhere, for it
        # could quote the document.
        ended = subprocess.run(  # noqa: S603 - our own module; the document comes through a pipe
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd=_ROOT,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE) from error
    if ended.returncode:
        # Without a status of its own it was ended for what it took, or it broke.
        raise CannotBeCleaned(_FAULTS.get(ended.returncode, CleaningFault.DAMAGED))
    return ended.stdout
