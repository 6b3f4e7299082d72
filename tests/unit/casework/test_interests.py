"""The standing register of conflicts of interest: who declares what of whom, who reads it, and what becomes of it."""

from datetime import date
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from casework.interests import service
from casework.interests.models import Interest
from casework.interests.rules import renewal_day
from casework.interests.service import AlreadyDeclared, NotYoursToEnd
from casework.interests.states import Tie
from casework.ledger.models import LedgerEntry
from casework.staff import service as staff
from casework.transitions import IllegalTransition
from portal.database import Database
from portal.errors import NotFound
from tests.support.offices import Office
from tests.unit.casework.test_constraints import (
    NEW,
    SPARE,
    UNKNOWN,
    A,
    Row,
    _name,
    as_sqlite_says,
    database,
    named_rules,
)

__all__ = ["database"]

READERS = ("head", "investigator", "colleague", "oversight")
EVERYBODY = (*READERS, "administrator")
WORDS = "My brother keeps the stores there"


def declared(office: Office, username: str, about: str = "", **changes: Any) -> str:
    """Declare something; give its id."""
    given = {"unit": "mine-1", "tie": Tie.RELATED, "words": WORDS} | changes
    with office.here.database.transaction() as db:
        return service.declare(
            db,
            about=office.member(about or username).id,
            actor=office.actor(username),
            now=office.clock(),
            today=office.here.today(),
            **given,
        )


def changed(office: Office, username: str, verb: Any, interest_id: str) -> None:
    """Renew or end one."""
    given = {"actor": office.actor(username), "now": office.clock(), "today": office.here.today()}
    with office.here.database.transaction() as db:
        verb(db, interest_id, **given)


def row(office: Office, interest_id: str) -> Interest:
    """Give a declaration."""
    with office.db() as db:
        found = db.get(Interest, interest_id)
    assert found is not None
    return found


