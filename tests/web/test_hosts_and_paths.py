import pytest

from tests.web.client import Browser


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "portal.example.evil.example",
        "evil.example#portal.example",
        "portal.example@evil.example",
        "",
        "a b",
    ],
)
@pytest.mark.parametrize("path", ["/", "/en/", "/nothing", "/static/portal.css"])
def test_a_host_that_is_not_ours_gets_a_page_that_stands_alone(
    browser: Browser, host: str, path: str
) -> None:
    """B10. There is no link builder for such a request: the page must not need one."""
    response = browser.get(path, headers={"Host": host})
    assert response.status_code == 400
    assert "evil" not in response.text
    assert response.location is None


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Forwarded-Server", "X-Original-URL"]
)
def test_no_other_header_names_the_host(browser: Browser, name: str) -> None:
    """B10. B11."""
    response = browser.get("/en", headers={name: "host=evil.example"})
    assert response.status_code == 308
    assert response.location == "https://portal.example/en/"


def test_nothing_about_the_sender_comes_in(browser: Browser) -> None:
    """E1. E13. B11. What the application never gets to know, nobody can log by mistake."""
    response = browser.get(
        "/en/seen",
        headers={
            "User-Agent": "canary",
            "Accept-Language": "tg",
            "X-Forwarded-For": "203.0.113.9",
            "X-Real-IP": "203.0.113.9",
            "Via": "canary",
            "DNT": "1",
            "Sec-CH-UA-Platform": "canary",
        },
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )
    names = {name.lower().replace("_", "-").removeprefix("http-") for name in response.text.split()}
    assert names.isdisjoint(
        {
            "user-agent",
            "accept-language",
            "x-forwarded-for",
            "x-real-ip",
            "via",
            "dnt",
            "sec-ch-ua-platform",
            "remote-addr",
        }
    )
    assert response.text.endswith("\nNone")


def test_the_language_of_the_browser_changes_nothing(browser: Browser) -> None:
    """E13."""
    answers = {
        browser.client.get("/", base_url=browser.origin, headers={"Accept-Language": wish}).location
        for wish in ("en", "ru", "uz-Cyrl", "tg;q=0.9", "*")
    }
    assert answers == {"/uz/"}


@pytest.mark.parametrize(
    "path",
    [
        "/en/mailbox/x.css",
        "/en/mailbox;a.js",
        "/en/mailbox/",
        "/en/mailbox.css",
        "/en/mailbox%2fx.css",
        "/en/mailbox%00.css",
        "/en/mailbox%3Bx.css",
        "/en//mailbox",
        "//en/mailbox",
        "/en/./mailbox",
        "/en/../en/mailbox",
        "/%65n/../mailbox",
        "/EN/mailbox",
        "/kk/",
        "/uz-Latn/",
        "/en/%D0%BF",
        "/en/\\evil",
    ],
)
def test_a_path_that_is_none_of_ours_is_not_found_and_not_kept(browser: Browser, path: str) -> None:
    """B9. B13. Nothing a cache would take for a file, and no redirect to where a crafted path points."""
    browser.get("/en/")
    browser.post("/en/login", {"mailbox": "m1"})
    response = browser.get(path)
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert "m1" not in response.text
