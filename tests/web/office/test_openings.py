"""Who opened what: each look at a report, a case or a file stands in the ledger before anything of it is shown."""

import pytest
import sqlalchemy as sa

from casework.cases import work
from casework.cases.states import TaskAction
from casework.dossiers import triage
from casework.ledger.service import body_of, entries_of
from casework.ledger.states import Act
from casework.web import opening
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.test_post import FILE
from tests.web.office.colleague import Colleague
from tests.web.office.reports import report_about


def openings(office: Office, subject: str) -> list[tuple[str | None, dict[str, str]]]:
    """Give who opened something, and which file of it, in order."""
    with office.db() as db:
        bodies = [body_of(entry) for entry in entries_of(db, subject)]
    return [(b.actor, dict(b.change)) for b in bodies if b.act == Act.DOSSIER_OPENED]


def test_who_opens_a_report_or_a_case_stands_in_the_ledger(office: Office) -> None:
    desk = Desk(office)
    report_id = desk.accepted()
    case_id = desk.opened("investigator", report_id)
    readers = {name: Colleague(office, name) for name in ("head", "colleague")}
    for browser in readers.values():
        assert browser.get(f"/en/reports/{report_id}").status_code == 200
    assert readers["head"].get(f"/en/cases/{case_id}").status_code == 200
    head, colleague = (office.member(name).id for name in ("head", "colleague"))
    assert openings(office, report_id) == [(head, {"as": "reader"}), (colleague, {"as": "reader"})]
    assert openings(office, case_id) == [(head, {"as": "reader"})]


def test_as_what_somebody_opens_a_report_stands_there(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    report_id = desk.arrived()
    head, colleague = (Colleague(sqlite_office, name) for name in ("head", "colleague"))
    head.get(f"/en/reports/{report_id}")
    desk.report("head", report_id, triage.begin_triage)
    for browser in (head, colleague):
        browser.get(f"/en/reports/{report_id}")
    said = [change for _, change in openings(sqlite_office, report_id)]
    assert said == [{"as": "intake"}, {"as": "triage"}, {"as": "reader"}]


def test_as_what_somebody_opens_a_case_stands_there(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.ready()
    task_id = desk.set_task("investigator", case_id, "colleague")
    people = {
        name: Colleague(sqlite_office, name) for name in ("investigator", "colleague", "head")
    }
    people["investigator"].get(f"/en/cases/{case_id}")
    people["colleague"].get(f"/en/cases/{case_id}")
    today = sqlite_office.here.today()
    desk.case("colleague", case_id, work.end_task, task_id, TaskAction.FINISH, today=today)
    people["colleague"].get(f"/en/cases/{case_id}")
    desk.proposed("investigator", case_id)
    people["head"].get(f"/en/cases/{case_id}")
    said = [change["as"] for _, change in openings(sqlite_office, case_id)]
    assert said == ["owner", "task", "reader", "approver"]


def test_who_downloads_a_file_stands_there_with_the_file(office: Office) -> None:
    report_id, head = report_about(office, files=[FILE]), Colleague(office, "head")
    page = head.get(f"/en/reports/{report_id}").get_data(as_text=True)
    (path,) = {part.split('"')[0] for part in page.split('href="') if "/files/" in part[:120]}
    assert head.get(path).status_code == 200
    assert openings(office, report_id)[-1] == (
        office.member("head").id,
        {"file": path.rpartition("/")[2]},
    )


def test_who_may_not_read_a_report_did_not_open_it(office: Office) -> None:
    """F1."""
    report_id, oversight = report_about(office), Colleague(office, "oversight")
    assert oversight.get(f"/en/reports/{report_id}").status_code == 404
    assert openings(office, report_id) == []


def test_what_cannot_be_recorded_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id, head = report_about(office, text="canary of a report"), Colleague(office, "head")

    def fails(*_args: object, **_more: object) -> int:
        raise sa.exc.OperationalError("INSERT", None, OSError("the disk is full"))

    monkeypatch.setattr(opening, "record", fails)
    answer = head.get(f"/en/reports/{report_id}")
    assert answer.status_code == 503
    assert "canary of a report" not in answer.get_data(as_text=True)
