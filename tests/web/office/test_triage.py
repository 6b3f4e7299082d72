"""Triage on a report's page: each act through its form, by those who may read the report, and on the page as it stands."""

import pytest
import sqlalchemy as sa

from casework.dossiers.models import Note, Report
from casework.dossiers.states import ReportState
from tests.support.offices import Office
from tests.support.runs import FULL
from tests.web.office.colleague import Colleague
from tests.web.office.reports import collect, report_about
from tests.web.office.test_inbox import statements
from tests.web.pages.hostile import TEXTS
from tests.web.pages.test_hostile_text import HARMLESS, addresses, kept_text, shape

pytestmark = pytest.mark.any_engine

NOWHERE = "f" * 32
WORDS = "It names nobody and nothing that happened."
# Each act, with what its form is filled in with.
FORMS = {
    "triage": {},
    "question": {},
    "answer": {},
    "acceptance": {},
    "setting-aside": {"aside-reason": "no_facts", "aside-words": WORDS},
    "rerouting": {"route-route": "human_resources", "route-handed_over": WORDS},
    "merging": {"merge-into": NOWHERE},
    "reopening": {"reopen-words": WORDS},
}
FOLDED = ("setting-aside", "rerouting", "merging", "reopening")
NEEDS = {"answer": ("triage", "question"), "reopening": ("triage", "setting-aside")}


@pytest.fixture
def report(office: Office) -> str:
    """A report the service may read."""
    return report_about(office)


@pytest.fixture
def head(office: Office, report: str) -> Colleague:
    """The head of the service, signed in when the report was there."""
    assert report
    return Colleague(office, "head")


def act(browser: Colleague, report: str, name: str, **more: str) -> int:
    """Open the report and do something by its page; give the status."""
    browser.open(report)
    path = f"/en/reports/{report}/{name}"
    return browser.send(path, FORMS[name] | more).status_code


def brought(browser: Colleague, report: str, name: str) -> None:
    """Bring a report to where an act is possible."""
    for before in NEEDS.get(name, () if name == "triage" else ("triage",)):
        assert act(browser, report, before) == 303


def state(office: Office, report: str) -> str:
    with office.db() as db:
        return str(db.scalar(sa.select(Report.state).where(Report.id == report)))


def offered(browser: Colleague, report: str) -> set[str]:
    """Say which acts of triage the open page has a form for."""
    actions = browser.find(f"//form[starts-with(@action, '/en/reports/{report}/')]/@action")
    return {str(action).rpartition("/")[2] for action in actions} & set(FORMS)


def test_a_report_goes_through_triage_by_the_buttons_of_its_page(
    office: Office, head: Colleague, report: str
) -> None:
    steps = [
        ("triage", ReportState.TRIAGE, "In triage"),
        ("question", ReportState.INFO_REQUESTED, "Waiting for the informant"),
        ("answer", ReportState.TRIAGE, "In triage"),
        ("acceptance", ReportState.ACCEPTED, "Accepted"),
    ]
    head.open(report)
    assert "Not yet taken up" in head.text_of("//h2")
    for name, expected, words in steps:
        assert act(head, report, name) == 303
        assert state(office, report) == expected
        head.open(report)
        assert words in head.text_of("//h2")


def test_a_page_offers_what_can_be_done_and_nothing_else(
    office: Office, head: Colleague, report: str
) -> None:
    report_about(office)
    collect(head)
    expected = {
        "": {"triage"},
        "triage": {"question", "acceptance", "setting-aside", "rerouting", "merging"},
        "question": {"answer", "setting-aside"},
        "setting-aside": {"reopening"},
    }
    for name, acts in expected.items():
        if name:
            assert act(head, report, name) == 303
        head.open(report)
        assert offered(head, report) == acts


def test_why_a_report_is_set_aside_and_taken_up_again_stands_on_its_page(
    office: Office, head: Colleague, report: str
) -> None:
    brought(head, report, "setting-aside")
    assert act(head, report, "setting-aside") == 303
    assert act(head, report, "reopening", **{"reopen-words": "A name came."}) == 303
    assert state(office, report) == ReportState.TRIAGE
    colleague = Colleague(office, "colleague")
    colleague.open(report)
    first, second = colleague.find("//ol[@class='notes']/li")
    text = " ".join(first.text_content().split())
    assert text == f"Head of Service 24.11.2026 No facts that could be checked {WORDS}"
    assert "A name came." in second.text_content()


def test_a_report_is_passed_on_with_a_note_of_what_was_handed_over(
    office: Office, head: Colleague, report: str
) -> None:
    brought(head, report, "rerouting")
    assert act(head, report, "rerouting") == 303
    assert state(office, report) == ReportState.REROUTED
    head.open(report)
    assert f"Human resources {WORDS}" in head.text_of("//ol[@class='notes']")


def test_a_report_is_merged_into_one_of_those_the_page_lists(
    office: Office, head: Colleague, report: str
) -> None:
    other, third = report_about(office), report_about(office)
    hidden = report_about(office, "head")
    collect(head)
    brought(head, report, "merging")
    head.open(report)
    listed = head.find("//select[@name='merge-into']/option/@value")
    assert set(listed) == {other, third}
    assert act(head, report, "merging", **{"merge-into": hidden}) == 422
    assert act(head, report, "merging", **{"merge-into": other}) == 303
    head.open(report)
    assert head.find("//section[@class='panel']//a/@href") == [f"/en/reports/{other}"]
    brought(head, third, "merging")
    assert act(head, third, "merging", **{"merge-into": report}) == 409
    assert "itself merged" in head.problem()
    assert state(office, third) == ReportState.TRIAGE


