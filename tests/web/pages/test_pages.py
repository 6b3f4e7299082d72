"""The pages that are the same for everybody, and what holds on every page there is."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from werkzeug.routing import Rule

from portal.access import route_list
from tests.support.portals import Portal
from tests.web.client import Browser
from tests.web.pages.informant import Informant
from tests.web.routes import LIST

pytestmark = pytest.mark.any_engine

LANGUAGES = ("uz", "uz-Cyrl", "ru", "en")
PUBLIC = ("", "help", "rights", "report", "return")
MAILBOX = ("mailbox", "mailbox/burning")


def rules(portal: Portal, method: str) -> Iterator[Rule]:
    """Every route that answers a method."""
    for rule in portal.app.url_map.iter_rules():
        if method in (rule.methods or ()):
            yield rule


def addresses(rule: Rule, ids: dict[str, str]) -> Iterator[str]:
    """The addresses of a route, in every language."""
    for language in LANGUAGES if "language" in rule.arguments else ("",):
        built = rule.build({**ids, "language": language, "filename": "portal.css"})
        assert built is not None
        yield built[1]


@pytest.fixture
def ids(portal: Portal, informant: Informant) -> dict[str, str]:
    """Ids of a letter and of a file of the informant's own open mailbox."""
    informant.file("Report", [("note.txt", b"note")])
    (letter,) = portal.letters("head")
    return {"letter_id": letter.envelope, "blob_id": letter.attachments[0].blob}


def test_the_first_address_leads_to_the_organisation_s_first_language(stranger: Informant) -> None:
    """E13."""
    for wish in ("en", "ru;q=1", "*", ""):
        response = stranger.get("/", headers={"Accept-Language": wish})
        assert (response.status_code, response.location) == (302, "/uz/")
        assert "Vary" not in response.headers


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_in_every_language(informant: Informant, language: str) -> None:
    informant.file("Report")
    for path in (*PUBLIC, *MAILBOX):
        response = informant.get(f"/{language}/{path}")
        assert response.status_code == 200, path
        assert informant.find("/html/@lang") == [language]
        others = {str(link) for link in informant.find("//nav//a/@href")}
        assert others == {f"/{other}/{path}" for other in LANGUAGES}


def test_no_page_varies_with_what_a_browser_says_of_its_owner(stranger: Informant) -> None:
    """E13. Without a cookie each visitor has another form token; apart from that all pages are one."""
    for path in ("help", "rights", "", "report"):
        pages = set()
        for wish in ("tg", "en-GB", "ru"):
            headers = {"Accept-Language": wish, "User-Agent": wish, "DNT": "1"}
            response = stranger.get(f"/uz/{path}", headers=headers)
            assert "Vary" not in response.headers
            pages.add(_without_hidden(response.text))
        assert len(pages) == 1


def _without_hidden(text: str) -> str:
    return "".join(part for part in text.split("<input ") if 'type="hidden"' not in part)


def test_the_first_page_says_both_ways_and_the_promises_of_the_profile(
    portal: Portal, stranger: Informant
) -> None:
    stranger.get("/en/")
    ways = stranger.find("//*[@class='ways']//a/@href")
    assert [str(way) for way in ways] == ["/en/report", "/en/return"]
    steps = stranger.text_of("//*[@class='steps']")
    clocks = portal.here.organisation.clocks
    assert f"{clocks.acknowledge_days} days" in steps
    assert f"{clocks.feedback_months} months" in steps
    numbers = stranger.find("//a[starts-with(@href, 'tel:')]/text()")
    assert [str(n) for n in numbers] == [p.number for p in portal.here.organisation.phones]


@pytest.mark.parametrize("page", ["help", "rights"])
def test_the_organisation_s_own_pages_are_shown_without_a_link_or_an_attribute(
    stranger: Informant, page: str
) -> None:
    """C3. C4."""
    for language in LANGUAGES:
        stranger.get(f"/{language}/{page}")
        (article,) = stranger.find("//*[@class='article']")
        assert len(article.text_content()) > 1000
        assert not article.xpath(".//*/@* | .//a | .//img")


def test_leaving_goes_where_the_profile_says_and_clears_the_browser(
    portal: Portal, informant: Informant
) -> None:
    """B3. B4. B12. E15. E16."""
    code = informant.file("Report")
    before = portal.digest()
    response = informant.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 303
    assert response.location == portal.here.organisation.leave_url
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert code[:11] not in response.text
    assert portal.digest() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_s_page_that_embeds_the_way_out_clears_nothing(
    informant: Informant, site: str
) -> None:
    """B3."""
    informant.file("Report")
    response = informant.get("/leave", headers={"Sec-Fetch-Site": site})
    assert response.status_code == 303
    assert "Clear-Site-Data" not in response.headers
    assert informant.get("/en/mailbox").status_code == 200


def test_every_page_can_be_left_in_one_step(informant: Informant) -> None:
    """E15. E16."""
    informant.open_report()
    informant.report()
    for path in ("receipt", *PUBLIC):
        informant.get(f"/en/{path}")
        assert informant.find("//header//a[@href='/leave'][@rel='noreferrer']")
    informant.post("/en/receipt", {"token": informant.code()})
    for path in MAILBOX:
        informant.get(f"/en/{path}")
        assert informant.find("//header//a[@href='/leave'][@rel='noreferrer']")


