from pathlib import Path

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.hardening import CSRF_SECONDS
from tests.web.client import Browser


def changed(app: Flask) -> bool:
    folder: Path = app.extensions["ishonch"].settings.instance
    return (folder / "changed").exists()


def test_a_form_with_its_token_is_taken(app: Flask, browser: Browser) -> None:
    """B1. B7. Over HTTPS, with what our own policy makes browsers send."""
    browser.get("/en/")
    assert browser.post("/en/change").status_code == 303
    assert changed(app)


@pytest.mark.parametrize("token", [None, "", "nonsense", "IjAwIg.aaaa.bbbb"])
def test_without_a_token_nothing_changes(app: Flask, browser: Browser, token: str | None) -> None:
    """B1."""
    browser.get("/en/")
    response = browser.client.post(
        "/en/change",
        base_url=browser.origin,
        headers={"Referer": browser.origin + "/en/"},
        data={} if token is None else {"csrf_token": token},
    )
    assert response.status_code == 400
    assert not changed(app)


def test_a_token_in_a_header_or_the_address_is_none(app: Flask, browser: Browser) -> None:
    """B1. Only the form's own field counts."""
    browser.get("/en/")
    token = browser.hidden_fields()["csrf_token"]
    response = browser.client.post(
        f"/en/change?csrf_token={token}",
        base_url=browser.origin,
        headers={"Referer": browser.origin + "/en/", "X-CSRFToken": token},
    )
    assert response.status_code == 400
    assert not changed(app)


def test_the_token_of_another_session_is_worth_nothing(app: Flask, browser: Browser) -> None:
    """B2. B6."""
    attacker = Browser(app)
    attacker.get("/en/")
    browser.get("/en/")
    foreign = attacker.hidden_fields()["csrf_token"]
    assert browser.post("/en/login", {"csrf_token": foreign, "mailbox": "m"}).status_code == 400
    assert browser.get("/en/mailbox").status_code == 303


def test_a_token_from_before_the_log_in_is_worth_nothing_after_it(
    app: Flask, browser: Browser
) -> None:
    """B6. A12."""
    browser.get("/en/")
    old = browser.hidden_fields()
    browser.post("/en/login", {"mailbox": "m"})
    assert browser.post("/en/change", old).status_code == 400
    browser.get("/en/")
    assert browser.post("/en/change").status_code == 303
    assert changed(app)


def test_a_token_is_too_old_after_twelve_hours(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B1."""
    browser.get("/en/")
    real = URLSafeTimedSerializer.loads

    def later(self: URLSafeTimedSerializer, data: str, max_age: int) -> object:
        assert max_age == CSRF_SECONDS
        return real(self, data, max_age=-1)

    monkeypatch.setattr(URLSafeTimedSerializer, "loads", later)
    assert browser.post("/en/change").status_code == 400
    assert not changed(app)


def test_a_form_shown_in_the_answer_that_makes_a_session_has_that_session_s_token(
    app: Flask, browser: Browser
) -> None:
    """B6. A12. Else whoever mistypes a token once could never try again."""
    browser.get("/en/")
    assert browser.post("/en/login", {"again": "yes"}).status_code == 422
    assert browser.post("/en/change").status_code == 303
    assert changed(app)


FOREIGN = [
    "https://evil.example",
    "http://portal.example",
    "https://portal.example:444",
    "https://portal.example.evil.example",
    "https://portal.example@evil.example",
]


@pytest.mark.parametrize("origin", [*FOREIGN, "null"])
def test_a_form_of_another_origin_is_refused_token_or_not(
    app: Flask, browser: Browser, origin: str
) -> None:
    """B1. B2."""
    browser.get("/en/")
    assert browser.post("/en/change", headers={"Origin": origin}).status_code == 403
    assert not changed(app)


@pytest.mark.parametrize("page", [*FOREIGN, *(f"{origin}/en/" for origin in FOREIGN)])
def test_a_form_that_was_on_another_s_page_is_refused_token_or_not(
    app: Flask, browser: Browser, page: str
) -> None:
    """B1. B7."""
    browser.get("/en/")
    assert browser.post("/en/change", headers={"Referer": page}).status_code == 403
    assert not changed(app)


@pytest.mark.parametrize(
    "headers",
    [
        {"Referer": ""},
        {"Referer": "https://portal.example"},
        {"Referer": "https://portal.example/uz/anything?x=https://evil.example"},
        {"Referer": "", "Origin": "https://portal.example"},
        {"Referer": "", "Sec-Fetch-Site": "none"},
    ],
)
def test_who_hides_where_they_come_from_is_not_kept_out(
    app: Flask, browser: Browser, headers: dict[str, str]
) -> None:
    """B7. Over HTTPS too, where Flask-WTF by itself would refuse every form of a browser without referrers."""
    browser.get("/en/")
    assert browser.post("/en/change", headers=headers).status_code == 303
    assert changed(app)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_s_page_sends_is_refused_token_or_not(
    app: Flask, browser: Browser, site: str
) -> None:
    """B1. B3."""
    browser.get("/en/")
    assert browser.post("/en/change", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert not changed(app)
    assert browser.get("/en/", headers={"Sec-Fetch-Site": site}).status_code == 200


def test_a_view_that_recovers_shows_what_was_typed_and_a_token_that_works(
    app: Flask, browser: Browser
) -> None:
    """B1. Nothing typed is lost because a page was open for too long."""
    browser.get("/en/form")
    refused = browser.post("/en/form", {"csrf_token": "old", "text": "what I saw"})
    assert refused.status_code == 400
    assert not changed(app)
    assert browser.page is not None
    assert browser.page.xpath("string(//textarea)").strip() == "what I saw"
    assert browser.post("/en/form", {"text": "what I saw"}).status_code == 303
    assert changed(app)


def test_a_browser_that_lost_its_cookie_is_helped_in_the_same_way(browser: Browser) -> None:
    browser.get("/en/form")
    browser.client.delete_cookie("__Host-ishonch", domain="portal.example")
    assert browser.post("/en/form", {"text": "kept"}).status_code == 400
    assert browser.cookie()
    assert browser.post("/en/form", {"text": "kept"}).status_code == 303


def test_no_method_is_overridden(app: Flask, browser: Browser) -> None:
    """B5."""
    browser.get("/en/")
    token = browser.hidden_fields()
    overrides = {
        "X-HTTP-Method-Override": "POST",
        "X-HTTP-Method": "POST",
        "X-Method-Override": "POST",
    }
    assert browser.get("/en/change?_method=POST", headers=overrides).status_code == 405
    assert (
        browser.client.get(
            "/en/change", base_url=browser.origin, data={"_method": "POST", **token}
        ).status_code
        == 405
    )
    assert not changed(app)


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND"]
)
@pytest.mark.parametrize("path", ["/en/", "/en/change", "/healthz", "/static/portal.css"])
def test_other_methods_are_not_answered(browser: Browser, method: str, path: str) -> None:
    """B5."""
    response = browser.client.open(path, method=method, base_url=browser.origin)
    assert response.status_code == 405
    assert response.allow
