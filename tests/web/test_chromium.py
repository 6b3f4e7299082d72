"""What a real browser makes of the headers and the cookie, on an address without TLS."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from tests.web.test_serving import Server, free_port

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # Not even a name is looked up beyond this machine (E20).
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
HOSTS = ["127.0.0.1", "localhost"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("chromium"), free_port()
    running = Server(folder, "tests.web.server", str(folder), f"127.0.0.1:{port}", port=port)
    yield running
    running.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(java_script_enabled=False)
    yield made
    made.close()


@pytest.mark.parametrize("host", HOSTS)
def test_the_cookie_is_kept_on_a_loopback_address_without_tls(
    context: BrowserContext, server: Server, host: str
) -> None:
    """A16. `__Host-` and Secure hold there too, so that a demo runs with the very cookie of production."""
    page = context.new_page()
    page.goto(f"http://{host}:{server.port}/en/form")
    (cookie,) = context.cookies()
    assert cookie["name"] == "__Host-ishonch"
    assert (
        cookie["secure"],
        cookie["httpOnly"],
        cookie["sameSite"],
        cookie["path"],
        cookie["expires"],
    ) == (
        True,
        True,
        "Strict",
        "/",
        -1,
    )
    page.fill("#text", "what I saw")
    page.click("button")
    # The token of the form is bound to the cookie: taken means that the cookie came back.
    assert page.url == f"http://{host}:{server.port}/en/"
    assert page.inner_text("h1") == "Home"


@pytest.mark.parametrize("host", HOSTS)
def test_leaving_takes_the_cookie_away(context: BrowserContext, server: Server, host: str) -> None:
    """B12. E15."""
    page = context.new_page()
    page.goto(f"http://{host}:{server.port}/en/form")
    assert context.cookies()
    with pytest.raises(
        Error, match=r"NAME_NOT_RESOLVED at .*/en/leave"
    ):  # where it leads is beyond this machine
        page.goto(f"http://{host}:{server.port}/en/leave")
    assert context.cookies() == []


def test_the_browser_has_nothing_to_complain_about(context: BrowserContext, server: Server) -> None:
    """B17. B18. B19. A header it does not understand would be named in its console."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"http://127.0.0.1:{server.port}/en/form")
    page.goto(f"http://127.0.0.1:{server.port}/ru/return")
    assert said == []


def test_no_feature_of_the_browser_is_left_on(chromium: Browser, server: Server) -> None:
    """B18. E13. But for hints that only an Accept-CH of ours would call for, and none is ever sent."""
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/en/")
    allowed = page.evaluate("document.featurePolicy.allowedFeatures()")
    context.close()
    assert [feature for feature in allowed if not feature.startswith("ch-")] == []
    assert not {"ch-ua", "ch-ua-mobile", "ch-ua-platform"} & set(allowed)


def test_a_foreign_page_can_neither_frame_nor_post(context: BrowserContext, server: Server) -> None:
    """B1. B2. B8. From another address of the same machine, as from another site."""
    here = f"http://127.0.0.1:{server.port}"
    page = context.new_page()
    page.goto(f"{here}/en/form")
    token = page.get_attribute("input[name=csrf_token]", "value")
    evil = f"http://localhost:{server.port}"
    body = (
        f"<iframe src='{here}/en/form'></iframe><form method=post action='{here}/en/form'>"
        f"<input name=csrf_token value='{token}'><input name=text value=planted><button>x</button></form>"
    )
    context.route(
        f"{evil}/evil", lambda route: route.fulfill(status=200, content_type="text/html", body=body)
    )
    page.goto(f"{evil}/evil")
    assert page.frames[1].url.startswith("chrome-error:")
    page.click("button")
    assert page.inner_text("h1") != "Home"
    assert "Form" not in page.inner_text("h1")
