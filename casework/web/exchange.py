"""The post, as requests use it: what cannot be reached now is tried again in the next round, and nobody's page fails for it."""

from sqlalchemy.exc import SQLAlchemyError

from casework.dossiers import service as dossiers
from casework.people.rotation import forget_former
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.staff.states import READERS, Role
from casework.web.services import OfficeServices, office
from crypto.recipients import Identity
from portal.logs import log_event

CLAIM_BATCH = 50
CLAIM_ROUNDS = 20


def exchange() -> bool:
    """Deliver and collect; False if a store cannot be reached."""
    return exchange_between(office())


def exchange_between(here: OfficeServices) -> bool:
    """Deliver and collect, also where there is no request; False if a store cannot be reached."""
    try:
        here.post.exchange(here.clock())
    except (OSError, SQLAlchemyError) as error:
        log_event("storage", error=error)
        return False
    return True


def claim(actor: Actor) -> None:
    """Find out which of the collected reports are this member's to read.

    Each try costs time, so it holds no lock, and one request makes so many only: who has just joined finds the rest in the next.
    """
    for _ in range(CLAIM_ROUNDS):
        with office().database.reading() as db:
            tried = dossiers.try_offers(db, actor, at_most=CLAIM_BATCH)
        if not tried:
            return
        with office().database.transaction() as db:
            dossiers.note_tried(db, actor, tried)


def collect_for(member_id: str, identity: Identity) -> bool:
    """Collect for a member who has just signed in; False if a store cannot be reached."""
    with office().database.reading() as db:
        account = staff.active_member(db, member_id)
    if account is None or Role(account.role) not in READERS:
        return True
    reached = exchange()
    claim(Actor.of(account, identity))
    if reached and account.former_until is not None:
        with office().database.transaction() as db:
            forget_former(db, member_id, today=office().today())
    return reached
