"""Who reads a dossier: what is given, confirmed, taken away, and what a recusal ends for good."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases import access, service
from casework.cases.guard import ReadersDiffer, case_ids
from casework.dossiers import grants
from casework.dossiers import service as dossiers
from casework.dossiers.grants import LastGrant, NotEligible, OwnRequest, Recused
from casework.dossiers.models import Grant, GrantRequest, Offer
from casework.staff import service as staff
from casework.web.exchange import claim
from portal.errors import NotFound
from tests.support.offices import Stores, emptied, make_office
from tests.unit.cases.desk import READING, Desk
from tests.unit.cases.test_triage import acts
from tests.unit.casework.reports import collected, filed
from tests.web.sample import MovableClock

SERVICE = set(READING)


def give(desk: Desk, username: str, report_id: str, to: str) -> bool:
    """Let a colleague read a report."""
    actor, office = desk.office.actor(username), desk.office
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, report_id)
        to_id = office.member(to).id
        return grants.give_grant(db, opened, to=to_id, actor=actor, now=office.clock())


def confirm(desk: Desk, username: str, report_id: str, to: str) -> None:
    """Agree to a grant of a report."""
    actor, office = desk.office.actor(username), desk.office
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, report_id)
        to_id = office.member(to).id
        grants.confirm_grant(db, opened, to=to_id, actor=actor, now=office.clock())


def count(desk: Desk, model: type[Offer | GrantRequest | Grant]) -> int:
    """Count the rows of a table."""
    with desk.office.db() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_colleague_of_the_desk_is_given_a_report_at_once(desk: Desk) -> None:
    report_id = desk.arrived(concerned=["investigator-2"])
    assert desk.readers(report_id) == SERVICE - {"colleague"}
    assert give(desk, "head", report_id, "colleague")
    assert desk.readers(report_id) == SERVICE
    assert acts(desk, report_id)[-1] == (
        "grant.given",
        {"member": desk.office.member("colleague").id},
    )


def test_somebody_of_another_desk_reads_only_when_a_second_person_agrees(desk: Desk) -> None:
    """F3. F5."""
    report_id = desk.arrived()
    assert not give(desk, "head", report_id, "oversight")
    assert desk.readers(report_id) == SERVICE
    with pytest.raises(OwnRequest):
        confirm(desk, "head", report_id, "oversight")
    assert desk.readers(report_id) == SERVICE
    confirm(desk, "investigator", report_id, "oversight")
    assert desk.readers(report_id) == {*SERVICE, "oversight"}
    assert count(desk, GrantRequest) == 0


def test_a_request_says_nothing_to_whom_it_is_for_and_can_be_turned_down(desk: Desk) -> None:
    """F2. There is no key in a request: nothing to steal before somebody agrees."""
    report_id = desk.arrived()
    give(desk, "head", report_id, "oversight")
    assert {column.name for column in sa.inspect(GrantRequest).columns} == {
        "dossier_id",
        "member_id",
        "asked_by",
    }
    actor, office = desk.office.actor("investigator"), desk.office
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, report_id)
        to = office.member("oversight").id
        grants.refuse_grant(db, opened, to=to, actor=actor, now=office.clock())
    with pytest.raises(NotFound):
        confirm(desk, "colleague", report_id, "oversight")
    assert [act for act, _ in acts(desk, report_id)][-2:] == ["grant.asked", "grant.refused"]


def test_only_who_reads_it_gives_it(desk: Desk) -> None:
    """F1. F2."""
    report_id = desk.arrived()
    with pytest.raises(NotFound):
        give(desk, "oversight", report_id, "oversight")


@pytest.mark.parametrize("to", ["administrator", "colleague"])
def test_an_administrator_and_a_closed_account_are_given_nothing(desk: Desk, to: str) -> None:
    """F4."""
    report_id = desk.arrived()
    if to == "colleague":
        with desk.office.here.database.transaction() as db:
            staff.disable(db, member_id=desk.office.member(to).id, now=desk.office.clock())
    with pytest.raises(NotEligible):
        give(desk, "head", report_id, to)


def test_somebody_recused_is_outside_for_good(desk: Desk) -> None:
    """F1. F2. Whoever tries to let them in again."""
    report_id = desk.arrived()
    desk.outside("head", report_id, access.recuse_from_report, "colleague")
    assert desk.readers(report_id) == SERVICE - {"colleague"}
    with pytest.raises(Recused):
        give(desk, "investigator", report_id, "colleague")
    with desk.office.db() as db:
        row = db.get(Grant, (report_id, desk.office.member("colleague").id))
        assert row is not None
        assert (row.recused, row.sealed) == (True, None)


def test_who_recuses_themselves_does_not_read_on(desk: Desk) -> None:
    report_id = desk.arrived()
    desk.outside("investigator", report_id, access.recuse_from_report, "investigator")
    assert desk.readers(report_id) == SERVICE - {"investigator"}


def test_a_recusal_reaches_who_has_not_looked_yet(desk: Desk) -> None:
    """F2. The grants a report came with are gone: none of them is tried again, not even in a race."""
    office = desk.office
    filed(office)
    collected(office, "head")
    (report,) = office.reports()
    colleague = office.actor("colleague")
    with office.db() as db:
        tried = dossiers.try_offers(db, colleague, at_most=10)
    assert tried[report.id] is not None
    desk.outside("head", report.id, access.recuse_from_report, "colleague")
    with office.here.database.transaction() as db:
        dossiers.note_tried(db, colleague, tried)
    with office.app.app_context():
        claim(colleague)
        claim(office.actor("investigator"))
    assert count(desk, Offer) == 0
    assert desk.readers(report.id) == {"head"}
    give(desk, "head", report.id, "investigator")
    assert desk.readers(report.id) == {"head", "investigator"}


def test_the_last_who_reads_it_can_neither_leave_nor_be_put_outside(desk: Desk) -> None:
    report_id = desk.arrived()
    for username in ("investigator", "colleague"):
        desk.outside("head", report_id, access.revoke_from_report, username)
    for verb in (access.revoke_from_report, access.recuse_from_report):
        with pytest.raises(LastGrant):
            desk.outside("head", report_id, verb, "head")
    assert desk.readers(report_id) == {"head"}


def test_a_grantee_whose_account_is_closed_does_not_count_as_a_reader(desk: Desk) -> None:
    report_id = desk.arrived()
    desk.outside("head", report_id, access.revoke_from_report, "colleague")
    with desk.office.here.database.transaction() as db:
        staff.disable(db, member_id=desk.office.member("investigator").id, now=desk.office.clock())
    with pytest.raises(LastGrant):
        desk.outside("head", report_id, access.revoke_from_report, "head")


def test_who_lost_their_key_is_given_the_report_again(desk: Desk) -> None:
    """Nothing is lost while one grantee remains."""
    report_id = desk.arrived()
    colleague = desk.office.member("colleague").id
    damaged = sa.update(Grant).where(Grant.member_id == colleague).values(sealed=b"lost")
    desk.office.execute(damaged)
    assert desk.readers(report_id) == SERVICE - {"colleague"}
    assert give(desk, "head", report_id, "colleague")
    assert desk.readers(report_id) == SERVICE


def test_a_case_is_given_to_nobody_who_may_not_read_its_reports(desk: Desk) -> None:
    """F2. Whom the informant left out is not let in by way of the case."""
    report_id = desk.accepted(concerned=["investigator-2"])
    case_id = desk.opened("investigator", report_id)
    assert desk.readers(case_id) == SERVICE - {"colleague"}
    with pytest.raises(ReadersDiffer):
        desk.gave("head", case_id, "colleague")
    assert desk.readers(case_id) == SERVICE - {"colleague"}


def test_a_recusal_from_a_report_is_one_from_its_cases_and_the_reverse(desk: Desk) -> None:
    """F2."""
    first, second = desk.accepted(), desk.accepted()
    one, other = desk.opened("investigator", first), desk.opened("investigator", second)
    desk.outside("head", first, access.recuse_from_report, "colleague")
    assert desk.readers(one) == SERVICE - {"colleague"}
    assert desk.readers(other) == SERVICE
    desk.outside("head", other, access.recuse_from_case, "investigator")
    assert desk.readers(second) == SERVICE - {"investigator"}
    with desk.office.db() as db:
        owner = service.get_case(db, desk.office.actor("head"), other).dossier.owner_id
    assert owner == desk.office.member("head").id


def test_who_loses_a_report_loses_its_case(desk: Desk) -> None:
    report_id = desk.accepted()
    case_id = desk.opened("investigator", report_id)
    desk.outside("head", report_id, access.revoke_from_report, "colleague")
    assert desk.readers(case_id) == SERVICE - {"colleague"}
    assert desk.readers(report_id) == SERVICE - {"colleague"}


@pytest.fixture
def desk_on_postgresql(
    tmp_path: Path, postgresql_template: Stores, clock: MovableClock
) -> Iterator[Desk]:
    """The office where two transactions really run at once: SQLite's writers take turns from the beginning."""
    made = make_office(tmp_path, emptied(postgresql_template), clock)
    yield Desk(made)
    made.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("verb", [access.recuse_from_report, access.revoke_from_report])
def test_a_report_linked_in_the_moment_it_is_taken_away_lets_nobody_in(
    desk_on_postgresql: Desk, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    """F2. F6. The link is committed after the cases were counted, and before they are held."""
    desk, count = desk_on_postgresql, case_ids
    report_id, case_id = desk.accepted("head"), desk.opened("head")
    links = [lambda: desk.linked("head", case_id, report_id)]

    def counted(db: Session, one: str) -> Any:
        found = count(db, one)
        if one == report_id and links:
            links.pop()()
        return found

    monkeypatch.setattr(access, "case_ids", counted)
    desk.outside("head", report_id, verb, "colleague")
    assert links == []
    assert desk.readers(report_id) == SERVICE - {"colleague"}
    assert desk.readers(case_id) == SERVICE - {"colleague"}
