"""Opening a dossier is an act of its own: it stands in the ledger before anything of the dossier is shown."""

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.web.access import actor
from casework.web.services import office


def note_opening(dossier_id: str, *, file: str = "") -> None:
    """Write into the ledger that the member at work opens a dossier, or a file of it.

    In a transaction of its own, for the request is one that reads. Where it cannot be written, nothing is shown.
    """
    change = {"file": file} if file else None
    with office().database.transaction() as db:
        record(
            db,
            act=Act.DOSSIER_OPENED,
            actor_id=actor().id,
            subject=dossier_id,
            now=office().clock(),
            change=change,
        )
