"""The verbs of the office's accounts. None commits, reads the clock, or knows a web framework."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyotp
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casework.staff.models import Member, StaffSession
from casework.staff.states import TRANSITIONS, AccountAction, AccountState, Role
from casework.transitions import next_state
from crypto.age import seal, unseal
from crypto.errors import PasswordError
from crypto.passwords import (
    Profile,
    decoy_wrap,
    needs_rehash,
    new_recovery_code,
    normalise_recovery_code,
    unwrap_identity,
    wrap_identity,
)
from crypto.recipients import Identity, Recipient

INVITATION_DAYS = 7
STEP_SECONDS = 30
# A clock may go half a minute wrong either way.
_WINDOW = (0, -1, 1)
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_CODE = re.compile(r"\d{6}")


class StaffError(Exception):
    """The family of what the office's accounts refuse."""


class UsernameRefused(StaffError):
    """A user name is 2 to 32 small Latin letters, digits, dots, dashes; so no two look alike (C16)."""


class UsernameTaken(StaffError):
    """There is, or was, an account of this name."""


class PositionTaken(StaffError):
    """Somebody holds this position."""


class InvitationRefused(StaffError):
    """No open invitation has this name and code, or its day has passed."""


class LoginRefused(StaffError):
    """The name and the password, or the recovery code, do not belong together; which of them is wrong stays unsaid."""


class CodeRefused(StaffError):
    """The six digits are not the present ones, or were used before."""


class LastAdministrator(StaffError):
    """Without an administrator nobody could ever be invited again."""


@dataclass(frozen=True, slots=True, repr=False)
class Actor:
    """A member at work: who they are, and the key that their session holds."""

    id: str
    username: str
    name: str
    role: Role
    identity: Identity


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an enrolling member's session holds until the second factor works: nothing of it is in the database yet."""

    member_id: str
    identity: Identity
    password_wrap: bytes
    totp_secret: str


def invite(
    db: Session, *, username: str, name: str, role: Role, position: str | None, today: date
) -> str:
    """Make an account that waits for its person; give the code to hand over, which is stored as a hash."""
    if not _USERNAME.fullmatch(username):
        raise UsernameRefused
    code = new_recovery_code()
    _refuse_taken(db, username, position)
    db.add(
        Member(
            username=username,
            name=name,
            role=role,
            position=position,
            invitation_hash=_hash(code),
            invitation_expires=invitation_end(today),
        )
    )
    try:
        db.flush()
    except IntegrityError as error:  # somebody else was faster
        raise UsernameTaken from error
    return code


def invitation_end(today: date) -> date:
    """Give the last day on which an invitation of today works."""
    return today + timedelta(days=INVITATION_DAYS)


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
    step = _matching_step(enrolment.totp_secret, code, now)
    if step is None:
        raise CodeRefused
    recovery_code = new_recovery_code()
    recovery_wrap = wrap_identity(
        enrolment.identity, normalise_recovery_code(recovery_code), profile
    )
    member = _locked(db, enrolment.member_id)
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
    return recovery_code


def check_password(
    db: Session, *, username: str, password: str, profile: Profile
) -> tuple[Member, Identity]:
    """Open a member's key; raises LoginRefused. Costs one Argon2id, whoever the name belongs to (A1)."""
    member = _active(db, username)
    return _opened(member, member.password_wrap if member else None, password, profile)


def check_recovery_code(
    db: Session, *, username: str, recovery_code: str, profile: Profile
) -> tuple[Member, Identity]:
    """Open a member's key with the printed code; raises LoginRefused. Costs one Argon2id, unless the code is mistyped."""
    member = _active(db, username)
    try:
        secret = normalise_recovery_code(recovery_code)
    except PasswordError as error:
        raise LoginRefused from error
    return _opened(member, member.recovery_wrap if member else None, secret, profile)


def set_password(db: Session, *, member_id: str, password_wrap: bytes) -> None:
    """Put a new password in force; every session of the member ends (A13)."""
    member = _locked(db, member_id)
    if member is None or member.state != AccountState.ACTIVE:
        raise LoginRefused
    member.password_wrap = password_wrap
    _drop_sessions(db, member_id)
    db.flush()


