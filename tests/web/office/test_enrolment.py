"""From the administrator's invitation to the newcomer's first day, through the pages."""

import pyotp
import pytest
import sqlalchemy as sa

from casework.staff import entrance
from casework.staff.models import StaffSession
from casework.staff.states import AccountState
from crypto.passwords import CHEAP
from tests.support.offices import PASSWORD, Office
from tests.unit.casework.test_accounts import NEWCOMER, closed, invited
from tests.web.office.colleague import Colleague

SIGN_IN, START = "/en/sign-in", "/en/enrolment"
SECOND_FACTOR, RECOVERY = "/en/enrolment/second-factor", "/en/enrolment/recovery-code"
OWN = "four words of my own"


def begin(office: Office, code: str, password: str = OWN) -> Colleague:
    """Take the first step."""
    browser = Colleague(office, NEWCOMER.username, signed_in=False)
    browser.get(START)
    fields = {"username": NEWCOMER.username, "code": code, "password": password, "again": password}
    response = browser.post(START, fields)
    assert (response.status_code, response.location) == (303, SECOND_FACTOR)
    assert browser.get(SECOND_FACTOR).status_code == 200
    return browser


def secret(browser: Colleague) -> str:
    """Read the secret of the second factor off the page."""
    return browser.text_of("//*[@class='secret']").replace(" ", "")


def finish(office: Office, browser: Colleague) -> str:
    """Take the second step; give the recovery code the third shows."""
    digits = pyotp.TOTP(secret(browser)).at(office.clock())
    response = browser.post(SECOND_FACTOR, {"code": digits})
    assert (response.status_code, response.location) == (303, RECOVERY)
    assert browser.get(RECOVERY).status_code == 200
    return browser.text_of("//*[@class='secret']")


def test_a_newcomer_enrols_prints_the_code_and_signs_in(office: Office) -> None:
    """A12. A24."""
    administrator = Colleague(office, "administrator")
    administrator.get("/en/staff")
    invitation = administrator.send(
        "/en/staff",
        {
            "username": NEWCOMER.username,
            "name": "  Нодира\u202e  Каримова ",
            "role": "investigator",
            "position": "risk-officer",
        },
    )
    assert invitation.status_code == 200
    newcomer = begin(office, administrator.text_of("//*[@class='secret']"))
    totp = pyotp.TOTP(secret(newcomer))
    sids = [newcomer.sid()]
    recovery_code = finish(office, newcomer)
    sids.append(newcomer.sid())
    assert newcomer.press(RECOVERY).location == SIGN_IN
    assert newcomer.get(RECOVERY).location == SIGN_IN
    assert newcomer.give_password(OWN).status_code == 303
    assert newcomer.give_code(totp.at(office.clock())).status_code == 422
    office.clock.forward(seconds=30)
    assert newcomer.give_code(totp.at(office.clock())).status_code == 303
    newcomer.get("/en/reports")
    assert "Нодира Каримова" in newcomer.text_of("//header")
    assert len({*sids, newcomer.sid()}) == 3
    with office.db() as db:
        assert entrance.check_recovery_code(
            db, username=NEWCOMER.username, recovery_code=recovery_code, profile=CHEAP
        )


def test_nothing_is_stored_of_an_enrolment_before_the_second_factor_works(office: Office) -> None:
    """A24."""
    newcomer = begin(office, invited(office))
    long_ago = pyotp.TOTP(secret(newcomer)).at(0)
    assert newcomer.post(SECOND_FACTOR, {"code": long_ago}).status_code == 422
    row = office.member(NEWCOMER.username)
    assert (row.state, row.recipient, row.totp_sealed) == (AccountState.INVITED, None, None)
    assert secret(newcomer)


def test_the_secret_is_the_servers_whatever_the_form_says(office: Office) -> None:
    """A24. F5."""
    newcomer = begin(office, invited(office))
    own, fields = pyotp.random_base32(), {"secret": "", "totp": "", "member": ""}
    fields |= dict.fromkeys(fields, own)
    response = newcomer.post(SECOND_FACTOR, {**fields, "code": pyotp.TOTP(own).at(office.clock())})
    assert response.status_code == 422
    finish(office, newcomer)


def test_who_is_enrolling_comes_to_no_other_page(office: Office) -> None:
    """A22."""
    newcomer = begin(office, invited(office))
    for path in ("/en/reports", "/en/home", "/en/staff", "/en/sign-in/code", RECOVERY):
        assert newcomer.get(path).location == SIGN_IN
    finish(office, newcomer)
    for path in ("/en/reports", "/en/home", "/en/staff", "/en/sign-in/code"):
        assert newcomer.get(path).location == SIGN_IN
    assert newcomer.get(SECOND_FACTOR).location == START


def test_of_two_browsers_with_one_invitation_the_second_is_told_so(office: Office) -> None:
    """A24."""
    code = invited(office)
    first, second = begin(office, code), begin(office, code, "other words entirely")
    finish(office, first)
    digits = pyotp.TOTP(secret(second)).at(office.clock())
    response = second.post(SECOND_FACTOR, {"code": digits})
    assert response.status_code == 409
    assert "There is no open invitation" in second.problem()
    assert second.find("//form[@method='post']/@action")[0] == START
    assert second.give_password("other words entirely").status_code == 422
    assert second.give_password(OWN).status_code == 303


def test_an_invitation_closed_meanwhile_enrols_nobody(office: Office) -> None:
    newcomer = begin(office, invited(office))
    digits = pyotp.TOTP(secret(newcomer)).at(office.clock())
    fields = newcomer.hidden_fields() | {"code": digits}
    closed(office, NEWCOMER.username)
    assert newcomer.post_to(SECOND_FACTOR, fields).location == START
    assert office.member(NEWCOMER.username).state == AccountState.DISABLED


def test_a_wrong_invitation_code_is_refused_and_the_fifth_makes_wait(office: Office) -> None:
    """A21."""
    code = invited(office)
    browser = Colleague(office)
    statuses = []
    for _ in range(6):
        browser.get(START)
        fields = {"username": NEWCOMER.username, "code": "wrong", "password": OWN, "again": OWN}
        statuses.append(browser.post(START, fields).status_code)
    assert statuses == [422] * 5 + [429]
    office.clock.forward(minutes=6)
    begin(office, code)


def test_a_second_visit_to_an_enrolment_page_that_is_over_leads_to_the_beginning(
    office: Office,
) -> None:
    newcomer = begin(office, invited(office))
    office.clock.forward(minutes=16)
    assert newcomer.get(SECOND_FACTOR).location == START
    with office.db() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(StaffSession)) == 0


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru"])
def test_the_pages_of_an_enrolment_speak_every_language(
    sqlite_office: Office, language: str
) -> None:
    newcomer = begin(sqlite_office, invited(sqlite_office))
    assert newcomer.get(SECOND_FACTOR.replace("/en/", f"/{language}/")).status_code == 200
    finish(sqlite_office, newcomer)
    assert newcomer.get(RECOVERY.replace("/en/", f"/{language}/")).status_code == 200
    assert PASSWORD not in newcomer.text_of("//body")
