"""Time limits on the pages of reports and cases: they follow the work, and each act on one is asked for by a form of its own."""

import pytest
import sqlalchemy as sa

from casework.clocks.agenda import clocks_of, is_overdue
from casework.clocks.models import Clock
from casework.clocks.states import ClockState
from casework.dossiers.models import Note
from casework.ledger.models import LedgerEntry
from casework.ledger.service import body_of
from casework.ledger.states import Act
from tests.support.offices import Office
from tests.web.office.colleague import Colleague
from tests.web.office.reports import report_about
from tests.web.office.test_triage import act

WORDS = "Ohangaron, the second shift, and nobody else."
FORMS = {
    "pause": {"pause_triage-reason": "awaiting_informant", "pause_triage-words": WORDS},
    "resumption": {},
    "extension": {
        "extend_triage-amount": "3",
        "extend_triage-reason": "complexity",
        "extend_triage-words": WORDS,
    },
    "explanation": {"explain_triage-reason": "workload", "explain_triage-words": WORDS},
    "danger": {},
    "safety": {},
}


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    """One engine: what the database has a part in is tried in tests/unit/cases."""
    return sqlite_office


@pytest.fixture
def report(sqlite_office: Office) -> str:
    """A report the service may read."""
    return report_about(sqlite_office)


@pytest.fixture
def head(sqlite_office: Office, report: str) -> Colleague:
    """The head of the service, signed in when the report was there."""
    assert report
    return Colleague(sqlite_office, "head")


def clock(office: Office, subject: str, kind: str = "triage") -> Clock:
    """Give the newest clock of a kind."""
    with office.db() as db:
        mine = [one for one in clocks_of(db, [subject])[subject] if one.kind == kind]
    return max(mine, key=lambda one: one.started_at)


def turn(office: Office, browser: Colleague, subject: str, name: str, **more: str) -> int:
    """Open a report and do something to the time limit of its triage; give the status."""
    browser.open(subject)
    path = f"/en/reports/{subject}/clocks/{clock(office, subject).id}/{name}"
    return browser.send(path, FORMS[name] | more).status_code


def brought(office: Office, browser: Colleague, subject: str, name: str) -> None:
    """Bring a time limit to where something can be done to it."""
    if name == "resumption":
        assert turn(office, browser, subject, "pause") == 303
    if name == "safety":
        assert turn(office, browser, subject, "danger") == 303
    if name == "explanation":
        office.clock.forward(days=14)
        browser.sign_in()


def last_day(office: Office, subject: str, kind: str = "triage") -> str:
    due = clock(office, subject, kind).due_at
    return str(office.here.post.timekeeping.last_day(due))


def told(office: Office, subject: str) -> list[tuple[str, dict[str, str]]]:
    """Give what the ledger says of a subject."""
    with office.db() as db:
        bodies = [body_of(one) for one in db.scalars(sa.select(LedgerEntry))]
    return [(one.act, dict(one.change)) for one in bodies if one.subject == subject]


def test_a_decision_in_time_meets_the_clock_of_triage(
    office: Office, head: Colleague, report: str
) -> None:
    assert act(head, report, "triage") == 303
    assert clock(office, report).state == ClockState.RUNNING
    assert act(head, report, "acceptance") == 303
    assert clock(office, report).state == ClockState.MET
    head.open(report)
    assert "Done on 24.11.2026" in head.text_of("//section[@class='clocks']")


