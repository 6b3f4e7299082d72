"""Accounts and the signed list, as the administrator works on them."""

import pytest
import sqlalchemy as sa

from casework.cases import access
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.states import AccountState
from crypto.notes import new_signing_key
from portal.roster import parse_roster
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.reports import filed
from tests.unit.casework.test_accounts import NEWCOMER, SECOND, closed, invited
from tests.web.office.colleague import Colleague
from tests.web.pages.hostile import TEXTS
from tests.web.pages.informant import Informant
from tests.web.pages.test_hostile_text import addresses, shape

pytestmark = pytest.mark.any_engine

GIVEN = {
    "username": "newcomer",
    "name": "Newcomer",
    "role": "investigator",
    "position": "risk-officer",
}


@pytest.fixture
def administrator(office: Office) -> Colleague:
    """An administrator at the page of accounts."""
    browser = Colleague(office, "administrator")
    assert browser.get("/en/staff").status_code == 200
    return browser


def invite(administrator: Colleague, **changes: str) -> int:
    """Send the form for a new account."""
    return administrator.send("/en/staff", {**GIVEN, **changes}).status_code


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "аdmin"}, "small Latin letters"),
        ({"username": "head"}, "already an account"),
        ({"username": ""}, "Enter a user name"),
        ({"name": ""}, "Enter a name"),
        ({"name": "\u202e\u200b"}, "Enter a name"),
        ({"name": "x" * 121}, "longer than 120"),
        ({"role": "god"}, "Choose from the list"),
        ({"position": "throne"}, "Choose from the list"),
        ({"position": "investigator-1"}, "holds this position"),
        ({"position": "head"}, "does not belong"),
        ({"position": ""}, "does not belong"),
        ({"role": "administrator"}, "does not belong"),
        ({"role": "oversight"}, "does not belong"),
    ],
    ids=lambda value: (
        "-".join(value) + ascii(*value.values())[:12] if isinstance(value, dict) else None
    ),
)
def test_an_invitation_that_cannot_be_comes_back_with_all_that_was_typed(
    sqlite_office: Office, changes: dict[str, str], said: str
) -> None:
    """C16. F5."""
    browser = Colleague(sqlite_office, "administrator")
    browser.get("/en/staff")
    assert invite(browser, **changes) == 422
    assert said in browser.problem()
    typed = {**GIVEN, **changes}
    if typed["name"].isprintable():
        assert browser.value_of("name") == typed["name"]
    assert browser.value_of("username") == typed["username"]
    with sqlite_office.db() as db:
        assert len(staff.all_members(db)) == 6


def test_fields_nobody_asked_for_change_nothing(office: Office, administrator: Colleague) -> None:
    """F5."""
    extra = {"state": "active", "id": "0" * 32, "totp_step": "9", "roster_key": "x"}
    assert invite(administrator, **extra) == 200
    row = office.member("newcomer")
    assert (row.state, row.totp_step, row.roster_key) == (AccountState.INVITED, 0, None)
    assert row.id != "0" * 32


def test_the_invitation_code_is_in_one_answer_and_in_no_other(
    office: Office, administrator: Colleague
) -> None:
    """A28."""
    assert invite(administrator) == 200
    code = administrator.text_of("//*[@class='secret']")
    assert len(code) > 30
    assert code not in administrator.get("/en/staff").text
    assert office.member("newcomer").invitation_hash is not None


def test_an_account_is_closed_by_its_button(office: Office, administrator: Colleague) -> None:
    path = f"/en/staff/{office.member('colleague').id}/closure"
    assert administrator.press(path).status_code == 303
    assert office.member("colleague").state == AccountState.DISABLED
    administrator.get("/en/staff")
    assert administrator.find(f"//form[@action='{path}']") == []
    assert "sign it again" not in administrator.text_of("//main")
    signed = office.portal.here.roster()
    assert "investigator-2" not in [receiver.position for receiver in signed.receivers]


def test_who_alone_reads_something_is_not_closed_and_the_page_says_how_much(
    sqlite_office: Office,
) -> None:
    """F8. By kind and number; the administrator reads nothing of it."""
    desk = Desk(sqlite_office)
    report = desk.arrived()
    for name in ("head", "investigator"):
        desk.outside("colleague", report, access.revoke_from_report, name)
    filed(sqlite_office)
    sqlite_office.exchange()
    administrator = Colleague(sqlite_office, "administrator")
    administrator.get("/en/staff")
    path = f"/en/staff/{sqlite_office.member('colleague').id}/closure"
    assert administrator.press(path).status_code == 409
    assert "reports: 1, reports nobody has found yet: 1" in administrator.problem()
    assert report[:8] not in administrator.text_of("//main")
    assert sqlite_office.member("colleague").state == AccountState.ACTIVE


