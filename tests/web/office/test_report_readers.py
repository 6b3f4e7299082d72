"""Who reads a report, decided on its page: a colleague let in, the other desk by two people, somebody put outside."""

from typing import Any

import pytest
import sqlalchemy as sa

from casework.dossiers.models import Grant
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.web.office.colleague import Colleague
from tests.web.office.reports import report_about

pytestmark = pytest.mark.any_engine

REPORTS = "/en/reports"
UNKNOWN = "f" * 32


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people at work without its pages."""
    return Desk(office)


def standing(office: Office, dossier_id: str) -> dict[str, bool]:
    """Say of each member with a row whether they hold a key."""
    with office.db() as db:
        rows = sa.select(Grant).where(Grant.dossier_id == dossier_id)
        return {one.member_id: one.sealed is not None for one in db.scalars(rows)}


def test_somebody_of_the_other_desk_reads_a_report_once_a_second_person_agrees(
    office: Office,
) -> None:
    """F2. F3."""
    page, other = f"{REPORTS}/{report_about(office)}", office.member("oversight").id
    oversight = Colleague(office, "oversight")
    assert oversight.get(page).status_code == 404
    head, colleague = Colleague(office, "head"), Colleague(office, "colleague")
    head.get(page)
    assert head.send(f"{page}/readers", {"reader-member": other}).status_code == 303
    head.get(page)
    confirmation = f"{page}/readers/{other}/confirmation"
    assert head.post_to(confirmation, head.hidden_fields()).status_code == 409
    assert "You asked for this" in head.problem()
    assert oversight.get(page).status_code == 404
    colleague.get(page)
    assert colleague.press(confirmation).status_code == 303
    assert oversight.get(page).status_code == 200


def test_a_request_to_read_a_report_is_turned_down(office: Office) -> None:
    page, other = f"{REPORTS}/{report_about(office)}", office.member("oversight").id
    head, colleague = Colleague(office, "head"), Colleague(office, "colleague")
    head.get(page)
    head.send(f"{page}/readers", {"reader-member": other})
    colleague.get(page)
    assert colleague.press(f"{page}/readers/{other}/refusal").status_code == 303
    colleague.get(page)
    assert "asks that they may read" not in colleague.text_of("//main")


def test_whoever_the_informant_named_is_not_offered_to_be_let_in(office: Office) -> None:
    """F2."""
    report = report_about(office, "investigator-2")
    head = Colleague(office, "head")
    head.get(f"{REPORTS}/{report}")
    assert head.page is not None
    offered = head.page.xpath("//select[@name='reader-member']/option/text()")
    assert any("Audit Committee" in one for one in offered)
    assert not any("Second Investigator" in one for one in offered)
    named = {"reader-member": office.member("colleague").id}
    assert head.send(f"{REPORTS}/{report}/readers", named).status_code == 422
    assert Colleague(office, "colleague").get(f"{REPORTS}/{report}").status_code == 404


@pytest.mark.parametrize(("act", "left"), [("revocation", None), ("recusal", False)])
def test_who_is_put_outside_a_report_is_outside_its_cases(desk: Desk, act: str, left: Any) -> None:
    """F2."""
    office, report = desk.office, desk.accepted("head")
    case, colleague = desk.opened("head", report), office.member("colleague").id
    page, head = f"{REPORTS}/{report}", Colleague(office, "head")
    head.get(page)
    assert head.press(f"{page}/readers/{colleague}/{act}").status_code == 303
    assert [standing(office, one).get(colleague) for one in (report, case)] == [left, left]
    outside = Colleague(office, "colleague")
    assert outside.get(page).status_code == 404
    assert outside.get(f"/en/cases/{case}").status_code == 404


def test_who_recuses_themselves_comes_back_to_the_list_of_reports(
    office: Office, desk: Desk
) -> None:
    page, head = f"{REPORTS}/{desk.arrived()}", Colleague(office, "head")
    head.get(page)
    response = head.press(f"{page}/readers/{office.member('head').id}/recusal")
    assert (response.status_code, response.location) == (303, REPORTS)
    assert head.get(page).status_code == 404


def test_a_report_is_not_left_to_nobody(office: Office, desk: Desk) -> None:
    page, head = f"{REPORTS}/{desk.arrived()}", Colleague(office, "head")
    for other in ("investigator", "colleague"):
        head.get(page)
        member = office.member(other).id
        assert head.press(f"{page}/readers/{member}/recusal").status_code == 303
    head.get(page)
    own = office.member("head").id
    assert head.press(f"{page}/readers/{own}/recusal").status_code == 409
    assert "Nobody else could read it" in head.problem()
    assert head.get(page).status_code == 200


@pytest.mark.parametrize("act", ["confirmation", "refusal", "revocation", "recusal"])
def test_a_report_that_is_not_theirs_does_not_exist(office: Office, act: str) -> None:
    """F1."""
    page, member = f"{REPORTS}/{report_about(office)}", office.member("head").id
    oversight = Colleague(office, "oversight")
    oversight.get(REPORTS)
    fields = oversight.hidden_fields()
    assert oversight.post_to(f"{page}/readers/{member}/{act}", fields).status_code == 404
    head = Colleague(office, "head")
    head.get(page)
    missing = f"{REPORTS}/{UNKNOWN}/readers/{member}/{act}"
    assert head.post_to(missing, head.hidden_fields()).status_code == 404
