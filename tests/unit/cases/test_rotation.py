"""A member's key is replaced: whatever stops on the way, it goes on; at the end the new one opens all, the old one nothing."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases import access
from casework.dossiers import grants
from casework.dossiers import service as dossiers
from casework.dossiers.models import Grant
from casework.interests.service import declarations, words_of
from casework.people import rotation
from casework.people.rotation import FormerKeyInUse, NotPrepared
from casework.staff import auditors, entrance
from casework.staff import service as staff
from casework.staff.errors import LoginRefused
from casework.staff.models import StaffSession
from casework.staff.service import Actor
from crypto.passwords import CHEAP, wrap_identity
from portal.errors import NotFound
from tests.support.offices import Office
from tests.unit.cases.desk import Desk, _opens
from tests.unit.casework.reports import collected, filed
from tests.unit.casework.test_interests import WORDS, acts, declared
from tests.web.office.colleague import Colleague

NEW = "four other words here"


@pytest.fixture
def quick(sqlite_office: Office) -> Desk:
    """The office's people on one engine."""
    return Desk(sqlite_office)


def doing(office: Office, verb: Callable[..., Any], actor: Actor, **more: Any) -> Any:
    """Do one step in a transaction of its own."""
    with office.here.database.transaction() as db:
        return verb(db, actor, **more)


def begun(office: Office, username: str, *, prepared: int = 1000) -> Actor:
    """Begin, and prepare so many grants."""
    actor = office.actor(username)
    doing(office, rotation.begin, actor, now=office.clock())
    if prepared:
        doing(office, rotation.prepare, actor, at_most=prepared)
    return actor


def finished(office: Office, actor: Actor) -> None:
    """Let the new key take over."""
    with office.db() as db:
        identity = rotation.next_identity(db, actor)
    wraps = {name: wrap_identity(identity, NEW, CHEAP) for name in ("password", "recovery")}
    doing(office, rotation.rotate, actor, **wraps, now=office.clock())


def renewed(office: Office, username: str) -> Actor:
    """Give a member with the new key, as they sign in with the new password."""
    with office.db() as db:
        opened = entrance.check_password(db, username=username, password=NEW, profile=CHEAP)
    return Actor.of(office.member(username), opened.identity)


def reads(office: Office, actor: Actor, dossier_id: str) -> bool:
    """Whether a key opens a dossier."""
    with office.db() as db:
        return _opens(db, actor, dossier_id)


def test_the_new_key_opens_all_that_the_old_one_did_and_the_old_one_nothing(desk: Desk) -> None:
    """F12. A13."""
    office = desk.office
    report = desk.arrived()
    case_id = desk.opened("head", desk.accepted("head"))
    declared(office, "colleague")
    Colleague(office, "head")
    before = begun(office, "head")
    finished(office, before)
    after = renewed(office, "head")
    assert after.identity.seed != before.identity.seed
    for dossier_id in (report, case_id):
        assert reads(office, after, dossier_id)
        assert not reads(office, before, dossier_id)
    with office.db() as db:
        (one,) = declarations(db, after)
        assert words_of(one, after.identity) == WORDS
        assert words_of(one, before.identity) is None
        assert words_of(one, office.identity("colleague")) == WORDS
        assert db.scalars(sa.select(StaffSession)).all() == []
        assert db.scalars(sa.select(Grant).where(Grant.next_sealed.is_not(None))).all() == []
    with pytest.raises(LoginRefused):
        office.identity("head")
    code = office.code("head")
    with office.here.database.transaction() as db:
        entrance.check_code(
            db, member_id=after.id, identity=after.identity, code=code, now=office.clock()
        )
    assert "key.rotated" in acts(office)[-1]


def test_what_stops_on_the_way_reads_on_and_goes_on(desk: Desk) -> None:
    """F12. Stopped after each step, and in the middle of the last."""
    office = desk.office
    reports = [desk.arrived() for _ in range(3)]
    begun(office, "head", prepared=0)
    first = office.member("head").next_recipient
    for left in (3, 2, 1, 0):
        actor = begun(office, "head", prepared=0)
        assert office.member("head").next_recipient == first
        assert all(reads(office, actor, one) for one in reports)
        if left:
            with pytest.raises(NotPrepared):
                finished(office, actor)
        assert doing(office, rotation.prepare, actor, at_most=1) == left
    with pytest.raises(LoginRefused):
        doing(office, _stopped, actor, now=office.clock())
    assert all(reads(office, office.actor("head"), one) for one in reports)
    finished(office, actor)
    assert all(reads(office, renewed(office, "head"), one) for one in reports)


def test_what_is_given_meanwhile_is_prepared_before_the_new_key_takes_over(quick: Desk) -> None:
    """F12."""
    office = quick.office
    quick.arrived()
    actor = begun(office, "head")
    later = quick.arrived()
    with pytest.raises(NotPrepared):
        finished(office, actor)
    doing(office, rotation.prepare, actor, at_most=10)
    finished(office, actor)
    assert reads(office, renewed(office, "head"), later)


