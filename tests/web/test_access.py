import pytest
from flask import Flask

from portal.access import route_list
from tests.web.client import Browser


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_view_that_declares_nothing_is_closed_to_everybody(browser: Browser, method: str) -> None:
    """F4."""
    browser.get("/en/")
    browser.post("/en/login", {"mailbox": "m"})
    browser.get("/en/")
    response = browser.client.open(
        "/en/undeclared", method=method, base_url=browser.origin, data=browser.hidden_fields()
    )
    assert response.status_code == 403


def test_an_informant_s_view_sends_a_stranger_to_the_token_page(browser: Browser) -> None:
    response = browser.get("/ru/mailbox")
    assert (response.status_code, response.location) == (303, "/ru/return")


def test_an_informant_s_view_opens_with_a_mailbox(browser: Browser) -> None:
    browser.get("/en/")
    browser.post("/en/login", {"mailbox": "m1"})
    assert browser.get("/en/mailbox").status_code == 200


def test_while_the_token_is_shown_nothing_else_opens(browser: Browser) -> None:
    browser.get("/en/")
    browser.post("/en/login", {"mailbox": "m1", "token": "1"})
    assert browser.get("/en/mailbox").location == "/en/receipt"
    assert browser.get("/en/receipt").status_code == 200


def test_without_a_token_to_show_there_is_no_receipt(browser: Browser) -> None:
    assert browser.get("/en/receipt").location == "/en/return"
    browser.get("/en/")
    browser.post("/en/login", {"mailbox": "m1"})
    assert browser.get("/en/receipt").location == "/en/mailbox"


def test_access_is_checked_before_the_form_is_read(browser: Browser) -> None:
    """A9. A stranger's upload is not sealed, nor even parsed, before it is refused."""
    response = browser.client.post(
        "/en/sign-out", base_url=browser.origin, data={"x": "y" * 100_000}
    )
    assert (response.status_code, response.location) == (303, "/en/return")


def test_the_route_list_names_what_is_closed(app: Flask) -> None:
    """F4."""
    lines = route_list(app)
    assert "/<language:language>/undeclared  GET POST  CLOSED" in lines
    assert "/<language:language>/mailbox  GET  informant" in lines
    assert "/healthz  GET  public" in lines
