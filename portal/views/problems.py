"""Why something sent was not received, in words for the person who sent it."""

from dataclasses import dataclass

from flask import g
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.sealed_files import Fault
from portal.uploads import sealed_files
from portal.views.kept import lost_files

FAULT_STATUS = {
    Fault.TOO_LARGE: 413,
    Fault.TOO_MANY: 413,
    Fault.STORAGE: 503,
    Fault.BUSY: 503,
    Fault.REFUSED: 400,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form comes back: a sentence for the top of the page, empty where the fields say it, and the status."""

    words: str
    status: int


def arrival_problem(fields: MultiDict[str, str]) -> Problem | None:
    """Say whether this did not arrive as it was sent: from a page too old, or without files that should have come."""
    if g.get("csrf_problem"):
        return Problem(_expired(with_files=bool(sealed_files().fault or lost_files(fields))), 400)
    if fault := sealed_files().fault:
        return fault_problem(fault, lost_files(fields))
    return None


def fault_problem(fault: Fault, more: str = "") -> Problem:
    """Say what went wrong with the files or the store, and what else there is to say."""
    return Problem(f"{fault_words(fault)} {more}".strip(), FAULT_STATUS[fault])


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


def _expired(*, with_files: bool) -> str:
    """Say that the page was too old; no file is taken from such a page, for it may not be ours at all (B1)."""
    if with_files:
        return str(
            _(
                "This was NOT received: the page was open for too long. "
                "Please add the files again and send it again."
            )
        )
    return str(_("This was NOT received: the page was open for too long. Please send it again."))
