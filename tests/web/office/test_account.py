"""A member changes what they sign in with: only they do, and whoever else has a session of theirs loses it."""

import pyotp
import pytest

from casework.staff.models import Member
from tests.support.offices import PASSWORD, Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.test_interests import acts
from tests.web.office.colleague import Colleague
from tests.web.office.test_step_up import LASTS, answer

PATH, NEW = "/en/account", "four other words here"
TYPED = {"password": NEW, "again": NEW}
KEPT = ("password_wrap", "recovery_wrap", "totp_sealed", "recipient", "next_recipient")


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    """One engine: what the database decides is tried where the verbs are."""
    return sqlite_office


@pytest.fixture
def head(office: Office) -> Colleague:
    """The head, at the page of their account."""
    browser = Colleague(office, "head")
    assert browser.get(PATH).status_code == 200
    return browser


def is_in(browser: Colleague) -> bool:
    """Whether a session still opens anything."""
    return browser.get("/en/home").location != "/en/sign-in"


def keys(office: Office) -> dict[str, object]:
    """Give all that the head's row keeps of keys."""
    member: Member = office.member("head")
    return {name: getattr(member, name) for name in KEPT}


def typed(prefix: str) -> dict[str, str]:
    """Give a new password twice, as the form of this prefix has it."""
    return {f"{prefix}-{name}": value for name, value in TYPED.items()}


def signs_in(office: Office, password: str) -> bool:
    """Whether the head gets in with a password and the present digits."""
    browser = Colleague(office, "head", signed_in=False)
    if browser.give_password(password).status_code != 303:
        return False
    return browser.give_code(office.code("head")).status_code == 303


def test_a_session_left_open_shows_no_form_and_changes_nothing(
    office: Office, head: Colleague
) -> None:
    """A23. A24."""
    before = keys(office)
    fields = {
        path: head.fields_of(f"{PATH}/{path}") for path in ("password", "recovery-code", "key")
    }
    fields["authenticator/secret"] = head.fields_of(f"{PATH}/authenticator/secret")
    office.clock.forward(seconds=LASTS)
    for path, hidden in fields.items():
        assert (
            head.post_to(f"{PATH}/{path}", hidden | typed("password") | typed("key")).status_code
            == 422
        )
        assert head.text_of("//h1") == "Confirm that it is you"
        assert NEW not in head.client.get(PATH).text
    assert head.get(f"{PATH}/authenticator").location == PATH
    head.get(PATH)
    assert head.find("//main//h2") == []
    assert keys(office) == before
    assert answer(head, PASSWORD) == 303
    head.get(PATH)
    assert len(head.find("//main//h2")) == 4


def test_a_new_password_ends_every_other_session_and_the_one_before_opens_nothing(
    office: Office, head: Colleague
) -> None:
    """A13. A23."""
    thief, bystander = Colleague(office, "head"), Colleague(office, "colleague")
    assert (
        head.send(f"{PATH}/password", {**typed("password"), "password-again": "x"}).status_code
        == 422
    )
    assert head.value_of("password-password") == ""
    assert head.send(f"{PATH}/password", typed("password")).status_code == 200
    assert "changed" in head.text_of("//*[@role='status']")
    assert (is_in(head), is_in(thief), is_in(bystander)) == (True, False, True)
    assert not signs_in(office, PASSWORD)
    assert signs_in(office, NEW)
    assert '"factor":"password"' in "".join(acts(office))


def test_another_authenticator_works_once_it_has_shown_its_digits_and_the_one_before_until_then(
    office: Office, head: Colleague
) -> None:
    """A19. A23. A24."""
    thief = Colleague(office, "head")
    before = keys(office)
    head.get(PATH)
    assert head.press(f"{PATH}/authenticator/secret").status_code == 303
    assert head.get(f"{PATH}/authenticator").status_code == 200
    secret = head.text_of("//*[@class='secret']").replace(" ", "")
    assert secret != office.totp_secrets["head"]
    assert keys(office) == before
    assert head.send(head.path, {"code": office.digits("head")}).status_code == 422
    assert keys(office) == before
    assert is_in(thief)
    head.get(f"{PATH}/authenticator")
    office.clock.forward(seconds=30)
    assert head.send(head.path, {"code": pyotp.TOTP(secret).at(office.clock())}).status_code == 200
    assert (is_in(head), is_in(thief)) == (True, False)
    assert head.get(f"{PATH}/authenticator").location == PATH
    office.clock.forward(seconds=30)
    assert not signs_in(office, PASSWORD)
    office.totp_secrets["head"] = secret
    assert signs_in(office, PASSWORD)


def test_a_new_recovery_code_is_shown_once_and_the_paper_before_opens_nothing(
    office: Office, head: Colleague
) -> None:
    """A25. A28."""
    assert head.press(f"{PATH}/recovery-code").status_code == 200
    code = head.text_of("//*[@class='secret']")
    assert code not in head.get(PATH).text
    for paper, status in ((office.recovery_codes["head"], 422), (code, 303)):
        stranger = Colleague(office)
        stranger.get("/en/recovery")
        given = {"username": "head", "code": paper, **TYPED}
        assert stranger.post("/en/recovery", given).status_code == status


def test_a_new_key_opens_all_and_comes_with_a_new_paper(office: Office, head: Colleague) -> None:
    """F12. A13."""
    desk = Desk(office)
    report = desk.arrived()
    thief, before = Colleague(office, "head"), office.member("head").recipient
    head.get(PATH)
    assert head.send(f"{PATH}/key", {**typed("key"), "key-password": "short"}).status_code == 422
    assert head.send(f"{PATH}/key", typed("key")).status_code == 303
    assert head.get("/en/enrolment/recovery-code").status_code == 200
    paper = head.text_of("//*[@class='secret']")
    assert paper != office.recovery_codes["head"]
    assert head.get("/en/reports").location == "/en/sign-in"
    assert not is_in(thief)
    assert office.member("head").recipient != before
    head.give_password(NEW)
    assert head.give_code(office.code("head")).status_code == 303
    assert head.open(report).status_code == 200
    head.get(PATH)
    assert "replaced not long ago" in head.text_of("//main")
    fields = head.fields_of(f"{PATH}/password")
    assert head.post_to(f"{PATH}/key", fields | typed("key")).status_code == 409
    administrator = Colleague(office, "administrator")
    administrator.get("/en/staff")
    assert "sign it again" in administrator.text_of("//main")
    assert administrator.press("/en/staff/roster").status_code == 303
    assert office.portal.here.roster().receivers[0].recipient.raw == office.member("head").recipient
