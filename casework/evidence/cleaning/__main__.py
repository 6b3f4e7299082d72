"""Cleans what comes in, and gives it out: a fault's name as the exit status, or the ending, a line end and the copy.

    python -m casework.evidence.cleaning < original > copy

First of all it gives up what it does not need: it can write to no file, so nothing of a document ever rests in clear on a disk;
it has so much memory and so much time, and leaves no core.
"""

import resource
import sys

from casework.evidence.cleaning.faults import CannotBeCleaned
from casework.evidence.cleaning.files import clean
from casework.evidence.cleaning.limits import MAX_BYTES, MEMORY_BYTES, SECONDS, STATUS


def main() -> int:
    """Do it; give the exit status."""
    for limit, value in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, SECONDS),
    ):
        resource.setrlimit(limit, (value, value))
    try:
        suffix, content = clean(sys.stdin.buffer.read(MAX_BYTES + 1))
    except CannotBeCleaned as error:
        return STATUS[error.fault]
    sys.stdout.buffer.write(suffix.encode() + b"\n" + content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