@pytest.mark.parametrize("name", FOLDED)
def test_a_refused_form_comes_back_with_all_that_was_typed(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    report_about(office)
    collect(head)
    brought(head, report, name)
    given = {
        "setting-aside": {"aside-reason": "withdrawn", "aside-words": " "},
        "rerouting": {"route-route": "nobody", "route-handed_over": "Typed words"},
        "merging": {"merge-into": NOWHERE},
        "reopening": {"reopen-words": "ж" * 10_001},
    }[name]
    before = state(office, report)
    assert act(head, report, name, **given) == 422
    assert head.problem()
    assert len(head.find("//details[@open]")) == 1
    if name == "setting-aside":
        assert head.chosen("aside-reason") == ["withdrawn"]
        assert "Say why." in head.problem()
    if name == "rerouting":
        assert head.value_of("route-handed_over") == "Typed words"
    if name == "reopening":
        assert head.value_of("reopen-words") == "ж" * 10_001
    assert state(office, report) == before


@pytest.mark.parametrize("name", FORMS)
def test_an_old_page_is_refused_and_shows_how_things_stand(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    """F6. Even where the act would still be possible."""
    report_about(office)
    collect(head)
    brought(head, report, name)
    head.open(report)
    path = f"/en/reports/{report}/{name}"
    fields = head.fields_of(path) | FORMS[name]
    office.execute(sa.update(Report).where(Report.id == report).values(version=9))
    before = state(office, report)
    assert head.post_to(path, fields).status_code == 409
    assert "changed meanwhile" in head.problem()
    assert head.fields_of(f"/en/reports/{report}/replies")
    assert state(office, report) == before
    for seen in ("", "x", "9" * 400):
        assert head.post_to(path, fields | {"seen": seen}).status_code == 409


@pytest.mark.parametrize("name", FORMS)
def test_what_is_no_step_from_here_is_refused(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    """F6."""
    head.open(report)
    seen = {"triage": "2"}.get(name, "1")
    if name == "triage":
        assert act(head, report, "triage") == 303
        head.open(report)
    fields = head.hidden_fields() | FORMS[name] | {"seen": seen}
    before = state(office, report)
    assert head.post_to(f"/en/reports/{report}/{name}", fields).status_code == 409
    assert state(office, report) == before


@pytest.mark.parametrize("name", FORMS)
def test_whose_report_it_is_not_does_nothing_to_it(office: Office, name: str) -> None:
    """F1. F2."""
    about = report_about(office, "head")
    oversight, head = Colleague(office, "oversight"), Colleague(office, "head")
    brought(oversight, about, name)
    oversight.open(about)
    before = state(office, about)
    for other in (about, NOWHERE):
        head.get("/en/reports")
        fields = head.hidden_fields() | FORMS[name] | {"seen": "1"}
        assert head.post_to(f"/en/reports/{other}/{name}", fields).status_code == 404
    assert state(office, about) == before


@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_done_without_the_pages_token(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    """B1."""
    report_about(office)
    collect(head)
    brought(head, report, name)
    head.open(report)
    path = f"/en/reports/{report}/{name}"
    fields = head.fields_of(path) | FORMS[name] | {"csrf_token": "x"}
    before = state(office, report)
    assert head.post_to(path, fields).status_code == 400
    assert state(office, report) == before


def test_hostile_words_of_a_colleague_are_text(sqlite_office: Office) -> None:
    """C1. B18."""
    report = report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    brought(head, report, "setting-aside")
    shapes = []
    # Every fourth; in the long run, all of them.
    for text in (HARMLESS, *(TEXTS if FULL else TEXTS[::4])):
        assert act(head, report, "setting-aside", **{"aside-words": text}) == 303
        head.open(report)
        said = head.find("//ol[@class='notes']/li[last()]/*[@class='said']")[0].text_content()
        assert str(said).split() == kept_text(text).split()
        shapes.append((set(shape(head)), addresses(head.page)))
        assert act(head, report, "reopening") == 303
    assert all(other == shapes[0] for other in shapes)


def test_a_damaged_note_is_named_and_the_page_goes_on(
    office: Office, head: Colleague, report: str
) -> None:
    """F10."""
    brought(head, report, "rerouting")
    assert act(head, report, "rerouting") == 303
    office.execute(sa.update(Note).values(sealed=b"x"))
    assert head.open(report).status_code == 200
    assert "damaged" in head.text_of("//ol[@class='notes']")


def test_a_report_in_triage_costs_as_many_queries_among_eight_as_among_two(
    office: Office, head: Colleague, report: str
) -> None:
    """D14."""
    counted = list[int]()
    for many in (1, 6):
        for _ in range(many):
            report_about(office)
        collect(head)
        if not counted:
            brought(head, report, "merging")
        with statements(office.here.database.engine) as asked:
            assert head.open(report).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru"])
def test_triage_speaks_every_language(sqlite_office: Office, language: str) -> None:
    report = report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    brought(head, report, "setting-aside")
    assert head.get(f"/{language}/reports/{report}").status_code == 200
    assert "In triage" not in head.text_of("//main")
