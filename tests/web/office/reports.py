"""What a member sees of reports, read off the pages."""

from dataclasses import dataclass

from tests.support.offices import Office
from tests.web.office.colleague import Colleague
from tests.web.pages.informant import Files, Informant

REPORTS = "/en/reports"


@dataclass(frozen=True)
class Seen:
    """The list as a member sees it."""

    ids: list[str]
    caption: str
    text: str


def collect(browser: Colleague) -> None:
    """Press the button that collects the post."""
    browser.get(REPORTS)
    assert browser.press("/en/reports/collection").status_code == 303


def seen(browser: Colleague) -> Seen:
    """Open the list."""
    assert browser.get(REPORTS).status_code == 200
    return shown(browser)


def found(browser: Colleague, words: str) -> Seen:
    """Search for words."""
    browser.get(REPORTS)
    assert browser.send("/en/reports/search", {"q": words}).status_code == 200
    return shown(browser)


def shown(browser: Colleague) -> Seen:
    """Read the list off the open page."""
    links = browser.find("//table//a/@href")
    return Seen(
        [str(link).removeprefix(f"{REPORTS}/") for link in links],
        browser.text_of("//caption"),
        browser.text_of("//main"),
    )


def report_about(
    office: Office, *concerned: str, text: str = "What I saw", files: Files = ()
) -> str:
    """File a report that concerns these positions, and let it be collected; give its id."""
    known = {dossier.id for dossier in office.reports()}
    Informant(office.portal.app).file(text, files, concerned=list(concerned))
    office.exchange()
    (new,) = {dossier.id for dossier in office.reports()} - known
    return new
