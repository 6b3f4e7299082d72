"""Why a file cannot be cleaned."""

from enum import StrEnum


class CleaningFault(StrEnum):
    """What is in the way."""

    # Not a kind of file this can clean, or with something in it that cannot be.
    KIND = "kind"
    # More bytes, pixels or members than would be opened.
    TOO_LARGE = "too_large"
    # Opens with a password only.
    LOCKED = "locked"
    # Not what it says it is, or broken.
    DAMAGED = "damaged"


class CannotBeCleaned(Exception):
    """A file stays as it is; `fault` says why."""

    def __init__(self, fault: CleaningFault) -> None:
        super().__init__(fault)
        self.fault = fault