def test_the_security_contact_is_that_of_the_profile_and_not_out_of_date(
    portal: Portal, stranger: Informant
) -> None:
    response = stranger.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert response.mimetype == "text/plain"
    assert lines["Contact"] == portal.here.organisation.security_contact
    assert lines["Canonical"] == "https://portal.example/.well-known/security.txt"
    expires = date.fromisoformat(lines["Expires"].partition("T")[0])
    assert timedelta(30) < expires - portal.here.today() < timedelta(365)


def test_the_health_check_says_ok_and_nothing_else(portal: Portal, stranger: Informant) -> None:
    response = stranger.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok\n")
    assert "Set-Cookie" not in response.headers
    portal.here.blobs.root.rmdir()
    assert stranger.get("/healthz").status_code == 503


def test_looking_changes_nothing(portal: Portal, informant: Informant, ids: dict[str, str]) -> None:
    """B4. Every page there is, in every language, by somebody with an open mailbox and by a stranger."""
    before = portal.digest()
    stranger = Informant(portal.app)
    for rule in rules(portal, "GET"):
        for address in addresses(rule, ids):
            assert informant.get(address).status_code in {200, 302, 303}
            assert stranger.get(address).status_code in {200, 302, 303}
    assert portal.digest() == before


def test_the_code_page_changes_nothing_by_being_looked_at(
    portal: Portal, informant: Informant
) -> None:
    """B4."""
    informant.open_report()
    informant.report()
    before = portal.digest()
    for method in ("GET", "HEAD", "GET"):
        assert informant._open(method, "/en/receipt").status_code == 200
    assert portal.digest() == before


def test_asking_for_the_headers_alone_is_looking_too(
    portal: Portal, informant: Informant, ids: dict[str, str]
) -> None:
    """B4. B5. HEAD answers as GET does, without the page; no form is taken for sent, nothing is burned."""
    before = portal.digest()
    for rule in rules(portal, "GET"):
        for address in addresses(rule, ids):
            seen = informant.get(address)
            head = informant._open("HEAD", address)
            assert head.status_code == seen.status_code, address
            assert head.data == b""
            assert head.headers["Content-Type"] == seen.headers["Content-Type"]
            assert head.location == seen.location
    assert portal.digest() == before


def test_no_route_takes_a_form_without_its_token(
    portal: Portal, informant: Informant, ids: dict[str, str]
) -> None:
    """B1. B2. B3. Each route that changes something, with no token, a foreign one and a forged one."""
    stranger = Informant(portal.app)
    stranger.get("/en/report")
    foreign = stranger.hidden_fields()["csrf_token"]
    before = portal.digest()
    tried = 0
    for rule in rules(portal, "POST"):
        for address in addresses(rule, ids):
            for token in ({}, {"csrf_token": foreign}, {"csrf_token": "forged"}):
                data = {"text": "forged", "token": "0" * 25, **token}
                response = informant._open("POST", address, data=data)
                # The code page is over for this session: it leads on to the mailbox, and takes nothing either.
                expected = {303} if rule.endpoint == "receipt.confirm" else {400}
                assert response.status_code in expected, address
                tried += 1
    assert tried == 3 * len(LANGUAGES) * 7
    assert portal.digest() == before
    assert informant.get("/en/mailbox").status_code == 200


def test_the_routes_are_those_written_down(portal: Portal) -> None:
    """F4. The portal's own part of the list that stands under version control."""
    assert route_list(portal.app) == _written_down("portal")
    opened = [line for line in _written_down("portal") if line.endswith("public")]
    assert not any("/mailbox" in line or "/receipt" in line for line in opened)


def _written_down(side: str) -> list[str]:
    sections = LIST.read_text().split("# ")
    (lines,) = [s.splitlines()[1:] for s in sections if s.startswith(f"{side}\n")]
    return [line for line in lines if line]


def test_every_answer_has_every_header_and_is_kept_by_no_cache(
    portal: Portal, informant: Informant, ids: dict[str, str]
) -> None:
    """B8. B12. B18. B19."""
    for rule in rules(portal, "GET"):
        for address in addresses(rule, ids):
            response = informant.get(address)
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "Server" not in response.headers
            assert "Last-Modified" not in response.headers
            assert "ETag" not in response.headers


def test_a_page_that_is_not_there_stands_alone(portal: Portal) -> None:
    """E25."""
    browser = Browser(portal.app)
    for address in (
        "/en/nothing",
        "/nothing",
        "/ru/mailbox/letters/x",
        "/uz/report/x",
        "/en/mailbox/",
    ):
        assert browser.get(address).status_code == 404


def test_what_is_typed_stays_with_nobody_between(informant: Informant) -> None:
    """E14. Every control for an informant's words is kept from form stores, spelling services and translators."""
    informant.open_report()
    informant.report()
    pages = ["report", "return", "receipt"]
    for path in pages:
        informant.get(f"/en/{path}")
        _check_private(informant)
    informant.post("/en/receipt", {"token": informant.code()})
    informant.get("/en/mailbox")
    _check_private(informant)


def _check_private(informant: Informant) -> None:
    controls = informant.find("//textarea | //input[@type='text']")
    assert controls
    for control in controls:
        assert control.get("autocomplete") == "off"
        assert control.get("spellcheck") == "false"
        assert control.get("translate") == "no"
    assert informant.find("//form[@method='post'][not(@autocomplete='off')]//textarea") == []
