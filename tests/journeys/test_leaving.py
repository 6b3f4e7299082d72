"""What is left on the device of somebody who leaves: the way back shows nothing, and no disk remembers."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.journeys.browsers import CHROMIUM, FLAGS, Visits
from tests.journeys.people import Informant, Member
from tests.support.canary import Canary
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]

HARMLESS = "https://hydromet.uz/"
# A page that is shown again without being asked for is no navigation Playwright would wait for; what was found by a form
# that was sent is asked for again only with the person's consent, and is an error here.
BACK_MS = 3000


@pytest.fixture(scope="module")
def everyday(chromium: Browser) -> Iterator[Browser]:
    """Chromium as people have it: it keeps whole pages in memory for the way back, which tests usually switch off."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM,
        args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture
def visits(everyday: Browser) -> Iterator[Visits]:
    begun = Visits(everyday)
    yield begun
    begun.end()
    assert begun.foreign_hosts() <= {urlsplit(HARMLESS).hostname}


@pytest.fixture
def said() -> str:
    """What nobody is to see afterwards."""
    return f"koʻrinmasin-{secrets.token_hex(8)}"


def test_leaving_goes_somewhere_harmless_and_the_way_back_shows_nothing(
    instance: Instance, visits: Visits, said: str
) -> None:
    """B12. B14. E15. E16. Where it leads is beyond this machine: the browser tries, and finds no such name."""
    person = _inside(visits.begin(), instance, said)
    with person.page.expect_event("requestfailed") as tried:
        person.page.click("header a.leave")
    assert tried.value.url == HARMLESS
    assert "referer" not in tried.value.headers
    assert person.page.context.cookies() == []
    _go_back_and_see_nothing(person.page, said)
    person.page.goto(f"{instance.portal}/uz/mailbox")
    assert person.page.url.endswith("/return")


def test_after_closing_the_mailbox_the_way_back_shows_nothing(
    instance: Instance, visits: Visits, said: str
) -> None:
    """B12."""
    person = _inside(visits.begin(), instance, said)
    person.close()
    assert person.page.context.cookies() == []
    _go_back_and_see_nothing(person.page, said)


def test_after_burning_the_token_the_way_back_shows_nothing(
    instance: Instance, visits: Visits, said: str
) -> None:
    """B12."""
    person = _inside(visits.begin(), instance, said)
    person.burn()
    _go_back_and_see_nothing(person.page, said)


def test_after_signing_out_the_way_back_shows_nothing(
    instance: Instance, visits: Visits, said: str
) -> None:
    """A13. B12. And the cookie, put back by hand, opens nothing any more."""
    _inside(visits.begin(), instance, said)
    member = Member(visits.begin(), instance, "head", "uz")
    member.sign_in()
    member.open(said)
    (cookie,) = member.page.context.cookies()
    member.sign_out()
    assert cookie["value"] not in {kept["value"] for kept in member.page.context.cookies()}
    _go_back_and_see_nothing(member.page, said)
    member.page.context.add_cookies([cookie])  # type: ignore[list-item]
    member.page.goto(f"{instance.office}/uz/reports")
    assert member.page.url.endswith("/sign-in")


def test_pages_keep_nothing_in_a_browser_that_would_let_them(
    instance: Instance, visits: Visits, said: str
) -> None:
    """B16. E15. With JavaScript on: no storage, no service worker, no manifest; one cookie, which dies with the browser."""
    person = _inside(visits.begin(java_script_enabled=True), instance, said)
    context = person.page.context
    assert context.service_workers == []
    assert context.storage_state(indexed_db=True)["origins"] == []
    usage = context.new_cdp_session(person.page).send(
        "Storage.getUsageAndQuota", {"origin": instance.portal}
    )
    assert {
        kind["storageType"]: kind["usage"] for kind in usage["usageBreakdown"] if kind["usage"]
    } == {}
    (cookie,) = context.cookies()
    assert cookie["expires"] == -1


def test_no_byte_of_a_visit_is_in_the_browsers_own_files(
    instance: Instance, tmp_path: Path, chromium: Browser, said: str
) -> None:
    """B12. B14. E15. History and titles are there; what was typed and shown is not, not even while the page is open."""
    profile = tmp_path / "profile"
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=FLAGS, java_script_enabled=False
    )
    person = Informant(context.new_page(), instance.portal, "uz")
    person.arrive()
    token = person.report(said)
    canary = Canary({"said": said, "digits": token.digits, **{w: w for w in token.words}})
    open_page = canary.heard_below(profile)
    person.confirm(token.digits)
    context.close()
    assert open_page == {}
    assert canary.heard_below(profile) == {}
    assert Canary({"history": f"{instance.portal}/uz/report"}).heard_below(profile)


def _inside(page: Page, instance: Instance, said: str) -> Informant:
    """Report, and be in the mailbox."""
    person = Informant(page, instance.portal, "uz")
    person.arrive()
    person.confirm(person.report(said).digits)
    assert person.said() == [said]
    return person


def _go_back_and_see_nothing(page: Page, said: str) -> None:
    """Press the back button again and again: no page shows what was said."""
    for _ in range(4):
        with suppress(Error):
            page.go_back(timeout=BACK_MS)
        assert said not in _shown(page), page.url


def _shown(page: Page) -> str:
    """Give the page; one that is just becoming an error page has no content for a moment."""
    for _ in range(50):
        with suppress(Error):
            return page.content()
        page.wait_for_timeout(100)
    raise AssertionError("the page does not come to rest")
