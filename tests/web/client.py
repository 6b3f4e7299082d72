"""A test client that checks every page it opens, and behaves as a browser does: cookies, referrer, the form's own token."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.test import TestResponse

HTTPS = "https://portal.example"
UNKNOWN_ELEMENT = "HTML_UNKNOWN_TAG"  # lxml's parser does not know the elements of HTML 5
CONTROLS = "//input[not(@type) or @type!='hidden' and @type!='submit'] | //select | //textarea"
# What leads out: a telephone, and the one link of the profile.
LEADING_OUT = ("tel:",)


class Browser:
    """Opens pages of an app; each page it gets must hold to the house's rules."""

    def __init__(self, app: Flask, origin: str = HTTPS) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.origin = origin
        self.page: html.HtmlElement | None = None
        self._address = origin

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page, without following redirects."""
        return self._open("GET", path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send the form of the page that is open: its hidden fields, and `data`."""
        return self._open("POST", path, data=self.hidden_fields() | (data or {}), **more)

    def hidden_fields(self) -> dict[str, str]:
        """Give the hidden fields of the first form of the open page."""
        if self.page is None:
            return {}
        inputs = self.page.xpath("(//form[@method='post'])[1]//input[@type='hidden']")
        return {field.get("name"): field.get("value", "") for field in inputs}

    def cookie(self, name: str = "__Host-ishonch") -> str | None:
        """Give the value of a cookie the browser has."""
        found = self.client.get_cookie(name, domain=urlsplit(self.origin).hostname or "")
        return found.value if found else None

    def _open(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Referer": self._address, **more.pop("headers", {})}
        response = self.client.open(
            path, method=method, base_url=self.origin, headers=headers, **more
        )
        if (
            response.mimetype == "text/html"
            and response.data
            and response.status_code not in _MOVED
        ):
            self.page = check_page(response.text)
            self._address = self.origin + path
        return response


_MOVED = frozenset({301, 302, 303, 307, 308})


def check_page(text: str) -> html.HtmlElement:
    """Parse a page; it fails the test if it is not well made."""
    parser = etree.HTMLParser()
    root: html.HtmlElement = html.document_fromstring(
        text.encode(), parser=html.HTMLParser(encoding="utf-8")
    )
    etree.fromstring(text.encode(), parser)
    broken = [e.message for e in parser.error_log if e.type_name != UNKNOWN_ELEMENT]
    assert broken == []
    assert text.lower().startswith("<!doctype html>")
    _check_heading(root)
    _check_ids(root)
    _check_controls(root)
    _check_forms(root)
    _check_nothing_active(root)
    return root


def _check_heading(root: html.HtmlElement) -> None:
    headings = root.xpath("//h1")
    assert len(headings) == 1
    heading = " ".join(headings[0].text_content().split())
    assert heading
    assert " ".join(root.findtext(".//title").split()).startswith(heading)
    assert root.get("lang") in {"en", "ru", "uz", "uz-Cyrl"}
    assert root.get("dir") == "ltr"


def _check_ids(root: html.HtmlElement) -> None:
    ids = Counter(root.xpath("//@id"))
    assert [name for name, count in ids.items() if count > 1] == []
    pointed = {
        name
        for value in root.xpath("//@for | //@aria-describedby | //@aria-labelledby")
        for name in value.split()
    }
    pointed |= {link[1:] for link in root.xpath("//a/@href") if link.startswith("#")}
    assert pointed - set(ids) == set()


def _check_controls(root: html.HtmlElement) -> None:
    labelled = set(root.xpath("//label/@for"))
    bare = [
        control.get("name")
        for control in root.xpath(CONTROLS)
        if control.get("id") not in labelled
        and not control.xpath("ancestor::label")
        and not control.get("aria-label")
    ]
    assert bare == []


def _check_forms(root: html.HtmlElement) -> None:
    """Every form that changes something carries a token, before anything else (B1)."""
    for form in root.xpath("//form[translate(@method, 'POST', 'post')='post']"):
        first = form.xpath(".//input | .//select | .//textarea")[0]
        assert first.get("name") == "csrf_token"
        assert first.get("value")


def _check_nothing_active(root: html.HtmlElement) -> None:
    """No script, no inline style, nothing fetched from elsewhere (B17, B18)."""
    assert (
        root.xpath("//script | //style | //@style | //iframe | //object | //embed | //base") == []
    )
    assert root.xpath("//@*[starts-with(name(), 'on')]") == []
    for address in root.xpath("//link/@href | //img/@src | //a/@href | //form/@action"):
        assert not urlsplit(address).netloc
        assert not urlsplit(address).scheme or address.startswith(LEADING_OUT)
