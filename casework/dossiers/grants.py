"""Who may read a dossier: grants given, asked for, confirmed and taken back; and recusals. None commits or reads the clock.

A grant is given only by somebody who holds one, for only they can seal the dossier's identity to anybody else. Somebody recused
has no key, and a recusal is final here: no verb turns it into a grant.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.dossiers.models import Dossier, Grant, GrantRequest, Offer
from casework.dossiers.service import OpenDossier, hold
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.staff.states import READERS, AccountState, Role
from crypto.age import seal
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound


class GrantError(Exception):
    """Somebody is not given, or not left without, access; the subclass says why."""


class Recused(GrantError):
    """They are recused from it."""


class NotEligible(GrantError):
    """Their account is closed, or their role reads nothing."""


class OwnRequest(GrantError):
    """Who asked for a grant does not confirm it."""


class LastGrant(GrantError):
    """Nobody else could read it any more: the dossier would be lost."""


def give_grant(
    db: Session, opened: OpenDossier[Dossier], *, to: str, actor: Actor, now: datetime
) -> bool:
    """Let a colleague read a dossier; False if they are of another desk, and a second person has to confirm it first.

    Giving it again seals it to their present key, so that somebody who lost theirs reads again. Raises NotFound, NotEligible,
    Recused.
    """
    hold(db, opened.dossier.id)
    member = _reader(db, to)
    _refuse_recused(db, opened.dossier.id, to)
    if _desk(Role(member.role)) == _desk(actor.role):
        _seal_to(db, opened.dossier.id, opened.identity, member, given_by=actor.id)
        _note(db, Act.GRANT_GIVEN, opened.dossier.id, to, actor=actor, now=now)
        return True
    if db.get(GrantRequest, (opened.dossier.id, to), populate_existing=True) is None:
        db.add(GrantRequest(dossier_id=opened.dossier.id, member_id=to, asked_by=actor.id))
        db.flush()
        _note(db, Act.GRANT_ASKED, opened.dossier.id, to, actor=actor, now=now)
    return False


def confirm_grant(
    db: Session, opened: OpenDossier[Dossier], *, to: str, actor: Actor, now: datetime
) -> None:
    """Agree to a grant a colleague asked for; raises NotFound if nobody asks any more, OwnRequest, NotEligible, Recused."""
    hold(db, opened.dossier.id)
    request = _request(db, opened, to)
    if request.asked_by == actor.id:
        raise OwnRequest
    member = _reader(db, to)
    _refuse_recused(db, opened.dossier.id, to)
    given = {"given_by": request.asked_by, "confirmed_by": actor.id}
    _seal_to(db, opened.dossier.id, opened.identity, member, **given)
    db.delete(request)
    db.flush()
    _note(db, Act.GRANT_GIVEN, opened.dossier.id, to, actor=actor, now=now)


def refuse_grant(
    db: Session, opened: OpenDossier[Dossier], *, to: str, actor: Actor, now: datetime
) -> None:
    """Turn down, or take back, a request; raises NotFound."""
    hold(db, opened.dossier.id)
    db.delete(_request(db, opened, to))
    db.flush()
    _note(db, Act.GRANT_REFUSED, opened.dossier.id, to, actor=actor, now=now)


def revoke_grant(
    db: Session, dossier_id: str, *, member_id: str, actor: Actor, now: datetime
) -> None:
    """Take a member's access away, and what the report brought for them (see `recuse`); raises NotFound, or LastGrant."""
    hold(db, dossier_id)
    grant = db.get(Grant, (dossier_id, member_id), populate_existing=True)
    if grant is None or grant.recused:
        raise NotFound
    _refuse_last(db, dossier_id, member_id)
    db.delete(grant)
    _destroy_offers(db, dossier_id)
    db.flush()
    _note(db, Act.GRANT_REVOKED, dossier_id, member_id, actor=actor, now=now)


