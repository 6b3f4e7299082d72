"""The verbs of the office's accounts. None commits, reads the clock, or knows a web framework."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

import pyotp
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.auditors import make_key_for_first
from casework.staff.errors import (
    CodeRefused,
    InvitationRefused,
    LastAdministrator,
    NameRefused,
    PositionTaken,
    PositionUnfit,
    UsernameRefused,
    UsernameTaken,
)
from casework.staff.models import Member, StaffSession
from casework.staff.rules import fits, invitation_end, is_name, is_username, matching_step
from casework.staff.states import TRANSITIONS, AccountAction, AccountState, Role
from casework.transitions import next_state
from crypto.age import seal, unseal
from crypto.errors import OpenError, PasswordError
from crypto.passwords import (
    Profile,
    new_recovery_code,
    normalise_recovery_code,
    wrap_identity,
)
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound
from portal.organisation import Position


@dataclass(frozen=True, slots=True, repr=False)
class Actor:
    """A member at work: who they are, and the key that their session holds."""

    id: str
    username: str
    name: str
    role: Role
    identity: Identity

    @classmethod
    def of(cls, member: Member, identity: Identity) -> Self:
        """Put a member's account and their open key together."""
        return cls(member.id, member.username, member.name, Role(member.role), identity)


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an enrolling member's session holds until the second factor works: nothing of it is in the database yet."""

    member_id: str
    identity: Identity
    password_wrap: bytes
    totp_secret: str


def invite(
    db: Session,
    *,
    username: str,
    name: str,
    role: Role,
    position: Position | None,
    now: datetime,
    today: date,
    by: str | None = None,
) -> str:
    """Make an account that waits for its person; give the code to hand over, which is stored as a hash.

    `by` is the administrator's id; nobody's where it is done at the machine itself.
    """
    if not is_username(username):
        raise UsernameRefused
    if not is_name(name):
        raise NameRefused
    if not fits(role, position):
        raise PositionUnfit
    _refuse_taken(db, username, position)
    code = new_recovery_code()
    member = Member(
        username=username,
        name=name,
        role=role,
        position=position.id if position else None,
        invitation_hash=_hash(code),
        invitation_expires=invitation_end(today),
    )
    try:
        with db.begin_nested():
            db.add(member)
    except IntegrityError:
        _refuse_taken(db, username, position)  # somebody else was faster
        raise
    change = {"role": role.value} | ({"position": position.id} if position else {})
    record(db, act=Act.MEMBER_INVITED, actor_id=by, subject=member.id, now=now, change=change)
    return code


def begin_enrolment(
    db: Session, *, username: str, code: str, password: str, profile: Profile, today: date
) -> Enrolment:
    """Check an invitation and make the member's key pair; raises InvitationRefused. Costs one Argon2id."""
    member = _invited(db, username, code, today)
    identity = Identity.generate()
    return Enrolment(
        member_id=member.id,
        identity=identity,
        password_wrap=wrap_identity(identity, password, profile),
        totp_secret=pyotp.random_base32(),
    )


def finish_enrolment(
    db: Session, enrolment: Enrolment, *, code: str, profile: Profile, now: datetime, today: date
) -> str:
    """Activate the account if the second factor works; give the recovery code to print. Costs one Argon2id.

    Raises CodeRefused, or InvitationRefused if the invitation was used or closed meanwhile.
    """
    step = matching_step(enrolment.totp_secret, code, now)
    if step is None:
        raise CodeRefused
    recovery_code = new_recovery_code()
    recovery_wrap = wrap_identity(
        enrolment.identity, normalise_recovery_code(recovery_code), profile
    )
    member = locked_member(db, enrolment.member_id)
    if member is None or member.state != AccountState.INVITED or _is_over(member, today):
        raise InvitationRefused
    recipient = enrolment.identity.recipient
    _move(member, AccountAction.ENROL)
    member.invitation_hash, member.invitation_expires = None, None
    member.recipient, member.password_wrap = recipient.raw, enrolment.password_wrap
    member.recovery_wrap = recovery_wrap
    member.totp_sealed = seal(enrolment.totp_secret.encode(), [recipient])
    member.totp_step = step
    db.flush()
    record(db, act=Act.MEMBER_ENROLLED, actor_id=member.id, subject=member.id, now=now)
    if member.role == Role.AUDITOR:
        make_key_for_first(db, member, now=now)
    return recovery_code