def acts(office: Office) -> list[str]:
    """Give what the ledger says was done, the bodies as they stand."""
    with office.db() as db:
        return [
            body.decode() if isinstance(body, bytes) else str(body)
            for body in db.scalars(sa.select(LedgerEntry.body).order_by(LedgerEntry.number))
        ]


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), date(2028, 12, 31)),
        (date(2026, 11, 30), date(2026, 12, 31)),
        (date(2026, 12, 1), date(2027, 12, 31)),
        (date(2026, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_declaration_is_said_again_at_the_end_of_the_year(today: date, until: date) -> None:
    assert renewal_day(today) == until


def test_the_words_open_to_whom_they_are_about_and_to_whoever_answers_for_them_alone(
    office: Office,
) -> None:
    """F3. F9."""
    opens = {
        about: {
            reader
            for reader in EVERYBODY
            if service.words_of(found, office.identity(reader)) == WORDS
        }
        for about in READERS
        if (found := row(office, declared(office, about)))
    }
    assert opens == {
        "head": {"head", "oversight"},
        "investigator": {"investigator", "head"},
        "colleague": {"colleague", "head"},
        "oversight": {"oversight", "head"},
    }
    office.execute(
        sa.update(Interest)
        .where(Interest.member_id == office.member("colleague").id)
        .values(
            sealed=sa.select(Interest.sealed)
            .where(Interest.member_id == office.member("investigator").id)
            .scalar_subquery()
        )
    )
    with office.db() as db:
        moved = [
            service.words_of(one, office.identity("head"))
            for one in db.scalars(sa.select(Interest))
        ]
    assert sorted(map(str, moved)) == sorted(["None", WORDS, WORDS, WORDS])


def test_everybody_declares_about_themselves_and_the_head_about_all_who_read(
    sqlite_office: Office,
) -> None:
    """F1. F3. Walked whole: who declares, about whom."""
    office, allowed = sqlite_office, set()
    for actor, about in product(EVERYBODY, EVERYBODY):
        try:
            declared(office, actor, about, unit=f"{actor}-{about}")
        except NotFound:
            continue
        allowed.add((actor, about))
    assert allowed == {*((one, one) for one in READERS), *(("head", one) for one in READERS)}


def test_only_the_head_ends_what_the_head_declared(sqlite_office: Office) -> None:
    """F1. F5. Walked whole: who declared it, who ends it."""
    office, outcomes = sqlite_office, {}
    for by, ender in product(("head", "investigator"), EVERYBODY):
        one = declared(office, by, "investigator", unit=f"{by}-{ender}")
        try:
            changed(office, ender, service.end, one)
        except (NotFound, NotYoursToEnd) as error:
            outcomes[by, ender] = type(error).__name__
        else:
            outcomes[by, ender] = "ended"
    strangers = dict.fromkeys(product(("head", "investigator"), EVERYBODY), "NotFound")
    assert outcomes == strangers | {
        ("head", "head"): "ended",
        ("investigator", "head"): "ended",
        ("investigator", "investigator"): "ended",
        ("head", "investigator"): "NotYoursToEnd",
    }


def test_the_same_is_declared_once_until_it_is_ended_and_nothing_of_it_is_deleted(
    office: Office,
) -> None:
    first = declared(office, "colleague")
    with pytest.raises(AlreadyDeclared):
        declared(office, "head", "colleague")
    declared(office, "colleague", tie=Tie.FORMERLY_WORKED)
    changed(office, "colleague", service.end, first)
    for verb in (service.end, service.renew):
        with pytest.raises(IllegalTransition):
            changed(office, "colleague", verb, first)
    second = declared(office, "colleague")
    ended = row(office, first)
    assert (ended.ended_on, ended.ended_by) == (office.here.today(), office.member("colleague").id)
    assert service.words_of(ended, office.identity("colleague")) == WORDS
    assert row(office, second).ended_on is None


def test_saying_it_again_moves_the_day_and_what_is_overdue_warns_all_the_same(
    sqlite_office: Office,
) -> None:
    office = sqlite_office
    one = declared(office, "colleague")
    assert row(office, one).until == date(2026, 12, 31)
    office.clock.forward(days=60)
    with office.db() as db:
        assert [i.id for i in service.in_force(db, office.member("colleague").id)] == [one]
    changed(office, "colleague", service.renew, one)
    assert row(office, one).until == date(2027, 12, 31)


def test_a_member_sees_their_own_and_the_head_everybodys(sqlite_office: Office) -> None:
    """F1."""
    office = sqlite_office
    for name in READERS:
        declared(office, name)
    with office.db() as db:
        seen = {
            name: {one.member_id for one in service.declarations(db, office.actor(name))}
            for name in READERS
        }
    ids = {name: office.member(name).id for name in READERS}
    assert seen == {name: {ids[name]} for name in READERS} | {"head": set(ids.values())}


def test_the_ledger_says_who_declared_and_ended_and_not_about_which_unit(
    sqlite_office: Office,
) -> None:
    """F16."""
    office = sqlite_office
    one = declared(office, "head", "colleague")
    changed(office, "colleague", service.renew, one)
    changed(office, "head", service.end, one)
    said = acts(office)[-3:]
    for act, body in zip(("declared", "renewed", "ended"), said, strict=True):
        assert f"interest.{act}" in body
        assert office.member("colleague").id in body
    assert "mine-1" not in "".join(said)
    assert WORDS not in "".join(said)


DAY = date(2026, 11, 24)
ROW: Row = {
    "id": NEW,
    "member_id": A,
    "unit": "mine-1",
    "tie": "related",
    "sealed": b"s",
    "declared_by": A,
    "declared_on": DAY,
    "until": date(2026, 12, 31),
    "ended_on": None,
    "ended_by": None,
}
ENDED: Row = {"ended_on": DAY, "ended_by": A}
REFUSED: dict[str, Row] = {
    "ck_interests_id_length": {"id": "short"},
    "ck_interests_unit": {"unit": ""},
    "ck_interests_tie": {"tie": "likes"},
    "ck_interests_sealed": {"sealed": b""},
    "ck_interests_until": {"until": DAY},
    "ck_interests_ended_by": {"ended_on": DAY},
    "ck_interests_ended_on": ENDED | {"ended_on": date(2026, 11, 23)},
    "pk_interests": {"id": SPARE} | ENDED,
    "uq_interests_in_force": {},
    "fk_interests_member_id_members": {"member_id": UNKNOWN},
    "fk_interests_declared_by_members": {"declared_by": UNKNOWN} | ENDED,
    "fk_interests_ended_by_members": ENDED | {"ended_by": UNKNOWN},
}


def test_the_database_itself_refuses(database: Database) -> None:
    """F5. And takes one that has ended beside one in force."""
    there = ROW | {"id": SPARE}
    with database.writing() as db:
        db.execute(sa.insert(Interest).values(**there))
        said = {}
        for name, changes in REFUSED.items():
            with pytest.raises(sa.exc.IntegrityError) as refused, db.begin_nested():
                db.execute(sa.insert(Interest).values(**(ROW | changes)))
            said[name] = _name(refused.value)
        db.execute(sa.insert(Interest).values(**(ROW | ENDED)))
        db.rollback()
    assert set(REFUSED) == named_rules({"interests"})
    for name, words in said.items():
        assert words in {name, *as_sqlite_says(name, Interest)}


def test_a_closed_account_declares_nothing_and_nothing_is_sealed_to_it(
    sqlite_office: Office,
) -> None:
    """F8."""
    office = sqlite_office
    head = office.identity("head")
    with office.here.database.transaction() as db:
        staff.disable(db, member_id=office.member("head").id, now=office.clock())
    one = row(office, declared(office, "colleague"))
    assert service.words_of(one, head) is None
    with pytest.raises(NotFound):
        declared(office, "colleague", "head")
