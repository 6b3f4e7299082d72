"""The life of a piece of evidence: what it is, where it stands, and what happens to it in whose hands."""

from collections.abc import Mapping
from enum import StrEnum

from casework.staff.states import READERS, Role


class ItemKind(StrEnum):
    """What an item is: a file of a report, a file the service added, a cleaned copy of either, or a thing without a file."""

    ATTACHED = "attached"
    UPLOADED = "uploaded"
    COPY = "copy"
    PHYSICAL = "physical"


class ItemState(StrEnum):
    """Where an item stands."""

    HELD = "held"
    RETURNED = "returned"
    DESTROYED = "destroyed"


class CustodyAction(StrEnum):
    """What happens to an item; each time is an event of its custody. It is received once, when it is registered."""

    RECEIVE = "receive"
    VIEW = "view"
    EXPORT = "export"
    COPY = "copy"
    RETURN = "return"
    DESTROY = "destroy"


class Hold(StrEnum):
    """Why an item is not destroyed: it is a report's and goes with it, or a finding rests on it."""

    REPORT = "report"
    FINDING = "finding"


TRANSITIONS: Mapping[tuple[ItemState, CustodyAction], ItemState] = {
    (ItemState.HELD, CustodyAction.VIEW): ItemState.HELD,
    (ItemState.HELD, CustodyAction.EXPORT): ItemState.HELD,
    (ItemState.HELD, CustodyAction.COPY): ItemState.HELD,
    (ItemState.HELD, CustodyAction.RETURN): ItemState.RETURNED,
    (ItemState.HELD, CustodyAction.DESTROY): ItemState.DESTROYED,
}
# Whoever reads the case; what else bars them, the case's own table says.
PERMITTED: Mapping[CustodyAction, frozenset[Role]] = dict.fromkeys(CustodyAction, READERS)
# What is done to things, to files, and to what is the case's own to give away.
_FILES = frozenset({ItemKind.ATTACHED, ItemKind.UPLOADED, ItemKind.COPY})
KINDS: Mapping[CustodyAction, frozenset[ItemKind]] = {
    CustodyAction.RECEIVE: frozenset(ItemKind),
    CustodyAction.VIEW: _FILES,
    CustodyAction.EXPORT: frozenset(ItemKind),
    CustodyAction.COPY: _FILES - {ItemKind.COPY},
    CustodyAction.RETURN: frozenset({ItemKind.ATTACHED, ItemKind.PHYSICAL}),
    CustodyAction.DESTROY: frozenset(ItemKind) - {ItemKind.ATTACHED},
}
# These are done for a reason, in words.
REASONED = frozenset({CustodyAction.EXPORT, CustodyAction.RETURN, CustodyAction.DESTROY})
