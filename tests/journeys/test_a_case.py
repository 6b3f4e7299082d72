"""A report's whole way through the office: two people tell the same, it becomes a case, and the ledger tells it all."""

import secrets
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.journeys.browsers import Visits
from tests.journeys.people import Informant, Member
from tests.support.instances import Instance

pytestmark = pytest.mark.browser

NAMES = {
    "head": "Head of Service",
    "colleague": "Second Investigator",
    "oversight": "Oversight Desk",
}
FOUND = "The invoices were signed by who delivered nothing."


def test_a_report_becomes_a_case_and_is_closed_by_a_second_person(
    instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """F2. F3. F6. F16."""
    mark = "zq" + secrets.token_hex(6)
    first, second = (Informant(visits.begin(), instance.portal, "uz") for _ in range(2))
    for number, person in enumerate((first, second)):
        person.arrive()
        person.confirm(person.report(f"Omborda mis kamaygan. {mark}{number}").digits)
    head, investigator, colleague, oversight = (
        office(one) for one in ("head", "investigator", "colleague", "oversight")
    )
    report, repeated = (_taken_in(investigator, f"{mark}{number}") for number in range(2))
    _merged(investigator, repeated, report)
    case = _case_of(investigator, report)
    assert colleague.go(case) == colleague.go(report) == 200

    _put_outside(head, case, colleague)
    assert colleague.go(case) == colleague.go(report) == 404
    _let_in(investigator, head, report, oversight)
    _let_in(investigator, head, case, oversight)

    _worked(investigator, case)
    investigator.press("/owner", owner=_id_of(investigator, case, "head"))
    head.go(report)
    head.reply(FOUND, purpose="outcome")
    for person in (first, second):
        person.look_again()
    assert first.said()[1:] == [FOUND]
    assert second.said()[1:] == []

    _closed(head, investigator, oversight, case)
    investigator.collect()
    for person in (first, second):
        person.look_again()
        assert person.page.locator(".status .state-closed").count() == 1
    _ledger_tells(office("auditor"), case)
    command = ["ledger", "verify", "--instance", str(instance.folder)]
    subprocess.run([sys.executable, "-m", "casework.cli", *command], check=True)


def _taken_in(member: Member, mark: str) -> str:
    """Collect a report and begin its triage; gives its address."""
    member.collect()
    member.open(mark)
    member.press("/triage")
    return member.path


def _merged(member: Member, repeated: str, report: str) -> None:
    """Note that the second report says what the first one said, and accept the first."""
    member.go(repeated)
    member.press("/merging", into=report.rpartition("/")[2])
    assert not member.offers("/acceptance")
    member.go(report)
    member.press("/acceptance")


def _case_of(member: Member, report: str) -> str:
    """Open a case of a report; gives its address."""
    member.go(report)
    member.press("/cases", title="Copper that went missing", priority="high")
    return member.path


def _id_of(member: Member, case: str, username: str) -> str:
    """Say by which id a page knows a member: who hands over chooses a colleague by name."""
    member.go(case)
    name = NAMES[username]
    option = member.page.locator("form[action$='/owner'] option").filter(has_text=name)
    return str(option.get_attribute("value"))


def _put_outside(member: Member, case: str, other: Member) -> None:
    """Recuse a colleague on the page of a case."""
    person = _id_of(member, case, other.username)
    member.press(f"/readers/{person}/recusal")
    assert not member.offers(f"/readers/{person}/recusal")


def _let_in(asking: Member, agreeing: Member, dossier: str, other: Member) -> None:
    """Let somebody of the other desk read a report or a case: two people have to say so."""
    asking.go(dossier)
    name = NAMES[other.username]
    option = asking.page.locator("form[action$='/readers'] option").filter(has_text=name)
    person = str(option.get_attribute("value"))
    asking.press("/readers", member=person)
    assert not asking.offers(f"/readers/{person}/confirmation")
    assert other.go(dossier) == 404
    agreeing.go(dossier)
    agreeing.press(f"/readers/{person}/confirmation")
    assert other.go(dossier) == 200


def _worked(member: Member, case: str) -> None:
    """Review a case, and give each of two allegations a finding of its own."""
    member.go(case)
    member.press("/review")
    findings = {"unsubstantiated": "Nobody saw it.", "substantiated": FOUND}
    for statement in ("Weights were written down wrong.", "Invoices were signed unread."):
        member.press("/allegations", statement=statement)
    for number, (finding, reasons) in enumerate(findings.items()):
        form = member.page.locator("main form[action$='/finding']").nth(number)
        action = form.get_attribute("action")
        assert action is not None
        member.press(action.rpartition(f"{case}")[2], finding=finding, reasons=reasons)
    member.press("/resolution")


def _closed(proposing: Member, triaged: Member, deciding: Member, case: str) -> None:
    """Close a case; neither who asks for it, nor who took its report in, may say yes."""
    proposing.go(case)
    decided = {"reward": "eligible", "protection": "active", "risk": "review"}
    proposing.press("/closure", outcome="measures", feedback="sent", words=FOUND, **decided)
    for barred in (proposing, triaged):
        barred.go(case)
        assert not barred.offers("/closure/approval")
    deciding.go(case)
    deciding.press("/closure/approval")
    assert not deciding.offers("/closure/approval")
    assert deciding.offers("/reopening")


def _ledger_tells(auditor: Member, case: str) -> None:
    """Ask who did what to a case, and whether the record is whole; the case itself an auditor does not read."""
    reference = case.rpartition("/")[2]
    auditor.go(f"/audit?reference={reference}")
    told = auditor.page.locator(".ledger").inner_text()
    for name in NAMES.values():
        assert name in told
    assert FOUND in told
    auditor.press("/verification")
    assert auditor.page.locator("[role=status]").count() == 1
    assert auditor.go(case) == 403
