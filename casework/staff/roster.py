"""The roster of this instance: the active members who sit at a desk, signed for the portal."""

import hashlib
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff import service as staff
from casework.staff.states import AccountState
from crypto.recipients import Recipient
from portal.organisation import Organisation
from portal.roster import Receiver, Roster, sign_roster

# The portal reads the list for each report; a form that is open, and what is sent at midnight, have a day and a half.
FORMER_DAYS = 2


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
    _let_former_keys_end(db, organisation, today)
    change = {"sha256": hashlib.sha256(note.encode()).hexdigest()}
    record(db, act=Act.ROSTER_SIGNED, actor_id=by, subject=name, now=now, change=change)
    return note


def _let_former_keys_end(db: Session, organisation: Organisation, today: date) -> None:
    """From now on reports come to the present keys: say until when one may still come to a key before."""
    named = {receiver.recipient.raw for receiver in receivers(db, organisation)}
    for member in staff.all_members(db):
        if member.former_sealed and member.recipient in named and member.former_until is None:
            member.former_until = today + timedelta(days=FORMER_DAYS)
    db.flush()
