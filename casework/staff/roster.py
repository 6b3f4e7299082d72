"""The roster of this instance: the active members who sit at a desk, signed for the portal."""

import hashlib
from datetime import date, datetime

from sqlalchemy.orm import Session

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff import service as staff
from casework.staff.states import AccountState
from crypto.recipients import Recipient
from portal.organisation import Organisation
from portal.roster import Receiver, Roster, sign_roster


def roster_name(verifier: str) -> str:
    """Give the instance's name, by which its roster key is known."""
    return verifier.partition("+")[0]


def receivers(db: Session, organisation: Organisation) -> tuple[Receiver, ...]:
    """Give those who are to receive reports, in the order of the profile's positions."""
    holders = {
        member.position: member
        for member in staff.all_members(db)
        if member.state == AccountState.ACTIVE and member.position
    }
    return tuple(
        Receiver(
            position.id,
            position.desk,
            position.head,
            Recipient(holders[position.id].recipient or b""),
        )
        for position in organisation.positions
        if position.id in holders
    )


def signed_roster(
    db: Session,
    organisation: Organisation,
    *,
    verifier: str,
    seed: bytes,
    now: datetime,
    today: date,
    by: str | None = None,
) -> str:
    """Write and sign the roster as the accounts are now; raises ValueError if there is nobody to name.

    The ledger keeps the digest of the note, so that a list nobody of the office signed stands out.
    """
    name = roster_name(verifier)
    note = sign_roster(Roster(name, today, receivers(db, organisation)), name, seed)
    change = {"sha256": hashlib.sha256(note.encode()).hexdigest()}
    record(db, act=Act.ROSTER_SIGNED, actor_id=by, subject=name, now=now, change=change)
    return note
