"""The clocks of a report: they run from the day it came, and the informant's hearing from us ends one and begins another."""

import sqlalchemy as sa

from casework.clocks.agenda import clocks_of, is_overdue
from casework.clocks.models import Clock
from casework.clocks.states import ClockKind, ClockState
from casework.dossiers import triage
from casework.dossiers.states import ReportState
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.cases.test_triage import acts, state_of
from tests.unit.casework.reports import claimed, filed, replied
from tests.unit.casework.test_post import delete_first


def clocks(office: Office, report_id: str) -> dict[str, Clock]:
    """Give a report's clocks, by kind."""
    with office.db() as db:
        return {clock.kind: clock for clock in clocks_of(db, [report_id])[report_id]}


def last_days(office: Office, report_id: str) -> dict[str, str]:
    """Give the last day of each clock of a report."""
    timekeeping = office.here.post.timekeeping
    found = clocks(office, report_id).items()
    return {kind: str(timekeeping.last_day(clock.due_at)) for kind, clock in found}


def arrived(office: Office) -> str:
    """Let a report come and the head find it."""
    filed(office)
    office.exchange()
    claimed(office, "head")
    (report,) = office.reports()
    return report.id


def test_a_report_that_arrives_is_to_be_acknowledged_and_decided_on_in_time(
    office: Office,
) -> None:
    report_id = arrived(office)
    assert str(office.here.today()) == "2026-11-24"
    assert last_days(office, report_id) == {"acknowledge": "2026-12-01", "triage": "2026-12-01"}
    office.exchange()
    started = [act for act, _ in acts(Desk(office), report_id)]
    assert started == ["clock.started", "clock.started"]


def test_a_report_collected_days_later_counts_from_the_day_it_came(office: Office) -> None:
    filed(office)
    office.clock.forward(days=4)
    office.exchange()
    (report,) = office.reports()
    assert last_days(office, report.id) == {"acknowledge": "2026-12-01", "triage": "2026-12-01"}


def test_the_first_letter_in_the_mailbox_acknowledges_and_feedback_is_due_in_three_months(
    office: Office,
) -> None:
    report_id = arrived(office)
    replied(office, "head")
    assert clocks(office, report_id)["acknowledge"].state == ClockState.RUNNING
    office.clock.forward(days=2)
    office.exchange()
    assert state_of(Desk(office), report_id) == ReportState.ACKNOWLEDGED
    found = clocks(office, report_id)
    assert (found["acknowledge"].state, found["triage"].state) == ("met", "running")
    assert last_days(office, report_id)["feedback"] == "2027-02-26"
    replied(office, "head", "And thank you again")
    office.exchange()
    again = clocks(office, report_id)
    assert {kind: clock.version for kind, clock in again.items()} == {
        kind: clock.version for kind, clock in found.items()
    }


def test_a_report_taken_up_before_anybody_wrote_is_acknowledged_all_the_same(
    office: Office,
) -> None:
    desk, report_id = Desk(office), arrived(office)
    desk.report("head", report_id, triage.begin_triage)
    replied(office, "head")
    office.exchange()
    assert state_of(desk, report_id) == ReportState.TRIAGE
    assert clocks(office, report_id)["acknowledge"].state == ClockState.MET


def test_an_acknowledgement_too_late_is_delivered_and_waits_for_its_reason(office: Office) -> None:
    """The post never holds a letter back for a rule of ours."""
    report_id = arrived(office)
    office.clock.forward(days=9)
    replied(office, "head")
    office.exchange()
    clock = clocks(office, report_id)["acknowledge"]
    assert clock.state == ClockState.RUNNING
    assert is_overdue(clock, office.clock())
    assert set(clocks(office, report_id)) == set(ClockKind) - {"preliminary_review", "discipline"}
    assert state_of(Desk(office), report_id) == ReportState.ACKNOWLEDGED


def test_a_report_taken_back_unseen_has_no_clock(office: Office) -> None:
    """E12."""
    delete_first(filed(office))
    office.exchange()
    assert office.reports() == []
    with office.db() as db:
        assert db.scalars(sa.select(Clock)).all() == []
