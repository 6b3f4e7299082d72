"""The week: the first page of whoever reads, with what they have to do, by when, and nothing they may not read."""

import re

from casework.destruction.service import ask_destruction
from casework.destruction.states import DestructionReason
from casework.dossiers import triage
from casework.dossiers.grants import give_grant
from casework.dossiers.service import open_report
from casework.dossiers.states import SetAside
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.reports import blob, claimed, replied
from tests.web.office.colleague import Colleague
from tests.web.office.reports import report_about
from tests.web.office.test_case_page import _let_read_reports
from tests.web.office.test_inbox import statements

WEEK = "/en/week"


def part(browser: Colleague, name: str) -> list[str]:
    """Open the week and give the lines of one part."""
    browser.get(WEEK)
    lines = browser.find(f"//section[@aria-labelledby='{name}']//li")
    return [_without_reference(" ".join(line.text_content().split())) for line in lines]


def _without_reference(line: str) -> str:
    return re.sub(r" [0-9a-f]{8}(?= |$)", "", line)


def test_the_week_is_what_a_reader_finds_first(sqlite_office: Office) -> None:
    head = Colleague(sqlite_office, "head", signed_in=False)
    head.give_password()
    assert head.give_code(sqlite_office.code("head")).location == "/en/"
    assert head.get("/en/home").location == WEEK
    assert head.get(WEEK).status_code == 200
    assert "Nothing is due in the next seven days" in head.text_of("//main")
    assert head.find("//nav[@class='menu']//a[@aria-current]/@href") == [WEEK]


def test_what_is_due_next_today_and_too_late_stands_in_its_part(sqlite_office: Office) -> None:
    report = report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    assert sorted(part(head, "next")) == [
        "Decide what becomes of the report By 01.12.2026 No category",
        "Tell the informant that the report is here By 01.12.2026 No category",
    ]
    assert (part(head, "overdue"), part(head, "today")) == ([], [])
    sqlite_office.clock.forward(days=7)
    head.sign_in()
    assert (len(part(head, "today")), part(head, "next")) == (2, [])
    sqlite_office.clock.forward(days=2)
    head.sign_in()
    late = part(head, "overdue")
    assert len(late) == 2
    assert all("2 days late, not explained" in line for line in late)
    links = set(head.find("//ol[@class='week']//a/@href"))
    assert links == {f"/en/reports/{report}"}


def test_what_one_may_not_read_is_in_no_part_and_in_no_count(sqlite_office: Office) -> None:
    """F1. F2."""
    report_about(sqlite_office, "head")
    claimed(sqlite_office, "oversight")
    replied(sqlite_office, "oversight", files=[blob(sqlite_office)])
    head, oversight = Colleague(sqlite_office, "head"), Colleague(sqlite_office, "oversight")
    assert part(head, "next") == []
    assert "nothing waits for you" in head.text_of("//main")
    assert len(part(oversight, "next")) == 2


def test_a_case_and_its_tasks_stand_with_what_they_are_called(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.opened("investigator")
    desk.set_task("investigator", case_id, "investigator")
    investigator, head = Colleague(sqlite_office, "investigator"), Colleague(sqlite_office, "head")
    task = "Ask for the delivery notes By 01.12.2026 Parts that never came"
    assert task in part(investigator, "next")
    assert task not in part(head, "next")
    sqlite_office.clock.forward(days=8)
    investigator.sign_in()
    assert f"{task} overdue" in part(investigator, "overdue")


def test_what_waits_for_a_second_person_is_shown_to_who_may_be_one(sqlite_office: Office) -> None:
    """F20."""
    desk = Desk(sqlite_office)
    case_id = desk.ready("investigator")
    _let_read_reports(desk)
    replied(sqlite_office, "colleague", files=[blob(sqlite_office)])
    desk.gave("investigator", case_id, "oversight")
    desk.proposed("colleague", case_id)
    head, investigator, colleague = (
        Colleague(sqlite_office, one) for one in ("head", "investigator", "colleague")
    )
    closing, file, reading = (
        "A case is to be closed",
        "A reply with files is to be approved",
        "Somebody of another desk is to read a case",
    )
    waits = {
        who.username: {
            words for words in (closing, file, reading) if words in str(part(who, "waiting"))
        }
        for who in (head, investigator, colleague)
    }
    assert waits == {
        "head": {closing, file, reading},
        "investigator": {file},
        "colleague": {reading},
    }
    desk.closed("head", case_id)
    assert closing not in str(part(head, "waiting"))


def test_what_a_colleague_asks_of_a_report_waits_too(sqlite_office: Office) -> None:
    """F3. Somebody of another desk is to read one; another is to be destroyed."""
    desk = Desk(sqlite_office)
    read, ended = desk.arrived(), desk.arrived()
    other = sqlite_office.member("oversight").id
    give = {"to": other, "actor": sqlite_office.actor("head"), "now": sqlite_office.clock()}
    with sqlite_office.here.database.transaction() as db:
        give_grant(db, open_report(db, sqlite_office.actor("head"), read), **give)  # type: ignore[arg-type]
    desk.report("head", ended, triage.begin_triage)
    desk.report("head", ended, triage.set_aside, SetAside.NO_FACTS, "It names nothing.")
    reason, today = DestructionReason.RETENTION, sqlite_office.here.today()
    desk.report("head", ended, ask_destruction, reason, today=today)
    expected = {
        f"Somebody of another desk is to read a report {read[:8]}",
        f"A report is to be destroyed {ended[:8]} since 24.11.2026",
    }
    colleague, head = (Colleague(sqlite_office, one) for one in ("colleague", "head"))
    colleague.get(WEEK)
    lines = colleague.find("//section[@aria-labelledby='waiting']//li")
    assert {" ".join(line.text_content().split()) for line in lines} == expected
    assert part(head, "waiting") == []


def test_a_week_costs_as_many_queries_with_many_reports_as_with_few(office: Office) -> None:
    """D14."""
    desk = Desk(office)
    counted = list[int]()
    for many in (1, 3):
        for _ in range(many):
            desk.ready("investigator")
            desk.set_task("investigator", desk.opened("investigator"), "head")
            report_about(office)
        head = Colleague(office, "head")
        head.get("/en/reports")
        with statements(office.here.database.engine) as asked:
            assert head.get(WEEK).status_code == 200
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_the_week_speaks_every_language(sqlite_office: Office) -> None:
    report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    sqlite_office.clock.forward(days=9)
    head.sign_in()
    for language in ("uz", "uz-Cyrl", "ru"):
        assert head.get(f"/{language}/week").status_code == 200
        text = head.text_of("//main")
        assert not any(word in text for word in ("Tell", "Decide", "late", "Nothing", "since"))