@pytest.mark.parametrize("name", list(FORMS))
def test_each_act_on_a_time_limit_is_one_of_the_page(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    """Why is sealed; the ledger has a code."""
    brought(office, head, report, name)
    before = clock(office, report)
    assert turn(office, head, report, name) == 303
    after = clock(office, report)
    assert after.version == before.version + 1
    ledger = str(told(office, report))
    assert WORDS not in ledger
    words = [value for field, value in FORMS[name].items() if field.endswith("words")]
    head.open(report)
    assert [WORDS in head.text_of("//ol[@class='notes']")] * len(words) == [True] * len(words)
    with office.db() as db:
        assert all(WORDS.encode() not in note.sealed for note in db.scalars(sa.select(Note)))


def test_a_late_decision_is_not_refused_and_is_shown_until_somebody_explains(
    office: Office, head: Colleague, report: str
) -> None:
    office.clock.forward(days=14)
    head.sign_in()
    assert act(head, report, "triage") == 303
    assert act(head, report, "acceptance") == 303
    late = clock(office, report)
    assert late.state == ClockState.RUNNING
    assert is_overdue(late, office.clock())
    head.open(report)
    assert "Done too late, and nobody has said why" in head.text_of("//section[@class='clocks']")
    head.get("/en/week")
    assert "Say why this was late" in head.text_of("//main")
    assert turn(office, head, report, "explanation") == 303
    explained = clock(office, report)
    assert (explained.state, explained.late_reason) == (ClockState.MET, "workload")
    head.open(report)
    assert "late: Too much work at once" in head.text_of("//section[@class='clocks']")
    head.get("/en/week")
    assert "Say why" not in head.text_of("//main")
    assert (Act.CLOCK_MET, "workload") in [
        (name, change.get("reason")) for name, change in told(office, report)
    ]


def test_what_is_explained_before_it_is_done_is_met_by_the_decision(
    office: Office, head: Colleague, report: str
) -> None:
    brought(office, head, report, "explanation")
    assert turn(office, head, report, "explanation") == 303
    assert clock(office, report).state == ClockState.RUNNING
    head.open(report)
    assert "Late: Too much work at once" in head.text_of("//section[@class='clocks']")
    act(head, report, "triage")
    assert act(head, report, "acceptance") == 303
    assert clock(office, report).state == ClockState.MET


def test_a_question_pauses_triage_and_going_on_lets_it_run(
    office: Office, head: Colleague, report: str
) -> None:
    act(head, report, "triage")
    assert act(head, report, "question") == 303
    assert clock(office, report).state == ClockState.PAUSED
    head.open(report)
    shown = head.text_of("//section[@class='clocks']")
    assert "Paused since 24.11.2026: Waiting for the informant" in shown
    office.clock.forward(days=2)
    head.sign_in()
    assert act(head, report, "answer") == 303
    assert clock(office, report).state == ClockState.RUNNING
    assert last_day(office, report) == "2026-12-03"


def test_danger_is_four_hours_from_when_the_report_was_collected(
    office: Office, head: Colleague, report: str
) -> None:
    collected = office.clock()
    office.clock.forward(hours=1)
    head.sign_in()
    assert turn(office, head, report, "danger") == 303
    hours = (clock(office, report).due_at - collected).total_seconds() / 3600
    assert round(hours) == 4
    head.open(report)
    assert "Danger" in head.text_of("//section[@class='clocks']")
    assert turn(office, head, report, "safety") == 303
    assert last_day(office, report) == "2026-12-01"


def test_only_who_may_give_more_time_is_offered_it(office: Office, report: str) -> None:
    for username, offered in (("head", True), ("investigator", False)):
        browser = Colleague(office, username)
        browser.open(report)
        assert bool(browser.find("//form[contains(@action, '/extension')]")) is offered
    path = f"/en/reports/{report}/clocks/{clock(office, report).id}/extension"
    fields = browser.hidden_fields() | FORMS["extension"] | {"seen": "1"}
    assert browser.post_to(path, fields).status_code == 409
    assert clock(office, report).version == 1


@pytest.mark.parametrize("name", list(FORMS))
def test_an_old_page_changes_no_time_limit(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    """F6."""
    brought(office, head, report, name)
    head.open(report)
    path = f"/en/reports/{report}/clocks/{clock(office, report).id}/{name}"
    fields = head.fields_of(path) | FORMS[name]
    assert head.post_to(path, fields).status_code == 303
    after = clock(office, report)
    assert head.post_to(path, fields).status_code == 409
    assert "changed meanwhile" in head.problem()
    assert clock(office, report).version == after.version


@pytest.mark.parametrize("name", ["pause", "extension", "explanation"])
def test_a_refused_form_of_a_time_limit_comes_back_with_all_that_was_typed(
    office: Office, head: Colleague, report: str, name: str
) -> None:
    brought(office, head, report, name)
    for field, value in {"reason": "nobody", "words": " ", "amount": "400"}.items():
        given = {one: value for one in FORMS[name] if one.endswith(field)}
        if not given:
            continue
        assert turn(office, head, report, name, **given) == 422
        assert head.problem()
        assert len(head.find("//details[@open]")) == 1
        (typed,) = [one for one in FORMS[name] if one.endswith("words")]
        assert head.value_of(typed) == (WORDS if field != "words" else "")
    assert clock(office, report).late_reason is None
    assert clock(office, report).version == 1


def test_whose_report_it_is_not_does_nothing_to_its_time_limits(office: Office) -> None:
    """F1. F2."""
    about, other = report_about(office, "head"), report_about(office)
    head = Colleague(office, "head")
    head.open(other)
    fields = head.hidden_fields() | FORMS["pause"] | {"seen": "1"}
    for subject in (about, other):
        path = f"/en/reports/{subject}/clocks/{clock(office, about).id}/pause"
        assert head.post_to(path, fields).status_code == 404
    assert clock(office, about).version == 1


def test_time_limits_speak_every_language(head: Colleague, report: str) -> None:
    act(head, report, "triage")
    act(head, report, "question")
    for language in ("uz", "uz-Cyrl", "ru"):
        assert head.get(f"/{language}/reports/{report}").status_code == 200
        shown = head.text_of("//section[@class='clocks']")
        assert not any(word in shown for word in ("Paused", "Triage", "Waiting", "By "))


def case_of(browser: Colleague, report: str) -> str:
    """Take a report through triage and open a case of it; give the case's id."""
    act(browser, report, "triage")
    act(browser, report, "acceptance")
    browser.open(report)
    path = f"/en/reports/{report}/cases"
    response = browser.send(path, {"case-title": "Parts", "case-priority": "normal"})
    return str(response.location).rpartition("/")[2]


def change_case(browser: Colleague, case: str, path: str, **fields: str) -> int:
    """Open a case and send one of its forms; give the status."""
    browser.get(f"/en/cases/{case}")
    return browser.send(f"/en/cases/{case}/{path}", fields).status_code


def test_a_case_has_its_review_from_its_opening_and_its_last_lawful_day_from_the_first_allegation(
    office: Office, head: Colleague, report: str
) -> None:
    case = case_of(head, report)
    assert last_day(office, case, "preliminary_review") == "2026-12-09"
    assert change_case(head, case, "review") == 303
    given = {"allegation-statement": WORDS, "allegation-since": "31.08.2026"}
    assert change_case(head, case, "allegations", **given) == 303
    assert last_day(office, case, "discipline") == "2027-02-28"
    head.get(f"/en/cases/{case}")
    shown = head.text_of("//section[@class='clocks']")
    assert "Last lawful day for a disciplinary penalty By 28.02.2027" in shown
    where = f"clocks/{clock(office, case, 'discipline').id}/pause"
    typed = {
        "pause_discipline-reason": "criminal_proceedings",
        "pause_discipline-words": WORDS,
    }
    assert change_case(head, case, where, **typed) == 303
    head.get(f"/en/cases/{case}")
    assert "Paused since 24.11.2026: Criminal proceedings" in head.text_of("//main")
    assert "Time limit: Last lawful day" in head.text_of("//ol[@class='notes']")
    assert change_case(head, case, "audit") == 303
    assert clock(office, case, "preliminary_review").state == ClockState.MET


def test_nothing_is_alleged_for_a_day_that_cannot_have_been(
    office: Office, head: Colleague, report: str
) -> None:
    case = case_of(head, report)
    for day in ("25.11.2026", "31.12.1999", "31.06.2026", "in May"):
        given = {"allegation-statement": WORDS, "allegation-since": day, "allegation-audit": "y"}
        assert change_case(head, case, "allegations", **given) == 422
        assert head.value_of("allegation-since") == day
        assert head.value_of("allegation-statement") == WORDS
    with office.db() as db:
        assert "discipline" not in {one.kind for one in clocks_of(db, [case])[case]}


def test_danger_found_in_triage_is_ticked_when_a_case_is_opened(
    office: Office, head: Colleague, report: str
) -> None:
    assert turn(office, head, report, "danger") == 303
    act(head, report, "triage")
    act(head, report, "acceptance")
    head.open(report)
    assert head.find("//input[@name='case-danger']/@checked")


def test_feedback_that_nobody_can_be_given_is_ended_with_words(
    office: Office, head: Colleague, report: str
) -> None:
    head.open(report)
    assert head.reply(report, "Thank you").status_code == 303
    feedback = clock(office, report, "feedback")
    path = f"/en/reports/{report}/clocks/{feedback.id}/ending"
    head.open(report)
    assert head.send(path, {"stop_feedback-words": WORDS}).status_code == 303
    assert clock(office, report, "feedback").state == ClockState.STOPPED
    head.open(report)
    assert head.find("//form[contains(@action, '/ending')]") == []
    assert WORDS in head.text_of("//ol[@class='notes']")
