"""What can be wrong with the filing log."""

from enum import StrEnum


class LogFault(StrEnum):
    """Why the office does not cosign the filing log."""

    # There is no checkpoint, or the log's key did not sign it.
    CHECKPOINT = "checkpoint"
    # It is shorter than what was cosigned.
    ROLLED_BACK = "rolled_back"
    # Entries that were signed are not there.
    CUT = "cut"
    # Its entries are not those that were signed.
    EDITED = "edited"
    # It does not begin with what was cosigned.
    FORKED = "forked"
