"""Conflicts of interest on the office's pages: declared, warned of, and answered for with a reason or by somebody else."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.cases.models import Case
from casework.dossiers import grants, triage
from casework.dossiers import service as dossiers
from casework.dossiers.models import Grant, Note, Report
from casework.interests.models import Interest
from casework.interests.states import Tie
from casework.web.views import triage as triage_views
from tests.support.offices import PASSWORD, Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.test_interests import acts, declared
from tests.web.office.colleague import Colleague

PATH = "/en/interests"
QUESTION, WHY = "Conflict of interest", "Nobody else is here this week"


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    """One engine: nothing here is for the database to decide."""
    return sqlite_office


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people at work without its pages."""
    return Desk(office)


def unit_of(office: Office, place: int = 0) -> str:
    """Give a unit of the organisation."""
    return office.here.organisation.units[place].id


def state_of(office: Office, dossier_id: str) -> str:
    """Give a report's state."""
    with office.db() as db:
        return str(db.scalar(sa.select(Report.state).where(Report.id == dossier_id)))


def test_a_member_declares_says_again_and_ends(office: Office) -> None:
    colleague = Colleague(office, "colleague")
    colleague.get(PATH)
    assert "Nothing is declared" in colleague.text_of("//main")
    given = {"about": office.member("colleague").id, "unit": unit_of(office, 1), "tie": "related"}
    assert colleague.send(PATH, given | {"words": ""}).status_code == 422
    assert colleague.chosen("unit") == [unit_of(office, 1)]
    assert colleague.send(PATH, given | {"words": "My brother"}).status_code == 303
    colleague.get(PATH)
    assert "My brother" in colleague.text_of("//tbody")
    assert colleague.send(PATH, given | {"words": "My sister"}).status_code == 422
    assert colleague.value_of("words") == "My sister"
    with office.db() as db:
        (one,) = db.scalars(sa.select(Interest))
    office.clock.forward(days=60)
    colleague.sign_in()
    colleague.get(PATH)
    assert "overdue" in colleague.text_of("//tbody")
    assert colleague.press(f"{PATH}/{one.id}/renewal").status_code == 303
    colleague.get(PATH)
    assert "overdue" not in colleague.text_of("//tbody")
    fields = colleague.fields_of(f"{PATH}/{one.id}/end")
    assert colleague.post_to(f"{PATH}/{one.id}/end", fields).status_code == 303
    assert colleague.post_to(f"{PATH}/{one.id}/end", fields).status_code == 409
    assert "ended meanwhile" in colleague.problem()


def test_a_member_can_declare_nothing_of_others_and_end_nothing_of_theirs(office: Office) -> None:
    """F1. F5."""
    mine = declared(office, "head", "colleague")
    theirs = declared(office, "investigator")
    colleague = Colleague(office, "colleague")
    colleague.get(PATH)
    assert "My brother" in colleague.text_of("//tbody")
    given = {"about": office.member("head").id, "unit": unit_of(office), "tie": "related"}
    assert colleague.send(PATH, given | {"words": "x"}).status_code == 422
    fields = colleague.fields_of(PATH)
    assert colleague.post_to(f"{PATH}/{mine}/end", fields).status_code == 409
    assert colleague.post_to(f"{PATH}/{theirs}/end", fields).status_code == 404
    assert colleague.post_to(f"{PATH}/{theirs}/renewal", fields).status_code == 404
    head = Colleague(office, "head")
    head.get(PATH)
    assert {"First Investigator", "Second Investigator"} <= set(
        head.find("//tbody//th/span[@translate]/text()")
    )


