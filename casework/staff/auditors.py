"""The auditors' key: what the ledger says in words is sealed to it. None of these verbs commits or reads the clock.

It is made for the first auditor who enrols, and from then on given by one auditor to the next: no administrator can make
themselves an auditor who reads what was written before (F16). Where no auditor with an open account holds it any more, whoever
enrols next gets a new one; what was sealed to the old one stays closed.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from casework.ledger.models import AuditGrant, AuditKey
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.errors import NoAuditKey
from casework.staff.models import Member
from casework.staff.states import AccountState, Role
from crypto.age import seal, unseal
from crypto.errors import EncodingError, OpenError
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound


def make_key_for_first(db: Session, member: Member, *, now: datetime) -> None:
    """Make a key for an auditor who just enrolled, unless a colleague of theirs holds one and can give it."""
    # Two who enrol at once wait for each other, or both would be the first.
    auditors = sa.select(Member.id).where(Member.role == Role.AUDITOR).order_by(Member.id)
    db.execute(auditors.with_for_update())
    if db.scalar(_holders().limit(1)) is not None:
        return
    identity = Identity.generate()
    number = (db.scalar(sa.select(sa.func.max(AuditKey.number))) or 0) + 1
    db.add(AuditKey(number=number, recipient=identity.recipient.raw))
    db.flush()
    _give(db, number, identity, member)
    change = {"key": str(number)}
    record(
        db, act=Act.AUDIT_KEY_MADE, actor_id=member.id, subject=member.id, now=now, change=change
    )


def held_keys(db: Session, member_id: str, identity: Identity) -> list[Identity]:
    """Open the keys this auditor holds, the newest first; one that is damaged or not of its number is left out."""
    return [key for _, key in _held(db, member_id, identity)]


def give_keys(db: Session, *, to: str, by: str, identity: Identity, now: datetime) -> None:
    """Give a colleague all keys that the auditor `by`, whose own identity this is, holds; raises NotFound, NoAuditKey."""
    held = _held(db, by, identity)
    if not held:
        raise NoAuditKey
    member = db.scalar(sa.select(Member).where(Member.id == to).with_for_update())
    if member is None or member.role != Role.AUDITOR or member.state != AccountState.ACTIVE:
        raise NotFound
    known = set(db.scalars(sa.select(AuditGrant.key_number).where(AuditGrant.member_id == to)))
    new = [(number, key) for number, key in held if number not in known]
    for number, key in new:
        _give(db, number, key, member, by=by)
    if new:
        record(db, act=Act.AUDIT_KEY_GIVEN, actor_id=by, subject=to, now=now)


def reseal(db: Session, member_id: str, before: Identity, after: Recipient) -> None:
    """Seal what a member holds of the auditors' keys to their own new key; what is damaged stays as it is."""
    for grant in db.scalars(sa.select(AuditGrant).where(AuditGrant.member_id == member_id)):
        key = _opened(grant.sealed, before)
        if key is not None:
            grant.sealed = seal(key.seed, [after])
    db.flush()


def waiting(db: Session, member_id: str) -> Sequence[Member]:
    """Give the auditors with an open account who lack a key that this one holds."""
    mine, theirs = aliased(AuditGrant), aliased(AuditGrant)
    same = sa.and_(theirs.key_number == mine.key_number, theirs.member_id == Member.id)
    found = (
        sa.select(Member)
        .join(mine, mine.member_id == member_id)
        .outerjoin(theirs, same)
        .where(Member.role == Role.AUDITOR, Member.state == AccountState.ACTIVE)
        .where(theirs.member_id.is_(None))
    )
    return db.scalars(found.order_by(Member.username)).unique().all()


def _holders() -> sa.Select[str]:
    """Select who holds the newest key and has an open account."""
    newest = sa.select(sa.func.max(AuditKey.number)).scalar_subquery()
    return (
        sa.select(AuditGrant.member_id)
        .join(Member, Member.id == AuditGrant.member_id)
        .where(AuditGrant.key_number == newest, Member.state == AccountState.ACTIVE)
    )


def _held(db: Session, member_id: str, identity: Identity) -> list[tuple[int, Identity]]:
    rows = (
        sa.select(AuditKey.number, AuditKey.recipient, AuditGrant.sealed)
        .join(AuditGrant, AuditGrant.key_number == AuditKey.number)
        .where(AuditGrant.member_id == member_id)
        .order_by(AuditKey.number.desc())
    )
    return [
        (number, key)
        for number, recipient, sealed in db.execute(rows)
        if (key := _opened(sealed, identity)) is not None and key.recipient.raw == recipient
    ]


def _opened(sealed: bytes, identity: Identity) -> Identity | None:
    try:
        return Identity(unseal(sealed, identity))
    except (OpenError, EncodingError):
        return None


def _give(db: Session, number: int, key: Identity, member: Member, by: str | None = None) -> None:
    sealed = seal(key.seed, [Recipient(member.recipient or b"")])
    db.add(AuditGrant(key_number=number, member_id=member.id, sealed=sealed, given_by=by))
    db.flush()
