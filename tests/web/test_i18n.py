from datetime import date

import pytest
from flask import Flask

from portal.i18n import format_date
from tests.web.client import Browser
from tests.web.conftest import dispose
from tests.web.sample import PROFILE, MovableClock, make_sample, make_settings

LANGUAGES = ["uz", "uz-Cyrl", "ru", "en"]


def links(browser: Browser) -> list[str]:
    assert browser.page is not None
    return [str(href) for href in browser.page.xpath("//nav//a/@href")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_path_is_the_language_of_the_page(
    browser: Browser, language: str
) -> None:
    browser.get(f"/{language}/form")
    assert browser.page is not None
    assert browser.page.get("lang") == language


def test_choosing_a_language_keeps_the_page(browser: Browser) -> None:
    browser.get("/ru/form")
    assert links(browser) == [f"/{code}/form" for code in LANGUAGES]


def test_after_a_form_was_refused_the_links_lead_to_pages_that_can_be_opened(
    browser: Browser,
) -> None:
    browser.get("/ru/form")
    browser.post("/ru/form", {"csrf_token": "old", "text": "x"})
    for link in links(browser):
        assert browser.get(link).status_code == 200


def test_what_a_path_carries_is_quoted_in_the_links(app: Flask, browser: Browser) -> None:
    """B9. C1."""
    from portal.access import public  # noqa: PLC0415 - only here a view with an argument is added
    from tests.web.sample import page  # noqa: PLC0415

    app._got_first_request = False
    app.add_url_rule(
        "/<language:language>/thing/<name>", "thing", public(lambda name: page("Thing", name))
    )
    browser.get("/en/thing/a%3Fb%22%3E%3Cb%3E%23c")
    assert links(browser)[0] == "/uz/thing/a%3Fb%22%3E%3Cb%3E%23c"


def test_the_address_without_a_language_leads_to_the_organisation_s_first(browser: Browser) -> None:
    response = browser.get("/")
    assert (response.status_code, response.location) == (302, "/uz/")


def test_a_language_the_organisation_does_not_offer_is_no_page(
    app: Flask, clock: MovableClock
) -> None:
    settings = app.extensions["ishonch"].settings
    profile = settings.instance / "profile.toml"
    text = PROFILE.read_text()
    start = text.index("languages")
    line = text[start : text.index("]", start) + 1]
    profile.write_text(text.replace(line, 'languages = ["ru", "en"]'))
    small = make_sample(
        make_settings(settings.instance, settings.mailbox_url, profile=profile), clock
    )
    browser = Browser(small)
    assert browser.get("/").location == "/ru/"
    assert browser.get("/uz/").status_code == 404
    assert browser.page is not None
    assert browser.page.get("lang") == "ru"
    assert browser.get("/en/").status_code == 200
    assert links(browser) == ["/ru/", "/en/"]
    dispose(small)


def test_no_cookie_holds_the_language(browser: Browser) -> None:
    """E13."""
    assert browser.get("/ru/plain").headers.getlist("Set-Cookie") == []
    assert browser.get("/").location == "/uz/"


def test_a_wrapped_sentence_of_a_template_is_one_sentence(browser: Browser) -> None:
    """The catalogues are extracted with blanks trimmed; the pages must look sentences up in the same way."""
    assert "\nOpen letters box\n" in browser.get("/en/").text


def test_days_are_written_as_people_write_them() -> None:
    assert format_date(date(2026, 2, 3)) == "03.02.2026"