def test_a_grant_sealed_to_a_key_that_was_replaced_meanwhile_is_sealed_to_the_present_one(
    quick: Desk,
) -> None:
    """F6. F12."""
    office = quick.office
    report = quick.arrived(concerned=["investigator-2"])
    stale = office.member("colleague")
    finished(office, begun(office, "colleague"))
    investigator = office.actor("investigator")
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, investigator, report)
        grants.seal_new(db, report, opened.identity, [stale])
    assert reads(office, renewed(office, "colleague"), report)


def test_who_is_recused_on_the_way_is_outside_with_either_key(quick: Desk) -> None:
    """F2. F12."""
    office = quick.office
    report, other = quick.arrived(), quick.arrived()
    actor = begun(office, "head")
    quick.outside("colleague", report, access.recuse_from_report, "head")
    finished(office, actor)
    assert not reads(office, renewed(office, "head"), report)
    assert reads(office, renewed(office, "head"), other)


def test_reports_that_still_come_to_the_old_key_are_read_until_the_list_was_signed_a_while_ago(
    quick: Desk,
) -> None:
    """F12. Nothing acknowledged is lost; then the old key is gone."""
    office = quick.office
    actor = begun(office, "head")
    finished(office, actor)
    filed(office)
    after = renewed(office, "head")
    office.exchange()
    with office.here.database.transaction() as db:
        dossiers.note_tried(db, after, dossiers.try_offers(db, after, at_most=10))
    (report,) = office.reports()
    assert reads(office, after, report.id)
    with pytest.raises(FormerKeyInUse):
        doing(office, rotation.begin, after, now=office.clock())
    office.clock.forward(days=30)
    doing(office, _forget, after, today=office.here.today())
    assert office.member("head").former_sealed is not None
    office.accounts.sign_roster(office.seed)
    office.clock.forward(days=2)
    doing(office, _forget, after, today=office.here.today())
    assert office.member("head").former_sealed is not None
    office.clock.forward(days=1)
    doing(office, _forget, after, today=office.here.today())
    assert (office.member("head").former_sealed, office.member("head").former_until) == (None, None)


def _stopped(db: Any, actor: Actor, *, now: Any) -> None:
    """Come to the very end, and no further."""
    rotation.rotate(db, actor, password=b"w", recovery=b"w", now=now)
    raise LoginRefused


def _forget(db: Any, actor: Actor, *, today: Any) -> None:
    rotation.forget_former(db, actor.id, today=today)


def test_a_session_with_the_old_key_changes_nothing_any_more(quick: Desk) -> None:
    """A13. F12. Nor does a try of grants that was under way."""
    office = quick.office
    filed(office)
    collected(office, "investigator")
    before = begun(office, "head")
    with office.db() as db:
        tried = dossiers.try_offers(db, before, at_most=10)
    finished(office, before)
    with office.here.database.transaction() as db:
        dossiers.note_tried(db, before, tried)
        assert db.scalars(sa.select(Grant).where(Grant.member_id == before.id)).all() == []
    for verb in (rotation.begin, rotation.rotate):
        more = {"password": b"w", "recovery": b"w"} if verb is rotation.rotate else {}
        with pytest.raises(NotFound):
            doing(office, verb, before, now=office.clock(), **more)


def test_the_administrators_key_goes_on_signing_the_list(quick: Desk) -> None:
    """F12. F21."""
    office = quick.office
    actor = begun(office, "administrator")
    with office.db() as db:
        seed = staff.roster_seed(db, actor.id, actor.identity)
    finished(office, actor)
    with office.db() as db:
        after = renewed(office, "administrator")
        assert staff.roster_seed(db, after.id, after.identity) == seed
    assert office.member("administrator").former_sealed is None


def test_a_damaged_grant_stops_nothing(quick: Desk) -> None:
    """F10. F12."""
    office = quick.office
    damaged, whole = quick.arrived(), quick.arrived()
    office.execute(sa.update(Grant).where(Grant.dossier_id == damaged).values(sealed=b"damaged"))
    finished(office, begun(office, "head"))
    assert reads(office, renewed(office, "head"), whole)
    assert not reads(office, renewed(office, "head"), damaged)


def test_an_auditor_with_a_new_key_reads_the_reasons_written_before(office: Office) -> None:
    """F12."""
    before = office.actor("auditor")
    with office.db() as db:
        (held,) = auditors.held_keys(db, before.id, before.identity)
    finished(office, begun(office, "auditor", prepared=0))
    after = renewed(office, "auditor")
    with office.db() as db:
        assert auditors.held_keys(db, before.id, before.identity) == []
        (again,) = auditors.held_keys(db, after.id, after.identity)
    assert again.seed == held.seed