def test_closing_on_an_old_page_is_refused_with_the_page(
    office: Office, administrator: Colleague
) -> None:
    """F6."""
    path = f"/en/staff/{office.member('colleague').id}/closure"
    fields = administrator.fields_of(path)
    closed(office, "colleague")
    assert administrator.post_to(path, fields).status_code == 409
    assert "closed already" in administrator.problem()


def test_the_last_administrator_is_told_why_they_stay(
    office: Office, administrator: Colleague
) -> None:
    """F7."""
    invited(office, SECOND)
    path = f"/en/staff/{office.member('administrator').id}/closure"
    assert administrator.press(path).status_code == 409
    assert "only administrator" in administrator.problem()
    assert office.member("administrator").state == AccountState.ACTIVE


def test_an_account_that_is_not_there_cannot_be_closed(
    office: Office, administrator: Colleague
) -> None:
    """F1."""
    fields = administrator.fields_of("/en/staff/roster")
    assert administrator.post_to(f"/en/staff/{'0' * 32}/closure", fields).status_code == 404
    assert len(office.totp_secrets) == 6


def test_signing_writes_a_list_the_portal_believes_and_uses(
    office: Office, administrator: Colleague
) -> None:
    """F2."""
    office.enrol(NEWCOMER)
    administrator.get("/en/staff")
    assert "sign it again" in administrator.text_of("//main")
    assert administrator.press("/en/staff/roster").status_code == 303
    administrator.get("/en/staff")
    assert "sign it again" not in administrator.text_of("//main")
    signed = office.portal.here.roster()
    assert [receiver.position for receiver in signed.receivers] == [
        "head",
        "investigator-1",
        "investigator-2",
        "risk-officer",
        "audit-committee-chair",
    ]
    Informant(office.portal.app).file("For the newcomer too")
    (mailbox,) = office.portal.mailboxes()
    office.portal.members["risk-officer"] = office.identity("newcomer")
    assert "risk-officer" in office.portal.readers(mailbox.id)


def test_the_list_is_read_by_others_and_written_whole(
    office: Office, administrator: Colleague
) -> None:
    path = office.here.settings.roster
    path.chmod(0o600)
    administrator.press("/en/staff/roster")
    assert path.stat().st_mode & 0o777 == 0o644
    assert sorted(p.name for p in path.parent.iterdir() if p.name.startswith("roster")) == [
        "roster"
    ]
    assert parse_roster(path.read_text(), office.here.settings.roster_verifier)


def test_a_list_signed_with_another_key_is_believed_by_nobody(
    office: Office, administrator: Colleague
) -> None:
    """F2. F21."""
    office.accounts.sign_roster(new_signing_key())
    administrator.get("/en/staff")
    assert "the portal takes no reports" in administrator.text_of("//main")
    informant = Informant(office.portal.app)
    informant.open_report()
    assert informant.report("Nobody can read this").status_code == 503
    assert office.portal.mailboxes() == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"ishonch-roster/v1\n"])
def test_a_damaged_list_is_shown_as_none(sqlite_office: Office, content: bytes) -> None:
    """F10."""
    sqlite_office.here.settings.roster.write_bytes(content)
    browser = Colleague(sqlite_office, "administrator")
    assert browser.get("/en/staff").status_code == 200
    assert "the portal takes no reports" in browser.text_of("//main")


def test_an_administrator_without_the_key_cannot_sign_and_is_told_who_can(office: Office) -> None:
    """F3."""
    office.enrol(SECOND)
    second = Colleague(office, "second")
    second.get("/en/staff")
    before = office.here.settings.roster.read_bytes()
    assert second.press("/en/staff/roster").status_code == 409
    assert "Another administrator gives it to you" in second.problem()
    assert office.here.settings.roster.read_bytes() == before
    first = Colleague(office, "administrator")
    first.get("/en/staff")
    assert first.press("/en/staff/roster").status_code == 303
    assert second.press("/en/staff/roster").status_code == 303


def test_a_list_that_would_name_nobody_is_not_signed(
    office: Office, administrator: Colleague
) -> None:
    before = office.here.settings.roster.read_bytes()
    office.execute(sa.update(Member).where(Member.role != "administrator").values(state="disabled"))
    administrator.get("/en/staff")
    assert administrator.press("/en/staff/roster").status_code == 409
    assert "Nobody has enrolled yet" in administrator.problem()
    assert office.here.settings.roster.read_bytes() == before


def test_hostile_names_of_staff_are_text(sqlite_office: Office) -> None:
    """C1."""
    browser, shapes = Colleague(sqlite_office, "administrator"), []
    for text in ("harmless", *TEXTS):
        name = "".join(c for c in text if c.isprintable())[:120].strip()
        change = sa.update(Member).where(Member.username == "head").values(name=name)
        sqlite_office.execute(change)
        browser.get("/en/staff")
        shapes.append((shape(browser), addresses(browser.page)))
        assert " ".join(name.split()) in browser.text_of("//tbody")
    assert all(one == shapes[0] for one in shapes)