def recuse(db: Session, dossier_id: str, *, member_id: str, actor: Actor, now: datetime) -> None:
    """Put a member outside a dossier for good, themselves or a colleague; raises NotFound, or LastGrant.

    The unlabelled grants a report came with are destroyed, for one may be theirs: whoever had not found their own yet is
    given one by a colleague. What the member read before, they have read.
    """
    hold(db, dossier_id)
    if db.get(Member, member_id) is None:
        raise NotFound
    _refuse_last(db, dossier_id, member_id)
    grant = db.get(Grant, (dossier_id, member_id), populate_existing=True)
    if grant is None:
        grant = Grant(dossier_id=dossier_id, member_id=member_id, recused=True)
        db.add(grant)
    grant.sealed, grant.next_sealed, grant.recused = None, None, True
    grant.given_by, grant.confirmed_by = None, None
    _destroy_offers(db, dossier_id)
    asked = GrantRequest.dossier_id == dossier_id, GrantRequest.member_id == member_id
    db.execute(sa.delete(GrantRequest).where(*asked))
    db.flush()
    _note(db, Act.MEMBER_RECUSED, dossier_id, member_id, actor=actor, now=now)


def grantees(db: Session, dossier_id: str) -> Sequence[Grant]:
    """Give the rows of everybody who reads a dossier or is recused from it."""
    rows = sa.select(Grant).where(Grant.dossier_id == dossier_id).order_by(Grant.member_id)
    return db.scalars(rows).all()


def requests(db: Session, dossier_id: str) -> Sequence[GrantRequest]:
    """Give the grants that wait for a second person."""
    rows = sa.select(GrantRequest).where(GrantRequest.dossier_id == dossier_id)
    return db.scalars(rows.order_by(GrantRequest.member_id)).all()


def is_recused(db: Session, dossier_id: str, member_id: str) -> bool:
    """Whether a member is recused from a dossier."""
    grant = db.get(Grant, (dossier_id, member_id), populate_existing=True)
    return grant is not None and grant.recused


def seal_new(db: Session, dossier_id: str, identity: Identity, members: Sequence[Member]) -> None:
    """Give a dossier that was just made its first grants."""
    for member in members:
        _seal_to(db, dossier_id, identity, member)


def _seal_to(
    db: Session,
    dossier_id: str,
    identity: Identity,
    member: Member,
    *,
    given_by: str | None = None,
    confirmed_by: str | None = None,
) -> None:
    grant = db.get(Grant, (dossier_id, member.id), populate_existing=True)
    if grant is None:
        grant = Grant(dossier_id=dossier_id, member_id=member.id)
        db.add(grant)
    recipient = member.recipient or b""
    grant.sealed = seal(identity.seed, [Recipient(recipient)])
    # Whoever seals it anew to themselves, having lost a key, gave it to nobody.
    grant.given_by = given_by if given_by != member.id else None
    grant.confirmed_by = confirmed_by
    db.flush()
    # Their key may have been replaced while this was being sealed; now that the row is written, it waits for this (F12).
    present = db.scalar(sa.select(Member.recipient).where(Member.id == member.id))
    if present and present != recipient:
        grant.sealed, grant.next_sealed = seal(identity.seed, [Recipient(present)]), None
        db.flush()


def _destroy_offers(db: Session, dossier_id: str) -> None:
    db.execute(sa.delete(Offer).where(Offer.dossier_id == dossier_id))


def _refuse_recused(db: Session, dossier_id: str, member_id: str) -> None:
    if is_recused(db, dossier_id, member_id):
        raise Recused


def _refuse_last(db: Session, dossier_id: str, member_id: str) -> None:
    """Refuse to leave a dossier to nobody: there has to be another whose account is open."""
    others = (
        sa.select(sa.func.count())
        .select_from(Grant)
        .join(Member, Member.id == Grant.member_id)
        .where(
            Grant.dossier_id == dossier_id,
            Grant.member_id != member_id,
            Grant.sealed.is_not(None),
            Member.state == AccountState.ACTIVE,
        )
    )
    if not db.scalar(others):
        raise LastGrant


def _reader(db: Session, member_id: str) -> Member:
    member = db.get(Member, member_id)
    if member is None:
        raise NotFound
    if member.state != AccountState.ACTIVE or Role(member.role) not in READERS:
        raise NotEligible
    return member


def _request(db: Session, opened: OpenDossier[Dossier], to: str) -> GrantRequest:
    request = db.get(GrantRequest, (opened.dossier.id, to), populate_existing=True)
    if request is None:
        raise NotFound
    return request


def _desk(role: Role) -> bool:
    """Tell the two desks apart: oversight, or the service."""
    return role == Role.OVERSIGHT


def _note(
    db: Session, act: Act, dossier_id: str, member_id: str, *, actor: Actor, now: datetime
) -> None:
    change = {"member": member_id}
    record(db, act=act, actor_id=actor.id, subject=dossier_id, now=now, change=change)
