"""The verbs of the register of conflicts of interest. None commits, reads the clock, or knows a web framework.

The words of a declaration are sealed to whom it is about and to whoever answers for them: the head, and for the head's own and
the oversight desk's the oversight desk too. Somebody else's declarations do not exist for a member who is not the head.
"""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.dossiers.records import open_record, record_bytes
from casework.interests.models import Interest
from casework.interests.rules import may_declare, may_end, renewal_day
from casework.interests.states import Tie
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.records import new_id
from casework.staff.models import Member
from casework.staff.service import Actor, locked_member
from casework.staff.states import READERS, AccountState, Role
from casework.transitions import IllegalTransition
from crypto.age import seal, unseal
from crypto.errors import OpenError
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound

_WORDS = "words"


class InterestError(Exception):
    """A declaration is not made or ended; the subclass says why."""


class AlreadyDeclared(InterestError):
    """The same tie of the same member to the same unit is declared already."""


class NotYoursToEnd(InterestError):
    """The head declared it: the head ends it."""


def declare(
    db: Session,
    *,
    about: str,
    unit: str,
    tie: Tie,
    words: str,
    actor: Actor,
    now: datetime,
    today: date,
) -> str:
    """Declare that something ties a member to a unit; give the declaration's id. Raises NotFound, AlreadyDeclared."""
    member = locked_member(db, about)
    if (
        member is None
        or not _is_subject(member)
        or not may_declare(actor.id, actor.role, about=about)
    ):
        raise NotFound
    same = Interest.member_id == about, Interest.unit == unit, Interest.tie == tie
    if db.scalar(sa.select(Interest.id).where(*same, Interest.ended_on.is_(None))) is not None:
        raise AlreadyDeclared
    interest_id = new_id()
    interest = Interest(
        id=interest_id,
        member_id=about,
        unit=unit,
        tie=tie,
        sealed=_seal(db, interest_id, member, words),
        declared_by=actor.id,
        declared_on=today,
        until=renewal_day(today),
    )
    db.add(interest)
    _note(db, Act.INTEREST_DECLARED, interest, actor=actor, now=now)
    return interest_id


def renew(db: Session, interest_id: str, *, actor: Actor, now: datetime, today: date) -> None:
    """Say again that a declaration holds; raises NotFound, or IllegalTransition if it was ended meanwhile."""
    interest = _held(db, interest_id, actor)
    interest.until = renewal_day(today)
    _note(db, Act.INTEREST_RENEWED, interest, actor=actor, now=now)


def end(db: Session, interest_id: str, *, actor: Actor, now: datetime, today: date) -> None:
    """End a declaration; raises NotFound, NotYoursToEnd, or IllegalTransition if it was ended meanwhile."""
    interest = _held(db, interest_id, actor)
    if not may_end(actor.id, actor.role, interest):
        raise NotYoursToEnd
    interest.ended_on, interest.ended_by = today, actor.id
    _note(db, Act.INTEREST_ENDED, interest, actor=actor, now=now)


def declarations(db: Session, actor: Actor) -> Sequence[Interest]:
    """Give the actor's declarations, ended ones too, and to the head everybody's: those in force first, then by day."""
    chosen = sa.select(Interest).order_by(
        Interest.ended_on.is_not(None), Interest.member_id, Interest.declared_on, Interest.id
    )
    if actor.role != Role.HEAD:
        chosen = chosen.where(Interest.member_id == actor.id)
    return db.scalars(chosen).all()


def in_force(db: Session, member_id: str) -> Sequence[Interest]:
    """Give what ties a member to any unit now."""
    chosen = sa.select(Interest).where(Interest.member_id == member_id, Interest.ended_on.is_(None))
    return db.scalars(chosen.order_by(Interest.unit, Interest.tie)).all()


def words_of(interest: Interest, identity: Identity) -> str | None:
    """Open the words of a declaration; None where they are sealed to others, or damaged (F9, F10)."""
    try:
        return open_record(unseal(interest.sealed, identity), _place(interest.id)).get(_WORDS)
    except OpenError:
        return None


def reseal(db: Session, identity: Identity) -> None:
    """Seal what an identity opens to the present keys of those it is for: the identity is about to go."""
    for interest in db.scalars(sa.select(Interest).order_by(Interest.id)):
        words, member = words_of(interest, identity), db.get(Member, interest.member_id)
        if words is not None and member is not None:
            interest.sealed = _seal(db, interest.id, member, words)
    db.flush()


def _held(db: Session, interest_id: str, actor: Actor) -> Interest:
    """Get a declaration in force that exists for this actor, and hold its row."""
    mine = sa.select(Interest).where(Interest.id == interest_id).with_for_update()
    interest = db.scalar(mine.execution_options(populate_existing=True))
    if interest is None or not may_declare(actor.id, actor.role, about=interest.member_id):
        raise NotFound
    if interest.ended_on is not None:
        raise IllegalTransition("this declaration has ended")
    return interest


def _is_subject(member: Member) -> bool:
    return member.state == AccountState.ACTIVE and Role(member.role) in READERS


def _seal(db: Session, interest_id: str, member: Member, words: str) -> bytes:
    return seal(record_bytes({_WORDS: words}, _place(interest_id)), _audience(db, member))


def _audience(db: Session, member: Member) -> Sequence[Recipient]:
    """Give the keys of those a declaration's words are for."""
    answering = {Role.HEAD} if member.role == Role.INVESTIGATOR else {Role.HEAD, Role.OVERSIGHT}
    others = sa.select(Member).where(
        Member.role.in_(answering), Member.state == AccountState.ACTIVE, Member.id != member.id
    )
    people = [member, *db.scalars(others.order_by(Member.id))]
    return [Recipient(one.recipient) for one in people if one.recipient]


def _place(interest_id: str) -> str:
    return f"interest {interest_id}"


def _note(db: Session, act: Act, interest: Interest, *, actor: Actor, now: datetime) -> None:
    """Write it down: whose it is and which one. The unit stays out of the ledger, which others are given to check."""
    db.flush()
    change = {"interest": interest.id}
    record(db, act=act, actor_id=actor.id, subject=interest.member_id, now=now, change=change)
