"""How the members stand to a dossier: who reads it, who is recused, who waits for a second person, who could be let in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from casework.dossiers import grants
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.staff.states import READERS, AccountState, Role
from casework.web.words import role_words


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and a dossier: they read it, are recused from it, or somebody asked that they may read it."""

    id: str
    name: str
    role: str
    asked_by: str = ""
    asked_by_me: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """All members who stand to a dossier in some way, and those who could be let in."""

    reading: Sequence[Person]
    recused: Sequence[Person]
    asked: Sequence[Person]
    strangers: Sequence[Person]

    @property
    def readers(self) -> list[tuple[str, str]]:
        """Name those who read it, to choose from."""
        return [(one.id, one.name) for one in self.reading]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Name those who could be let in, to choose from."""
        return [(one.id, f"{one.name}, {one.role}") for one in self.strangers]


def people_of(
    db: Session, dossier_id: str, actor: Actor, *, concerned: Collection[str] = ()
) -> People:
    """Say how the members stand to a dossier; who holds a position it concerns is not offered to be let in (F2)."""
    members = {member.id: member for member in staff.all_members(db)}
    rows, requests = grants.grantees(db, dossier_id), grants.requests(db, dossier_id)
    known = {one.member_id for one in rows} | {one.member_id for one in requests}
    return People(
        reading=_in_order(
            _person(members[one.member_id])
            for one in rows
            if not one.recused and _is_active(members[one.member_id])
        ),
        recused=_in_order(_person(members[one.member_id]) for one in rows if one.recused),
        asked=[
            replace(
                _person(members[one.member_id]),
                asked_by=members[one.asked_by].name,
                asked_by_me=one.asked_by == actor.id,
            )
            for one in requests
        ],
        strangers=_in_order(
            _person(member)
            for member in members.values()
            if member.id not in known
            and _is_active(member)
            and Role(member.role) in READERS
            and member.position not in concerned
        ),
    )


def _person(member: Member) -> Person:
    return Person(member.id, member.name, role_words(member.role))


def _is_active(member: Member) -> bool:
    return member.state == AccountState.ACTIVE


def _in_order(people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=lambda one: (one.name, one.id))