STEPS = {
    "triage": ({}, "triage"),
    "setting-aside": ({"aside-reason": "no_facts", "aside-words": "Rumours"}, "set_aside"),
    "cases": ({"case-title": "Stores", "case-priority": "high"}, "linked"),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_triage_wants_a_reason_of_whoever_is_tied_to_the_unit(
    office: Office, desk: Desk, step: str
) -> None:
    """F2. F5. Nothing typed is lost; no reason, no step; the reason is sealed and the ledger says that it was given."""
    typed, after = STEPS[step]
    unit = unit_of(office)
    make = {"triage": desk.arrived, "cases": desk.accepted}.get(step)
    report = make(unit=unit) if make else _in_triage(desk, unit)
    before = state_of(office, report)
    declared(office, "head", unit=unit)
    head = Colleague(office, "head")
    head.open(report)
    assert "You declared what ties you" in head.text_of("//main")
    path = f"/en/reports/{report}/{step}"
    assert head.send(path, typed).status_code == 422
    assert head.text_of("//h1") == QUESTION
    assert head.send(path, {"conflict": "  "}).status_code == 422
    assert state_of(office, report) == before
    assert head.send(path, {"conflict": WHY}).status_code == 303
    assert state_of(office, report) == after
    assert "conflict.overridden" in "".join(acts(office))
    assert WHY not in "".join(acts(office))
    head.open(report)
    assert WHY in head.text_of("//main")
    assert "You declared what ties you" not in head.text_of("//main")
    colleague = Colleague(office, "colleague")
    colleague.open(report)
    assert WHY in colleague.text_of("//main")


def test_every_step_of_triage_asks() -> None:
    """F4. F5."""
    steps = Path(triage_views.__file__).read_text()
    assert steps.count("@bp.post(") == steps.count(".decide(") > 7
    assert ".act(" not in steps


def _in_triage(desk: Desk, unit: str) -> str:
    report = desk.arrived(unit=unit)
    desk.report("investigator", report, triage.begin_triage)
    return report


def test_who_is_tied_to_nothing_or_to_another_unit_is_asked_nothing(
    office: Office, desk: Desk
) -> None:
    declared(office, "head", unit=unit_of(office, 1))
    declared(office, "colleague", unit=unit_of(office, 0))
    report = desk.arrived(unit=unit_of(office, 0))
    head = Colleague(office, "head")
    head.open(report)
    assert head.press(f"/en/reports/{report}/triage").status_code == 303
    silent = desk.arrived()
    head.open(silent)
    assert head.press(f"/en/reports/{silent}/triage").status_code == 303


def test_an_ended_declaration_warns_no_more_and_another_one_asks_anew(
    office: Office, desk: Desk
) -> None:
    unit = unit_of(office)
    report = desk.arrived(unit=unit)
    declared(office, "head", unit=unit)
    head = Colleague(office, "head")
    head.open(report)
    path = f"/en/reports/{report}"
    head.press(f"{path}/triage")
    assert head.send(f"{path}/triage", {"conflict": WHY}).status_code == 303
    declared(office, "head", unit=unit, tie=Tie.FORMERLY_WORKED)
    head.open(report)
    assert head.press(f"{path}/acceptance").status_code == 422
    office.execute(
        sa.update(Interest).values(ended_on=office.here.today(), ended_by=office.member("head").id)
    )
    head.open(report)
    assert head.press(f"{path}/acceptance").status_code == 303


def test_giving_a_case_to_somebody_tied_to_its_unit_wants_a_reason(
    office: Office, desk: Desk
) -> None:
    """F2. The case's own unit counts, and that of each of its reports."""
    report = desk.accepted("head", unit=unit_of(office))
    case_id = desk.opened("head", report)
    declared(office, "colleague", unit=unit_of(office))
    head, path = Colleague(office, "head"), f"/en/cases/{case_id}"
    head.get(path)
    assert "You declared" not in head.text_of("//main")
    given = {"owner-owner": office.member("colleague").id}
    assert head.send(f"{path}/owner", given).status_code == 422
    assert "Second Investigator" in head.text_of("//*[@role='note']")
    assert "My brother" not in head.text_of("//main")
    assert head.find("//main//a/@href") == [path]
    assert head.send(f"{path}/owner", {"conflict": WHY}).status_code == 303
    with office.db() as db:
        assert db.get(Case, case_id).owner_id == given["owner-owner"]  # type: ignore[union-attr]
        assert db.scalars(sa.select(Note).where(Note.dossier_id == case_id)).all()
    head.get(path)
    assert WHY in head.text_of("//main")


def test_letting_somebody_in_who_is_tied_to_the_unit_wants_a_reason(
    office: Office, desk: Desk
) -> None:
    """F2. F5."""
    report = desk.accepted("head", unit=unit_of(office), concerned=["investigator-2"])
    case_id = desk.opened("head", report)
    with office.here.database.transaction() as db:
        actor = office.actor("head")
        grants.give_grant(
            db,
            dossiers.open_report(db, actor, report),
            to=office.member("colleague").id,
            actor=actor,
            now=office.clock(),
        )
    declared(office, "colleague", unit=unit_of(office))
    head, path = Colleague(office, "head"), f"/en/cases/{case_id}"
    head.get(path)
    given = {"reader-member": office.member("colleague").id}
    assert head.send(f"{path}/readers", given).status_code == 422
    assert head.text_of("//h1") == QUESTION
    assert not desk.opens("colleague", case_id)
    assert head.send(f"{path}/readers", {"conflict": WHY}).status_code == 303
    assert desk.opens("colleague", case_id)
    with office.db() as db:
        assert db.get(Grant, (case_id, given["reader-member"])) is not None


@pytest.mark.parametrize("factor", ["password", "code"])
def test_a_factor_given_on_the_way_is_in_no_page_that_asks_for_a_reason(
    office: Office, desk: Desk, factor: str
) -> None:
    """A28. Both questions stand before one form; the second one carries nothing that the first was answered with."""
    report = desk.arrived(unit=unit_of(office))
    declared(office, "oversight", unit=unit_of(office))
    head, path = Colleague(office, "head"), f"/en/reports/{report}/readers"
    office.clock.forward(minutes=6)
    head.get(f"/en/reports/{report}")
    given = {"reader-member": office.member("oversight").id}
    assert head.send(path, given).status_code == 422
    assert head.text_of("//h1") == "Confirm that it is you"
    secret = PASSWORD if factor == "password" else office.code("head")
    response = head.send(path, {"step_up": secret})
    assert (head.text_of("//h1"), response.status_code) == (QUESTION, 422)
    assert secret not in response.text
    assert head.send(path, {"conflict": WHY}).status_code == 303


def test_adding_a_report_to_a_case_wants_a_reason_too(office: Office, desk: Desk) -> None:
    unit = unit_of(office)
    case_id, report = desk.opened("head"), desk.accepted("head", unit=unit)
    declared(office, "head", unit=unit)
    head = Colleague(office, "head")
    head.open(report)
    path = f"/en/reports/{report}/link"
    assert head.send(path, {"link-case": case_id}).status_code == 422
    assert head.send(path, {"conflict": WHY}).status_code == 303
    assert state_of(office, report) == "linked"


def test_a_reason_is_not_asked_on_an_old_page(office: Office, desk: Desk) -> None:
    """F6."""
    report = desk.arrived(unit=unit_of(office))
    declared(office, "head", unit=unit_of(office))
    head = Colleague(office, "head")
    head.open(report)
    desk.report("investigator", report, triage.begin_triage)
    assert head.press(f"/en/reports/{report}/triage").status_code == 409
