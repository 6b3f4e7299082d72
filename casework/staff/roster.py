"""The roster of this instance: the active members who sit at a desk, signed for the portal."""

from datetime import date

from sqlalchemy.orm import Session

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
    db: Session, organisation: Organisation, *, verifier: str, seed: bytes, today: date
) -> str:
    """Write and sign the roster as the accounts are now; raises ValueError if there is nobody to name."""
    name = roster_name(verifier)
    return sign_roster(Roster(name, today, receivers(db, organisation)), name, seed)