def disable(db: Session, *, member_id: str, now: datetime, by: str | None = None) -> None:
    """Close an account and all its sessions.

    Raises NotFound, LastAdministrator, or IllegalTransition if it is closed already.
    """
    # All of them are locked, in one order: two who close each other's accounts at once cannot both succeed (F7).
    administrators = db.scalars(
        sa.select(Member)
        .where(Member.role == Role.ADMINISTRATOR, Member.state == AccountState.ACTIVE)
        .order_by(Member.id)
        .with_for_update()
    ).all()
    if [member.id for member in administrators] == [member_id]:
        raise LastAdministrator
    member = locked_member(db, member_id)
    if member is None:
        raise NotFound
    _move(member, AccountAction.DISABLE)
    member.invitation_hash, member.invitation_expires = None, None
    drop_sessions(db, member_id)
    db.flush()
    record(db, act=Act.MEMBER_DISABLED, actor_id=by, subject=member_id, now=now)


def find_member(db: Session, username: str) -> Member | None:
    """Find an account by its user name."""
    return db.scalar(sa.select(Member).where(Member.username == username))


def member_by_id(db: Session, member_id: str) -> Member | None:
    """Get an account, whatever its state."""
    return db.get(Member, member_id)


def active_member(db: Session, member_id: str) -> Member | None:
    """Get the account of a session, unless it was closed since."""
    found = sa.select(Member).where(Member.id == member_id, Member.state == AccountState.ACTIVE)
    return db.scalar(found)


def locked_member(db: Session, member_id: str) -> Member | None:
    """Get an account as it is now, and hold its row until the transaction ends."""
    mine = sa.select(Member).where(Member.id == member_id).with_for_update()
    return db.scalar(mine.execution_options(populate_existing=True))


def drop_sessions(db: Session, member_id: str, *, but: bytes | None = None) -> None:
    """End all sessions of a member (A13), but for the one of this name if it is given."""
    theirs = sa.delete(StaffSession).where(StaffSession.member_id == member_id)
    db.execute(theirs.where(StaffSession.id_hash != but) if but else theirs)


def all_members(db: Session) -> Sequence[Member]:
    """List the accounts, by name."""
    return db.scalars(sa.select(Member).order_by(Member.username)).all()


def names(db: Session) -> Mapping[str, str]:
    """Give each member's name, by id."""
    return {row.id: row.name for row in db.execute(sa.select(Member.id, Member.name))}


def share_roster_key(db: Session, seed: bytes) -> None:
    """Seal the private half of the roster key to each active administrator who does not have it yet."""
    without = sa.select(Member).where(
        Member.role == Role.ADMINISTRATOR,
        Member.state == AccountState.ACTIVE,
        Member.roster_key.is_(None),
    )
    for member in db.scalars(without):
        member.roster_key = seal(seed, [Recipient(member.recipient or b"")])
    db.flush()


def roster_seed(db: Session, member_id: str, identity: Identity) -> bytes | None:
    """Open the private half of the roster key, if this administrator was given it."""
    member = db.get(Member, member_id)
    return unseal(member.roster_key, identity) if member and member.roster_key else None


def former_identity(db: Session, actor: Actor) -> Sequence[Identity]:
    """Open the key a member had before, as long as reports may still come to it; none or one."""
    member = db.get(Member, actor.id)
    if member is None or member.former_sealed is None:
        return ()
    try:
        return (Identity(unseal(member.former_sealed, actor.identity)),)
    except OpenError:
        return ()


def _refuse_taken(db: Session, username: str, position: Position | None) -> None:
    if find_member(db, username) is not None:
        raise UsernameTaken
    in_use = sa.select(Member.id).where(Member.state != AccountState.DISABLED)
    if position and db.scalar(in_use.where(Member.position == position.id)) is not None:
        raise PositionTaken


def _invited(db: Session, username: str, code: str, today: date) -> Member:
    member = find_member(db, username)
    try:
        hashed = _hash(normalise_recovery_code(code))
    except PasswordError as error:
        raise InvitationRefused from error
    expected = member.invitation_hash if member and member.invitation_hash else bytes(len(hashed))
    if not hmac.compare_digest(hashed, expected) or member is None or _is_over(member, today):
        raise InvitationRefused
    return member


def _is_over(member: Member, today: date) -> bool:
    return member.invitation_expires is None or today > member.invitation_expires


def _move(member: Member, action: AccountAction) -> None:
    """Change an account's state: the one place that does."""
    member.state = next_state(TRANSITIONS, AccountState(member.state), action)


def _hash(code: str) -> bytes:
    """Give what is stored of an invitation code: it has 130 bits, so a plain hash is enough."""
    return hashlib.sha256(b"ishonch/v1 invitation" + code.encode()).digest()