def renew_wrap(
    db: Session, member_id: str, identity: Identity, *, password: str, profile: Profile
) -> None:
    """Wrap a key anew if its wrap was made with other parameters (A27)."""
    member = db.get(Member, member_id)
    if member and member.password_wrap and needs_rehash(member.password_wrap, profile):
        member.password_wrap = wrap_identity(identity, password, profile)
        db.flush()


def check_code(
    db: Session, *, member_id: str, identity: Identity, code: str, now: datetime
) -> None:
    """Check the second factor and use it up; raises CodeRefused.

    The step only ever grows, in one conditional UPDATE: a code works once, whoever else shows it at the same moment (A20).
    """
    member = db.get(Member, member_id)
    if member is None or member.totp_sealed is None:
        raise CodeRefused
    step = _matching_step(unseal(member.totp_sealed, identity).decode(), code, now)
    if step is None:
        raise CodeRefused
    used = db.execute(
        sa.update(Member)
        .where(Member.id == member_id, Member.totp_step < step)
        .values(totp_step=step)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise CodeRefused


def disable(db: Session, *, member_id: str) -> None:
    """Close an account and all its sessions; raises LastAdministrator, or IllegalTransition if it is closed already."""
    administrators = db.scalars(
        sa.select(Member)
        .where(Member.role == Role.ADMINISTRATOR, Member.state == AccountState.ACTIVE)
        .with_for_update()
    ).all()
    if [member.id for member in administrators] == [member_id]:
        raise LastAdministrator
    member = _locked(db, member_id)
    if member is None:
        return
    _move(member, AccountAction.DISABLE)
    member.invitation_hash, member.invitation_expires = None, None
    _drop_sessions(db, member_id)
    db.flush()


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


def roster_seed(db: Session, actor: Actor) -> bytes | None:
    """Open the private half of the roster key, if this administrator was given it."""
    member = db.get(Member, actor.id)
    return unseal(member.roster_key, actor.identity) if member and member.roster_key else None


def _opened(
    member: Member | None, wrap: bytes | None, secret: str, profile: Profile
) -> tuple[Member, Identity]:
    """Unwrap a key; for a name nobody has, spend the same on a wrap nobody can open."""
    try:
        identity = unwrap_identity(wrap or decoy_wrap(profile), secret)
    except PasswordError as error:
        raise LoginRefused from error
    if member is None:
        raise LoginRefused
    return member, identity


def _refuse_taken(db: Session, username: str, position: str | None) -> None:
    if find_member(db, username) is not None:
        raise UsernameTaken
    holder = sa.select(Member.id).where(
        Member.position == position, Member.state != AccountState.DISABLED
    )
    if position is not None and db.scalar(holder) is not None:
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


def _active(db: Session, username: str) -> Member | None:
    found = sa.select(Member).where(
        Member.username == username, Member.state == AccountState.ACTIVE
    )
    return db.scalar(found)


def _locked(db: Session, member_id: str) -> Member | None:
    return db.scalar(sa.select(Member).where(Member.id == member_id).with_for_update())


def _move(member: Member, action: AccountAction) -> None:
    """Change an account's state: the one place that does."""
    member.state = next_state(TRANSITIONS, AccountState(member.state), action)


def _drop_sessions(db: Session, member_id: str) -> None:
    db.execute(sa.delete(StaffSession).where(StaffSession.member_id == member_id))


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Find which thirty-second step a code belongs to, among the present one and its neighbours."""
    digits = "".join(code.split())
    if not _CODE.fullmatch(digits) or not digits.isascii():
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    matching = [
        present + offset
        for offset in _WINDOW
        if hmac.compare_digest(totp.generate_otp(present + offset), digits)
    ]
    return matching[0] if matching else None


def _hash(code: str) -> bytes:
    """Give what is stored of an invitation code: it has 130 bits, so a plain hash is enough."""
    return hashlib.sha256(b"ishonch/v1 invitation" + code.encode()).digest()
