import gzip
import re

import pytest
from flask import Flask

from portal.headers import CSP, HEADERS
from tests.web.client import Browser
from tests.web.conftest import dispose
from tests.web.sample import MovableClock, make_sample, make_settings

EXACT = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
}
# The values each of these headers may have at all; a browser drops what is spelled otherwise (B19).
LEGAL = {
    "Referrer-Policy": {
        "no-referrer",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
    },
    "Cross-Origin-Opener-Policy": {
        "same-origin",
        "same-origin-allow-popups",
        "unsafe-none",
        "noopener-allow-popups",
    },
    "Cross-Origin-Embedder-Policy": {"require-corp", "credentialless", "unsafe-none"},
    "Cross-Origin-Resource-Policy": {"same-origin", "same-site", "cross-origin"},
    "X-Content-Type-Options": {"nosniff"},
    "X-Frame-Options": {"DENY", "SAMEORIGIN"},
}
DIRECTIVES = {"default-src", "style-src", "img-src", "form-action", "base-uri", "frame-ancestors"}
ANSWERS = [
    ("GET", "/", 302),
    ("GET", "/en/", 200),
    ("GET", "/en/plain", 200),
    ("GET", "/en", 308),
    ("GET", "/healthz", 200),
    ("GET", "/static/portal.css", 200),
    ("GET", "/favicon.ico", 200),
    ("POST", "/en/change", 400),
    ("GET", "/en/undeclared", 403),
    ("GET", "/nothing", 404),
    ("PUT", "/en/", 405),
    ("GET", "/en/raise/damaged", 410),
    ("GET", "/en/raise/toomany", 429),
    ("GET", "/en/raise/bug", 500),
    ("GET", "/en/raise/disk", 503),
    ("GET", "/en/leave", 303),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_exactly_the_headers(
    browser: Browser, method: str, path: str, status: int
) -> None:
    """B8. B12. B16. B18."""
    response = browser.client.open(path, method=method, base_url=browser.origin)
    assert response.status_code == status
    assert {name: response.headers.getlist(name) for name in EXACT} == {
        name: [value] for name, value in EXACT.items()
    }
    for unwanted in ("Server", "ETag", "Last-Modified", "Expires", "Vary", "X-Powered-By"):
        assert unwanted not in response.headers


def test_a_foreign_host_gets_the_same_headers(browser: Browser) -> None:
    """B8. B10."""
    response = browser.client.get("/en/", base_url="https://evil.example")
    assert response.status_code == 400
    assert {name: response.headers.get(name) for name in EXACT} == EXACT


def test_every_header_value_is_one_that_browsers_know() -> None:
    """B19."""
    for name, legal in LEGAL.items():
        assert HEADERS[name] in legal
    assert {directive.split()[0] for directive in CSP.split("; ")} == DIRECTIVES
    features = HEADERS["Permissions-Policy"].split(", ")
    assert all(re.fullmatch(r"[a-z-]+=\(\)", feature) for feature in features)
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(features)


@pytest.mark.parametrize(
    ("origin", "sent"), [("https://portal.example", True), ("http://portal.example", False)]
)
@pytest.mark.parametrize("claimed", ["http", "https"])
def test_the_scheme_is_that_of_the_settings_whatever_a_header_says(
    app: Flask, clock: MovableClock, origin: str, claimed: str, *, sent: bool
) -> None:
    """B11. An onion site has no TLS, and must not be told that it has."""
    settings = app.extensions["ishonch"].settings
    other = make_sample(
        make_settings(settings.instance, settings.mailbox_url, origin=origin), clock
    )
    response = other.test_client().get(
        "/en/",
        base_url="http://portal.example",
        headers={"X-Forwarded-Proto": claimed, "Forwarded": f"proto={claimed}"},
    )
    assert ("Strict-Transport-Security" in response.headers) is sent
    dispose(other)


def test_a_static_file_is_never_another_s(browser: Browser) -> None:
    """B13. C11."""
    for name in (
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/hardening.py",
        "portal.css/x",
        "portal.css;x",
        "nothing.css",
    ):
        response = browser.get(f"/static/{name}")
        assert response.status_code == 404
        assert response.headers["Cache-Control"] == "no-store"


def test_pages_without_a_session_are_compressed_and_those_with_one_are_not(
    browser: Browser,
) -> None:
    """A page that holds a letter or a token must not tell by its compressed length what it says (BREACH)."""
    packed = {"Accept-Encoding": "gzip, deflate, br"}
    first = browser.client.get("/en/form", base_url=browser.origin, headers=packed)
    assert first.headers["Content-Encoding"] == "gzip"
    assert int(first.headers["Content-Length"]) == len(first.data)
    assert b"<h1>Form</h1>" in gzip.decompress(first.data)
    assert first.data[4:8] == b"\0\0\0\0"  # no moment in the gzip header (E5)
    browser.get("/en/form")
    browser.post("/en/login", {"mailbox": "m"})
    for path in ("/en/form", "/en/mailbox", "/en/"):
        later = browser.client.get(path, base_url=browser.origin, headers=packed)
        assert "Content-Encoding" not in later.headers
    assert "gzip" in browser.client.get(
        "/static/portal.css", base_url=browser.origin, headers=packed
    ).headers.get("Content-Encoding", "")


def test_leaving_clears_the_browser_but_not_for_a_foreign_page(browser: Browser) -> None:
    """B12. B3. An image on somebody else's page must not log anybody out."""
    for site, cleared in (
        ("same-origin", True),
        ("none", True),
        (None, True),
        ("cross-site", False),
        ("same-site", False),
    ):
        response = browser.get("/en/leave", headers={"Sec-Fetch-Site": site} if site else {})
        assert response.status_code == 303
        assert (
            response.headers.get("Clear-Site-Data") == '"cache", "cookies", "storage"'
        ) is cleared


def test_head_is_get_without_the_body(browser: Browser) -> None:
    """B5."""
    for path in ("/en/", "/nothing", "/static/portal.css"):
        got = browser.client.get(path, base_url=browser.origin)
        head = browser.client.head(path, base_url=browser.origin)
        assert head.data == b""
        assert head.status_code == got.status_code
        assert {**head.headers, "Set-Cookie": ""} == {**got.headers, "Set-Cookie": ""}
