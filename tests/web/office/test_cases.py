"""Cases on the office's pages: opened from a report, listed, worked on and closed, by those who may read them."""

import pytest
import sqlalchemy as sa

from casework.cases.models import Case
from casework.cases.states import CaseState, Priority
from casework.dossiers import triage
from casework.dossiers.models import Note
from casework.web import case_listing
from tests.support.offices import Office
from tests.unit.cases.desk import SUMMARY, Desk
from tests.unit.casework.at_once import at_once
from tests.web.office.colleague import Colleague
from tests.web.office.test_inbox import statements

CASES, NOWHERE = "/en/cases", "f" * 32
NEW_CASE = {"case-title": "Parts that never came", "case-priority": "high", "case-danger": "y"}


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people at work without its pages."""
    return Desk(office)


def case_of(office: Office) -> Case:
    """Give the only case there is."""
    with office.db() as db:
        return db.scalars(sa.select(Case)).one()


def listed(browser: Colleague, query: str = "") -> list[str]:
    """Open the list; give the titles in it."""
    assert browser.get(f"{CASES}{query}").status_code == 200
    return [str(title) for title in browser.find("//tbody//a/text()")]


# ------------------------------------------------------------------ from a report


def test_a_case_is_opened_from_an_accepted_report(office: Office, desk: Desk) -> None:
    report = desk.accepted("head", category="bribery")
    head = Colleague(office, "head")
    head.open(report)
    assert head.chosen("case-category") == ["bribery"]
    response = head.send(f"/en/reports/{report}/cases", NEW_CASE)
    case = case_of(office)
    assert (response.status_code, response.location) == (303, f"{CASES}/{case.id}")
    assert (case.priority, case.danger) == (Priority.HIGH, True)
    assert head.get(response.location).status_code == 200
    page = head.text_of("//main")
    for words in ("Parts that never came", "Opened", "Danger", "High", "Bribe"):
        assert words in page
    head.open(report)
    assert head.find("//section[@class='panel']//a/@href") == [response.location]


def test_a_case_form_that_is_refused_comes_back_as_it_was_filled_in(
    office: Office, desk: Desk
) -> None:
    report = desk.accepted("head", category="bribery")
    head = Colleague(office, "head")
    head.open(report)
    path = f"/en/reports/{report}/cases"
    assert head.send(path, NEW_CASE | {"case-title": " ", "case-category": ""}).status_code == 422
    assert "title" in head.problem()
    assert head.chosen("case-priority") == ["high"]
    assert head.chosen("case-category") == [""]
    assert head.chosen("case-danger") == ["y"]
    assert head.send(path, {"case-priority": "at once", "case-title": "x"}).status_code == 422
    assert head.value_of("case-title") == "x"


def test_a_page_sent_twice_opens_one_case(office: Office, desk: Desk) -> None:
    """F6."""
    report = desk.accepted("head")
    head = Colleague(office, "head")
    head.open(report)
    path = f"/en/reports/{report}/cases"
    fields = head.fields_of(path) | NEW_CASE
    assert head.post_to(path, fields).status_code == 303
    assert head.post_to(path, fields).status_code == 409
    assert "changed meanwhile" in head.problem()
    assert case_of(office).state == CaseState.OPENED


def test_a_page_sent_twice_at_once_opens_one_case(office: Office, desk: Desk) -> None:
    """F6."""
    report = desk.accepted("head")
    head = Colleague(office, "head")
    head.open(report)
    path = f"/en/reports/{report}/cases"
    fields, sid = head.fields_of(path) | NEW_CASE, str(head.sid())
    browsers = [Colleague(office) for _ in range(3)]
    for browser in browsers:
        browser.use(sid)
    answers = at_once(*(lambda one=one: one.post_to(path, fields) for one in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert case_of(office).state == CaseState.OPENED


def test_a_report_is_added_to_one_of_the_members_open_cases(office: Office, desk: Desk) -> None:
    case, report = desk.opened(), desk.accepted("head")
    about_to_close = desk.ready()
    desk.proposed("investigator", about_to_close)
    head = Colleague(office, "head")
    head.open(report)
    assert head.find("//select[@name='link-case']/option/@value") == [case]
    path = f"/en/reports/{report}/link"
    assert head.send(path, {"link-case": about_to_close}).status_code == 422
    assert head.send(path, {"link-case": case}).status_code == 303
    head.get(f"{CASES}/{case}")
    assert f"/en/reports/{report}" in head.find("//ul[@class='items']//a/@href")
    removal = f"{CASES}/{case}/reports/{report}/removal"
    assert head.press(removal).status_code == 303
    head.open(report)
    assert head.find("//section[@class='panel']//a/@href") == []


def test_a_report_somebody_may_not_read_is_not_added_to_their_case(
    office: Office, desk: Desk
) -> None:
    """F2."""
    case = desk.opened()
    report = desk.arrived(concerned=["investigator-2"])
    for verb in (triage.begin_triage, triage.accept_report):
        desk.report("head", report, verb)
    head = Colleague(office, "head")
    head.open(report)
    assert head.send(f"/en/reports/{report}/link", {"link-case": case}).status_code == 409
    assert "Second Investigator" in head.problem()


@pytest.mark.parametrize(("name", "more"), [("cases", NEW_CASE), ("link", {})])
def test_only_an_accepted_report_comes_to_a_case_and_only_by_who_may_read_it(
    office: Office, desk: Desk, name: str, more: dict[str, str]
) -> None:
    """F1. F2. F6."""
    desk.opened()
    new, about = desk.arrived(), desk.arrived(concerned=["head"])
    head = Colleague(office, "head")
    for report, status in ((new, 409), (about, 404), (NOWHERE, 404)):
        head.get("/en/reports")
        fields = head.hidden_fields() | more | {"seen": "1", "link-case": case_of(office).id}
        assert head.post_to(f"/en/reports/{report}/{name}", fields).status_code == status
    head.open(new)
    assert not head.find(f"//form[@action='/en/reports/{new}/{name}']")


# ------------------------------------------------------------------------- the list


def test_the_list_names_the_cases_a_member_may_read_and_no_others(
    office: Office, desk: Desk
) -> None:
    """F2. E25."""
    desk.opened()
    head, oversight = Colleague(office, "head"), Colleague(office, "oversight")
    assert listed(head) == [SUMMARY["title"]]
    row = head.text_of("//tbody/tr")
    for words in ("24.11.2026", "First Investigator", "Opened", "Medium"):
        assert words in row
    assert head.text_of("//caption") == "1 case"
    assert listed(oversight) == []
    assert "no open case for you" in oversight.text_of("//main")
    assert Colleague(office, "administrator").get(CASES).status_code == 403


def test_the_list_shows_one_state_or_ones_own(office: Office, desk: Desk) -> None:
    desk.opened("investigator")
    closed = desk.ready("investigator")
    desk.proposed("investigator", closed)
    desk.closed("head", closed)
    investigator, head = Colleague(office, "investigator"), Colleague(office, "head")
    counts = {"": 1, "?state=closed": 1, "?state=audit": 0, "?state=nonsense": 1, "?mine=y": 1}
    for query, count in counts.items():
        assert len(listed(investigator, query)) == count, query
    assert investigator.find(f"//a[contains(@href, '{closed}')]") == []
    assert listed(head, "?mine=y") == []
    assert "no such case" in head.text_of("//main")
    investigator.get(f"{CASES}?state=closed&mine=y")
    assert investigator.chosen("state") == ["closed"]
    assert investigator.chosen("mine") == ["y"]


def test_danger_and_urgent_cases_come_first_and_the_list_is_leafed_through(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_listing, "PAGE", 2)
    plain, low, high, danger = (desk.opened() for _ in range(4))
    for case, values in (
        (low, {"priority": "low", "urgency": 5}),
        (high, {"priority": "high", "urgency": 3}),
        (danger, {"danger": True, "priority": "low", "urgency": 2}),
    ):
        office.execute(sa.update(Case).where(Case.id == case).values(**values))
    head, found = Colleague(office, "head"), list[str]()
    for page in (1, 2):
        head.get(f"{CASES}?page={page}")
        found += [str(link).rpartition("/")[2] for link in head.find("//tbody//a/@href")]
        assert f"Page {page} of 2" in head.text_of("//nav[@class='paging']")
    assert found == [danger, high, plain, low]
    assert head.get(f"{CASES}?page={'9' * 400}").status_code == 200


def test_lists_and_pages_cost_as_many_queries_with_eight_cases_as_with_two(
    office: Office, desk: Desk
) -> None:
    """D14."""
    first, counted = desk.opened(), list[list[int]]()
    head = Colleague(office, "head")
    for many in (1, 6):
        for _ in range(many):
            desk.opened()
            desk.linked("investigator", first, desk.accepted())
            desk.stated("investigator", first)
            desk.set_task("investigator", first, "head")
        report = desk.accepted()
        head.get("/en/reports")
        found = []
        for path in (CASES, f"{CASES}/{first}", f"/en/reports/{report}"):
            with statements(office.here.database.engine) as asked:
                assert head.get(path).status_code == 200
            found.append(len(asked))
        counted.append(found)
    assert counted[0] == counted[1]


def test_a_case_whose_summary_is_damaged_is_listed_all_the_same(office: Office, desk: Desk) -> None:
    """F10."""
    desk.opened()
    office.execute(sa.update(Note).values(sealed=b"x"))
    assert listed(Colleague(office, "head")) == ["No title"]
