"""What the office calls things about evidence in a page."""

from flask_babel import gettext as _

from casework.evidence.cleaning.faults import CleaningFault
from casework.evidence.states import CustodyAction, Hold, ItemKind, ItemState
from portal.views.words import State


def item_kind_words(kind: str) -> str:
    """Name what an item is."""
    words: dict[ItemKind, str] = {
        ItemKind.ATTACHED: _("A file of a report"),
        ItemKind.UPLOADED: _("A file the service added"),
        ItemKind.COPY: _("A cleaned copy"),
        ItemKind.PHYSICAL: _("A paper or a thing"),
    }
    return words[ItemKind(kind)]


def item_state_words(state: str) -> State:
    """Name where an item stands."""
    words = {
        ItemState.HELD: _("Held"),
        ItemState.RETURNED: _("Returned"),
        ItemState.DESTROYED: _("Destroyed"),
    }
    return State(state, words[ItemState(state)])


def custody_words(action: str) -> str:
    """Say what happened to an item."""
    words: dict[CustodyAction, str] = {
        CustodyAction.RECEIVE: _("Registered"),
        CustodyAction.VIEW: _("Opened"),
        CustodyAction.EXPORT: _("Taken out of the office"),
        CustodyAction.COPY: _("A cleaned copy was made"),
        CustodyAction.RETURN: _("Returned"),
        CustodyAction.DESTROY: _("Destroyed"),
    }
    return words[CustodyAction(action)]


def hold_words(hold: Hold) -> str:
    """Say what keeps an item."""
    words: dict[Hold, str] = {
        Hold.REPORT: _("This file belongs to a report, and is destroyed with it."),
        Hold.FINDING: _("A finding rests on this item. Take that back first."),
    }
    return words[hold]


def cleaning_fault_words(fault: CleaningFault) -> str:
    """Say why there is no cleaned copy, and what to do instead."""
    words: dict[CleaningFault, str] = {
        CleaningFault.KIND: _(
            "This cannot be cleaned: only JPEG, PNG and WEBP pictures, and PDF, DOCX, XLSX and PPTX documents can be, "
            "with no other kind of picture inside. Print it, or take a picture of the screen, and add that as a file."
        ),
        CleaningFault.TOO_LARGE: _(
            "This cannot be cleaned: it is too large. Divide it, and add the parts you need as files."
        ),
        CleaningFault.LOCKED: _(
            "This cannot be cleaned: it has a password. Save it without one, and add that as a file."
        ),
        CleaningFault.DAMAGED: _(
            "This cannot be cleaned: it is damaged, or not what it says it is. The original stays as it is."
        ),
    }
    return words[fault]
