"""The life of one entry of a dossier's correspondence."""

from collections.abc import Mapping
from enum import StrEnum

from casework.staff.states import READERS, Role


class EntryState(StrEnum):
    """Where a letter stands: the informant's are received, the office's wait, are sent, or are dropped."""

    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    QUEUED = "queued"
    DELIVERED = "delivered"
    DISCARDED = "discarded"


class EntryAction(StrEnum):
    """What changes an entry's state."""

    WITHDRAW = "withdraw"
    APPROVE = "approve"
    DISCARD = "discard"
    DELIVER = "deliver"


TRANSITIONS: Mapping[tuple[EntryState, EntryAction], EntryState] = {
    (EntryState.RECEIVED, EntryAction.WITHDRAW): EntryState.WITHDRAWN,
    (EntryState.HELD, EntryAction.APPROVE): EntryState.QUEUED,
    (EntryState.HELD, EntryAction.DISCARD): EntryState.DISCARDED,
    (EntryState.QUEUED, EntryAction.DELIVER): EntryState.DELIVERED,
}
# The informant withdraws and the post delivers: no role of the office does either.
PERMITTED: Mapping[EntryAction, frozenset[Role]] = {
    EntryAction.APPROVE: READERS,
    EntryAction.DISCARD: READERS,
}
