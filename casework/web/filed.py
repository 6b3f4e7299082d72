"""What the office's pages say of the portal's filing log."""

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from casework.dossiers.models import Entry
from casework.web.services import office
from casework.witness.service import fault, has_witnessed
from crypto.errors import ProofError
from portal.logs import log_event
from portal.mailbox.filing_log import position_of
from portal.mailbox.letters import Letter, entry_of


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a report stands in the filing log; `position` is None if it is not there."""

    position: int | None
    is_cosigned: bool


def filed(letter: Letter | None, entry: Entry) -> Filed | None:
    """Look a report up in the filing log by what its letter says; None for another letter, and where nobody can look now."""
    if letter is None or letter.kind != "report":
        return None
    mine = entry_of(letter, entry.sealed)
    try:
        with office().mailbox.reading() as db:
            position = position_of(db, mine) if mine else None
        return Filed(position, position is not None and _is_cosigned(position))
    except SQLAlchemyError as error:
        log_event("storage", error=error)
        return None


def filing_alarm() -> str:
    """Say that the filing log is not what was cosigned; nothing while it is."""
    with office().database.reading() as db:
        found = fault(db)
    if found is None:
        return ""
    return str(
        _(
            "The portal's filing log does not verify (%(fault)s): entries were cut, changed or replaced. Change nothing. "
            "Tell whoever runs the portal, and whoever oversees the service.",
            fault=found.value,
        )
    )


def _is_cosigned(position: int) -> bool:
    with office().database.reading() as db:
        try:
            return has_witnessed(db, position)
        except ProofError:
            return False
