"""What informants see of their reports' progress, derived from where the service stands and from the letters."""

import pytest

from casework.dossiers import triage
from casework.dossiers.service import open_report
from casework.dossiers.states import LetterPurpose, Route, SetAside
from casework.post import progress
from portal.mailbox.models import PublicState
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.reports import collected, filed, replied

RECEIVED, IN_REVIEW, QUESTION, CLOSED = PublicState


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people at work without its pages."""
    return Desk(office)


def told(office: Office, report_id: str) -> PublicState:
    """Let the post go round; say what the informant of a report sees now, which the office knows as well."""
    office.exchange()
    (report,) = [one for one in office.reports() if one.id == report_id]
    (mailbox,) = [one for one in office.portal.mailboxes() if one.dossier_id == report_id]
    assert report.public_state == mailbox.public_state
    return PublicState(mailbox.public_state)


def test_an_informant_sees_that_their_report_was_taken_up_not_what_was_decided(desk: Desk) -> None:
    report = desk.arrived()
    assert told(desk.office, report) == RECEIVED
    desk.report("head", report, triage.begin_triage)
    assert told(desk.office, report) == IN_REVIEW
    desk.report("head", report, triage.ask_informant)
    desk.report("head", report, triage.hear_informant)
    desk.report("head", report, triage.accept_report)
    assert told(desk.office, report) == IN_REVIEW


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (triage.set_aside, (SetAside.NO_FACTS, "It names nothing.")),
        (triage.reroute, (Route.SAFETY, "A copy")),
    ],
)
def test_a_report_that_ended_in_triage_is_finished_until_it_is_taken_up_again(
    desk: Desk, verb: object, given: tuple[object, str]
) -> None:
    report = desk.arrived()
    desk.report("head", report, triage.begin_triage)
    desk.report("head", report, verb, *given)  # type: ignore[arg-type]
    assert told(desk.office, report) == CLOSED
    desk.report("head", report, triage.reopen_report, "New facts")
    assert told(desk.office, report) == IN_REVIEW


def test_a_question_is_one_until_it_is_answered(office: Office) -> None:
    informant = filed(office)
    collected(office, "head")
    (report,) = office.reports()
    replied(office, "head", "Which day?", purpose=LetterPurpose.QUESTION)
    # The letter first, then what is derived from it.
    assert told(office, report.id) == QUESTION
    informant.write("On Monday")
    assert told(office, report.id) == RECEIVED
    replied(office, "head", "Thank you")
    assert told(office, report.id) == RECEIVED
    replied(office, "head", "And which hour?", purpose=LetterPurpose.QUESTION)
    assert told(office, report.id) == QUESTION


def test_an_answer_taken_back_leaves_the_question_open(office: Office) -> None:
    """F19."""
    informant = filed(office)
    collected(office, "head")
    (report,) = office.reports()
    replied(office, "head", "Which day?", purpose=LetterPurpose.QUESTION)
    office.exchange()
    informant.write("On Monday")
    assert told(office, report.id) == RECEIVED
    informant.get("/en/mailbox")
    assert informant.page is not None
    *_, path = informant.page.xpath("//form[contains(@action, '/deletion')]/@action")
    assert informant.send(path).status_code == 303
    assert told(office, report.id) == QUESTION


def test_a_report_is_finished_with_the_last_of_its_cases(desk: Desk) -> None:
    report = desk.accepted()
    first = desk.ready("investigator", report)
    second = desk.ready("investigator", report)
    assert told(desk.office, report) == IN_REVIEW
    for case, expected in ((first, IN_REVIEW), (second, CLOSED)):
        desk.proposed("investigator", case)
        desk.closed("head", case)
        assert told(desk.office, report) == expected


def test_who_said_it_second_hears_what_becomes_of_what_was_said_first(desk: Desk) -> None:
    first, second, third = (desk.arrived() for _ in range(3))
    for one in (first, second, third):
        desk.report("head", one, triage.begin_triage)
    merged(desk, third, second)
    merged(desk, second, first)
    assert [told(desk.office, one) for one in (first, second, third)] == [IN_REVIEW] * 3
    desk.report("head", first, triage.set_aside, SetAside.NO_FACTS, "It names nothing.")
    assert [told(desk.office, one) for one in (first, second, third)] == [CLOSED] * 3


def merged(desk: Desk, report: str, into: str) -> None:
    actor = desk.office.actor("head")
    with desk.office.here.database.transaction() as db:
        one, other = open_report(db, actor, report), open_report(db, actor, into)
        values = {"seen": one.dossier.version, "actor": actor, "now": desk.office.clock()}
        triage.merge_report(db, one, other, **values)  # type: ignore[arg-type]


def test_a_round_cut_off_between_the_two_stores_is_made_good_by_the_next(desk: Desk) -> None:
    """Told, and not noted: the next round tells it again, and notes it."""
    report = desk.arrived()
    desk.report("head", report, triage.begin_triage)
    assert told(desk.office, report) == IN_REVIEW
    with desk.office.here.database.transaction() as db:
        progress.note_told(db, {report: RECEIVED})
    assert told(desk.office, report) == IN_REVIEW
