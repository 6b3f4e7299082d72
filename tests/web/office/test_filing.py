"""What the office's pages say of the filing log: where a report stands in it, and that the log was tampered with."""

import sqlalchemy as sa

from portal.mailbox.models import FilingLeaf
from portal.maintenance import sign_filing_log
from tests.support.offices import Office
from tests.unit.casework.reports import claimed
from tests.unit.witness.logs import Logs
from tests.web.faults.reports import letterbox_of
from tests.web.office.colleague import Colleague
from tests.web.pages.informant import Informant


def opened_report(office: Office) -> Colleague:
    """Report, collect, and open the report as the head of the service."""
    Informant(office.portal.app).file("The scales are wrong")
    office.exchange()
    claimed(office, "head")
    head = Colleague(office, "head")
    head.open(office.reports()[0].id)
    return head


def test_a_report_says_where_it_stands_in_the_log_and_whether_that_was_cosigned(
    sqlite_office: Office,
) -> None:
    head, logs = opened_report(sqlite_office), Logs(sqlite_office)
    assert "entry 0, not cosigned yet" in head.text_of("//main")
    sign_filing_log(letterbox_of(sqlite_office.portal))
    logs.round()
    head.open(sqlite_office.reports()[0].id)
    assert "entry 0, cosigned" in head.text_of("//main")
    assert not head.find("//main//p[@class='alert']")


def test_a_report_that_the_portal_did_not_log_is_said_to_be_missing(sqlite_office: Office) -> None:
    """F16. The office finds the entry by what only the report itself says."""
    head, logs = opened_report(sqlite_office), Logs(sqlite_office)
    logs.execute(sa.update(FilingLeaf).values(entry=b"another report's".ljust(32)))
    head.open(sqlite_office.reports()[0].id)
    assert "not in the portal's filing log" in head.text_of("//main//p[@class='alert']")


def test_a_log_that_cannot_be_reached_keeps_nobody_from_reading(sqlite_office: Office) -> None:
    head, logs = opened_report(sqlite_office), Logs(sqlite_office)
    logs.execute(sa.text("ALTER TABLE filing_leaves RENAME TO elsewhere"))
    assert head.open(sqlite_office.reports()[0].id).status_code == 200
    assert "filing log" not in head.text_of("//main").lower()


def test_a_tampered_log_is_an_alarm_for_those_who_read_and_for_the_administrator(
    sqlite_office: Office,
) -> None:
    """F16."""
    logs = Logs(sqlite_office)
    logs.file(3)
    logs.round()
    pages = {"head": "/en/reports", "administrator": "/en/staff"}
    people = {name: Colleague(sqlite_office, name) for name in pages}
    for name, path in pages.items():
        people[name].get(path)
        assert not people[name].find("//main//p[@class='alert']")
    logs.rewrite(logs.view().entries[:1])
    logs.round()
    for name, path in pages.items():
        people[name].get(path)
        assert "does not verify (rolled_back)" in people[name].text_of("//main//p[@class='alert']")
