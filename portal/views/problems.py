"""Why something sent was not received, in words for the person who sent it."""

from flask_babel import gettext as _

from portal.sealed_files import Fault

FAULT_STATUS = {
    Fault.TOO_LARGE: 413,
    Fault.TOO_MANY: 413,
    Fault.STORAGE: 503,
    Fault.BUSY: 503,
    Fault.REFUSED: 400,
}


def fault_words(fault: Fault) -> str:
    """Say that it was not received, why, and what to do; what was typed stands below the sentence."""
    words: dict[Fault, str] = {
        Fault.TOO_LARGE: _(
            "This was NOT received: the files are too large together. Take some out and send it again."
        ),
        Fault.TOO_MANY: _(
            "This was NOT received: there are too many files. Take some out and send it again."
        ),
        Fault.STORAGE: _(
            "This was NOT received: we could not store it. What you typed is still here. "
            "Try again in a few minutes, or call us."
        ),
        Fault.BUSY: _(
            "This was NOT received: too many people are writing at this moment. "
            "What you typed is still here. Please send it again."
        ),
        Fault.REFUSED: _("This was NOT received: the page had expired. Please open it again."),
    }
    return words[fault]
