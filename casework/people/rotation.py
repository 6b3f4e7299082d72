"""A member's new key. Until the last step the present one opens everything; what stops on the way goes on from there (F12).

First the new key is made and kept, sealed to the present one. Then each grant is sealed to it as well, some at a time, in
transactions of their own. At last, in one transaction, the new ones take the place of the present ones, and the present key is
gone: but for reports that still come to it, until a while after the list of receivers was signed anew. Nothing here commits.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.dossiers.models import Grant
from casework.dossiers.service import hold
from casework.interests.service import reseal
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.people.leaving import batched
from casework.staff import auditors
from casework.staff.models import Member
from casework.staff.service import Actor, drop_sessions, locked_member
from crypto.age import seal, unseal
from crypto.errors import OpenError
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound


class RotationError(Exception):
    """A key is not replaced; the subclass says why."""


class FormerKeyInUse(RotationError):
    """Reports may still come to the key before this one: the list of receivers is signed first."""


class NotPrepared(RotationError):
    """Some grants are not sealed to the new key yet: `prepare` goes on."""


def begin(db: Session, actor: Actor, *, now: datetime) -> None:
    """Make a new key for a member, unless one is on its way; raises FormerKeyInUse."""
    member = _held(db, actor)
    if member.former_sealed is not None:
        raise FormerKeyInUse
    if member.next_recipient is None:
        identity = Identity.generate()
        member.next_recipient = identity.recipient.raw
        member.next_sealed = seal(identity.seed, [actor.identity.recipient])
        db.flush()
        record(db, act=Act.KEY_PREPARED, actor_id=actor.id, subject=actor.id, now=now)


def prepare(db: Session, actor: Actor, *, at_most: int) -> int:
    """Seal the next grants to the new key; give how many were left before. Doing it again does nothing to those done."""
    left = db.scalars(_unprepared(actor).order_by(Grant.dossier_id)).all()
    some = left[:at_most]
    hold(db, *some)
    recipient = _next_identity(_held(db, actor), actor).recipient
    for dossier_id in some:
        grant = db.get(Grant, (dossier_id, actor.id), populate_existing=True)
        if grant is not None and grant.sealed is not None:
            grant.next_sealed = _sealed_anew(grant.sealed, actor.identity, recipient)
    db.flush()
    return len(left)


def rotate(db: Session, actor: Actor, *, password: bytes, recovery: bytes, now: datetime) -> None:
    """Put the new key in the place of the present one; every session of the member ends. Raises NotPrepared.

    `password` and `recovery` are the new key wrapped under both secrets. What else was sealed to the present one is sealed anew.
    """
    for some in batched(_all_granted(db, actor)):
        hold(db, *some)
    member = _held(db, actor)
    if db.scalars(_unprepared(actor).limit(1)).first() is not None:
        raise NotPrepared
    identity = _next_identity(member, actor)
    mine = sa.update(Grant).where(Grant.member_id == actor.id, Grant.sealed.is_not(None))
    db.execute(mine.values(sealed=Grant.next_sealed, next_sealed=None))
    _take_over(member, actor.identity, identity)
    member.password_wrap, member.recovery_wrap = password, recovery
    drop_sessions(db, actor.id)
    db.flush()
    reseal(db, actor.identity)
    auditors.reseal(db, actor.id, actor.identity, identity.recipient)
    record(db, act=Act.KEY_ROTATED, actor_id=actor.id, subject=actor.id, now=now)


def next_identity(db: Session, actor: Actor) -> Identity:
    """Open the new key of a member, to be wrapped; raises NotFound where none is on its way."""
    member = db.get(Member, actor.id)
    if member is None:
        raise NotFound
    return _next_identity(member, actor)


def is_under_way(db: Session, member_id: str) -> bool:
    """Whether a new key was begun and has not taken over yet."""
    member = db.get(Member, member_id)
    return member is not None and member.next_recipient is not None


def forget_former(db: Session, member_id: str, *, today: date) -> None:
    """Destroy the key before this one once no report can come to it any more; after all that came was tried."""
    member = locked_member(db, member_id)
    if member is not None and member.former_until is not None and today > member.former_until:
        member.former_sealed = member.former_until = None
        db.flush()


def _held(db: Session, actor: Actor) -> Member:
    """Hold a member's row; raises NotFound for a session whose key is not theirs any more."""
    member = locked_member(db, actor.id)
    if member is None or member.recipient != actor.identity.recipient.raw:
        raise NotFound
    return member


def _next_identity(member: Member, actor: Actor) -> Identity:
    if member.next_sealed is None:
        raise NotFound
    return Identity(unseal(member.next_sealed, actor.identity))


def _sealed_anew(sealed: bytes, identity: Identity, recipient: Recipient) -> bytes:
    """Seal a grant to another key; a damaged one stays as it is, and opens with neither."""
    try:
        return seal(unseal(sealed, identity), [recipient])
    except OpenError:
        return sealed


def _take_over(member: Member, before: Identity, identity: Identity) -> None:
    """Let a key take the place of the one before, with what the member's row has sealed to it."""
    recipient = identity.recipient
    member.recipient = recipient.raw
    member.totp_sealed = seal(unseal(member.totp_sealed or b"", before), [recipient])
    if member.roster_key is not None:
        member.roster_key = seal(unseal(member.roster_key, before), [recipient])
    # Nobody sends an administrator anything: there is nothing to keep the old key for.
    member.former_sealed = seal(before.seed, [recipient]) if member.position else None
    member.next_recipient = member.next_sealed = None


def _unprepared(actor: Actor) -> sa.Select[str]:
    return sa.select(Grant.dossier_id).where(
        Grant.member_id == actor.id, Grant.sealed.is_not(None), Grant.next_sealed.is_(None)
    )


def _all_granted(db: Session, actor: Actor) -> Sequence[str]:
    mine = sa.select(Grant.dossier_id).where(Grant.member_id == actor.id, Grant.sealed.is_not(None))
    return db.scalars(mine.order_by(Grant.dossier_id)).all()
