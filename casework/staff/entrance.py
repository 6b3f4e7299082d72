"""The verbs of signing in: what opens a member's key, and what lets its holder in."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.errors import CodeRefused, LoginRefused
from casework.staff.models import Member
from casework.staff.rules import matching_step
from casework.staff.service import drop_sessions, locked_member
from casework.staff.states import AccountState
from crypto.age import seal, unseal
from crypto.errors import PasswordError
from crypto.passwords import (
    Profile,
    decoy_wrap,
    needs_rehash,
    normalise_recovery_code,
    unwrap_identity,
    wrap_identity,
)
from crypto.recipients import Identity


@dataclass(frozen=True, slots=True, repr=False)
class Unlocked:
    """A member's open key; `wrap` is what the secret opened, `renewed` what takes its place (A27)."""

    member_id: str
    identity: Identity
    wrap: bytes
    renewed: bytes | None = None


def check_password(db: Session, *, username: str, password: str, profile: Profile) -> Unlocked:
    """Open a member's key; raises LoginRefused. A refusal costs one Argon2id, whoever the name belongs to (A1)."""
    member = _active(db, username)
    unlocked = _opened(member, member.password_wrap if member else None, password, profile)
    if not needs_rehash(unlocked.wrap, profile):
        return unlocked
    return replace(unlocked, renewed=wrap_identity(unlocked.identity, password, profile))


def check_recovery_code(
    db: Session, *, username: str, recovery_code: str, profile: Profile
) -> Unlocked:
    """Open a member's key with the printed code; raises LoginRefused. Costs one Argon2id, unless the code is mistyped."""
    member = _active(db, username)
    try:
        secret = normalise_recovery_code(recovery_code)
    except PasswordError as error:
        raise LoginRefused from error
    return _opened(member, member.recovery_wrap if member else None, secret, profile)


def enter(db: Session, unlocked: Unlocked) -> None:
    """Let the holder of the key in, in the transaction that begins their session; put a renewed wrap in force.

    Raises LoginRefused if the account was closed, or its password changed, while this one was being tried (A13).
    """
    member = locked_member(db, unlocked.member_id)
    if not _is_active(member) or member.password_wrap != unlocked.wrap:
        raise LoginRefused
    if unlocked.renewed:
        member.password_wrap = unlocked.renewed
        db.flush()


def set_password(db: Session, unlocked: Unlocked, password_wrap: bytes) -> None:
    """Put a new password in force after a recovery; every session of the member ends (A13). Raises LoginRefused."""
    member = locked_member(db, unlocked.member_id)
    if not _is_active(member) or member.recovery_wrap != unlocked.wrap:
        raise LoginRefused
    member.password_wrap = password_wrap
    drop_sessions(db, member.id)
    db.flush()


def change_password(
    db: Session, member_id: str, password_wrap: bytes, *, session: bytes, now: datetime
) -> None:
    """Put a new password in force; the member's other sessions end (A13). Raises LoginRefused if the account was closed."""
    member = _held(db, member_id)
    member.password_wrap = password_wrap
    _factor_changed(db, member, "password", session=session, now=now)


def change_recovery_code(
    db: Session, member_id: str, recovery_wrap: bytes, *, session: bytes, now: datetime
) -> None:
    """Put a new recovery code in force; the one before opens nothing any more (A25). Raises LoginRefused."""
    member = _held(db, member_id)
    member.recovery_wrap = recovery_wrap
    _factor_changed(db, member, "recovery", session=session, now=now)


def change_authenticator(
    db: Session,
    member_id: str,
    identity: Identity,
    secret: str,
    *,
    code: str,
    session: bytes,
    now: datetime,
) -> None:
    """Put a new secret in force once an authenticator shows its digits; until then the one before is (A23, A24).

    Raises CodeRefused, or LoginRefused if the account was closed.
    """
    step = matching_step(secret, code, now)
    if step is None:
        raise CodeRefused
    member = _held(db, member_id)
    member.totp_sealed = seal(secret.encode(), [identity.recipient])
    member.totp_step = max(member.totp_step, step)
    _factor_changed(db, member, "authenticator", session=session, now=now)


def check_own_password(db: Session, member_id: str, identity: Identity, password: str) -> None:
    """Check that whoever holds the session knows the password as well; raises LoginRefused. Costs one Argon2id."""
    member = db.get(Member, member_id)
    if member is None or member.password_wrap is None:
        raise LoginRefused
    try:
        opened = unwrap_identity(member.password_wrap, password)
    except PasswordError as error:
        raise LoginRefused from error
    if not hmac.compare_digest(opened.seed, identity.seed):
        raise LoginRefused


def check_code(
    db: Session, *, member_id: str, identity: Identity, code: str, now: datetime
) -> None:
    """Check the second factor and use it up; raises CodeRefused.

    The step only ever grows, in one conditional UPDATE: a code works once, whoever else shows it at the same moment (A20).
    """
    member = db.get(Member, member_id)
    if member is None or member.totp_sealed is None:
        raise CodeRefused
    step = matching_step(unseal(member.totp_sealed, identity).decode(), code, now)
    if step is None:
        raise CodeRefused
    used = db.execute(
        sa.update(Member)
        .where(
            Member.id == member_id,
            Member.state == AccountState.ACTIVE,
            Member.totp_step < step,
        )
        .values(totp_step=step)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise CodeRefused


def _held(db: Session, member_id: str) -> Member:
    member = locked_member(db, member_id)
    if not _is_active(member):
        raise LoginRefused
    return member


def _factor_changed(
    db: Session, member: Member, factor: str, *, session: bytes, now: datetime
) -> None:
    drop_sessions(db, member.id, but=session)
    db.flush()
    change = {"factor": factor}
    record(
        db, act=Act.FACTOR_CHANGED, actor_id=member.id, subject=member.id, now=now, change=change
    )


def _opened(member: Member | None, wrap: bytes | None, secret: str, profile: Profile) -> Unlocked:
    """Unwrap a key; for a name nobody has, spend the same on a wrap nobody can open."""
    tried = wrap or decoy_wrap(profile)
    try:
        identity = unwrap_identity(tried, secret)
    except PasswordError as error:
        raise LoginRefused from error
    if member is None:
        raise LoginRefused
    return Unlocked(member.id, identity, tried)


def _active(db: Session, username: str) -> Member | None:
    found = sa.select(Member).where(
        Member.username == username, Member.state == AccountState.ACTIVE
    )
    return db.scalar(found)


def _is_active(member: Member | None) -> TypeGuard[Member]:
    return member is not None and member.state == AccountState.ACTIVE
