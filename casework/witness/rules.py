"""Whether the filing log still begins with all that was cosigned of it (docs/formats-logs.md, section 3)."""

from datetime import UTC, date, datetime

from casework.witness.states import LogFault
from crypto.checkpoints import Checkpoint, open_checkpoint
from crypto.errors import ProofError
from crypto.merkle import Frontier, leaf_hash
from portal.mailbox.filing_log import LogView

_SAID = {
    LogFault.CHECKPOINT: "its checkpoint is missing, or was not signed with its key",
    LogFault.ROLLED_BACK: "it is shorter than it was",
    LogFault.CUT: "entries that were signed are missing",
    LogFault.EDITED: "its entries are not those that were signed",
    LogFault.FORKED: "it does not begin with what was cosigned before",
}


class LogRefused(Exception):
    """The filing log is not what was cosigned before, or not what it signed."""

    def __init__(self, fault: LogFault) -> None:
        super().__init__(_SAID[fault])
        self.fault = fault


def grown(kept: Frontier, view: LogView, log: str) -> tuple[Checkpoint, Frontier]:
    """Give the newest checkpoint and the tree it names; raises LogRefused unless that tree grew out of the one kept.

    All entries are read, not the new ones alone: one that was edited after it was cosigned shows as well.
    """
    checkpoint = _checkpoint(view.note, log)
    if checkpoint.size < kept.size:
        raise LogRefused(LogFault.ROLLED_BACK)
    leaves = [leaf_hash(entry) for entry in view.entries[: checkpoint.size]]
    if len(leaves) < checkpoint.size:
        raise LogRefused(LogFault.CUT)
    tree = Frontier.of(leaves)
    if tree.root != checkpoint.root:
        raise LogRefused(LogFault.EDITED)
    if Frontier.of(leaves[: kept.size]) != kept:
        raise LogRefused(LogFault.FORKED)
    return checkpoint, tree


def moment_of(day: date) -> int:
    """Give what a cosignature says of a day: its beginning in UTC, in POSIX seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _checkpoint(note: str | None, log: str) -> Checkpoint:
    try:
        return open_checkpoint(note or "", log)
    except ProofError as error:
        raise LogRefused(LogFault.CHECKPOINT) from error
