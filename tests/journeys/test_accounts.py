"""A new member from invitation to first report, a forgotten password, and an account that is closed."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Locator

from portal.clock import now
from tests.journeys.browsers import Visits, follow
from tests.journeys.people import Informant, Member
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]

USERNAME, PASSWORD, AGAIN = "triage", "four plain words here", "four other words there"


def test_an_invited_member_enrols_receives_recovers_and_is_shut_out(
    instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """A12. A13. A22. A29. F8."""
    administrator = office("administrator")
    invitation = _invited(administrator)
    member = Member(visits.begin(), instance, USERNAME, "ru")
    secret, recovery_code = _enrolled(member, invitation)
    member.enter(PASSWORD, secret)
    assert member.listed() == 0

    _sign_roster(administrator)
    person = Informant(visits.begin(), instance.portal, "uz")
    person.arrive()
    person.report("Yangi xodim oladigan xabar")
    member.collect()
    assert member.listed() == 1
    member.open("Yangi xodim oladigan xabar")

    # The password is forgotten: the paper from the safe helps, and whoever is signed in anywhere is signed out.
    elsewhere = Member(visits.begin(), instance, USERNAME, "ru")
    _recovered(elsewhere, recovery_code)
    follow(member.page, ".menu li:first-child a")
    assert member.page.url.endswith("/sign-in")
    elsewhere.try_password(PASSWORD)
    assert elsewhere.page.locator(".alert").count() == 1
    elsewhere.enter(AGAIN, secret)
    elsewhere.open("Yangi xodim oladigan xabar")

    # What nobody else has found yet would be lost with them: a colleague collects it first.
    office("head").collect()
    _close(administrator)
    # The list is signed without them in the same act.
    assert _receivers(administrator).locator("strong").count() == 0
    follow(elsewhere.page, ".menu li:first-child a")
    assert elsewhere.page.url.endswith("/sign-in")
    elsewhere.try_password(AGAIN)
    assert elsewhere.page.locator(".alert").count() == 1


def _invited(administrator: Member) -> str:
    """Invite somebody; gives the code that is shown once."""
    page = administrator.page
    page.goto(f"{administrator.origin}/en/staff")
    page.fill("#username", USERNAME)
    page.fill("#name", "Triage Officer")
    page.select_option("#role", "investigator")
    page.select_option("#position", "triage-officer")
    follow(page, "form[action$=staff] button")
    code = page.inner_text(".notice .secret")
    page.reload()
    assert code not in page.content()
    return code


def _enrolled(member: Member, invitation: str) -> tuple[str, str]:
    """Enrol; gives the authenticator's secret and the recovery code, as they stood on the pages."""
    page = member.page
    page.goto(f"{member.origin}/ru/")
    follow(page, "a[href$=enrolment]")
    _new_password(member, invitation, PASSWORD)
    secret = page.inner_text(".secret").replace(" ", "")
    # Halfway in is not in.
    page.goto(f"{member.origin}/ru/reports")
    assert page.url.endswith("/sign-in")
    page.goto(f"{member.origin}/ru/enrolment/second-factor")
    # With the digits of half a minute ago, so that those of now are left for signing in.
    page.fill("#code", pyotp.TOTP(secret).at(now() - timedelta(seconds=30)))
    member.submit()
    recovery_code = page.inner_text(".secret")
    member.submit()
    assert page.url.endswith("/sign-in")
    return secret, recovery_code


def _recovered(member: Member, recovery_code: str) -> None:
    """Set a new password with the printed code."""
    member.page.goto(f"{member.origin}/ru/sign-in")
    follow(member.page, "a[href$=recovery]")
    _new_password(member, recovery_code, AGAIN)
    assert member.page.url.endswith("/sign-in")


def _new_password(member: Member, code: str, password: str) -> None:
    member.page.fill("#username", USERNAME)
    member.page.fill("#code", code)
    member.page.fill("#password", password)
    member.page.fill("#again", password)
    member.submit()


def _sign_roster(administrator: Member) -> None:
    page = administrator.page
    page.goto(f"{administrator.origin}/en/staff")
    section = _receivers(administrator)
    assert section.locator("strong").count() == 1
    follow(page, section.locator("button"))
    assert section.locator("strong").count() == 0


def _receivers(administrator: Member) -> Locator:
    page = administrator.page
    return page.locator("section").filter(has=page.locator("form[action$=roster]"))


def _close(administrator: Member) -> None:
    page = administrator.page
    page.goto(f"{administrator.origin}/en/staff")
    row = page.locator("tr").filter(has_text=USERNAME)
    row.locator("summary").click()
    follow(page, row.locator("button.danger"))
