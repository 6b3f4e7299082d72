"""Real Chromium without JavaScript, every request of which is written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # Not even a name is looked up beyond this machine (E20).
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
HERE = "127.0.0.1"
NARROW, TABLET, DESKTOP = 320, 768, 1280
# The tests' own look at a page; the page itself runs no script. What is folded up is opened first.
_LOOK = """unfold => {
    document.querySelectorAll("details").forEach(details => details.open ||= unfold);
    return {
        heading: document.querySelector("h1:only-of-type").textContent,
        title: document.title,
        language: document.documentElement.lang,
        strange: document.querySelectorAll("script, iframe, img, link[rel=manifest]").length,
        width: document.documentElement.scrollWidth,
    };
}"""


@contextmanager
def chromium(**options: Any) -> Iterator[Browser]:
    """Start the browser; it ends afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, **options)
        yield browser
        browser.close()


class Visits:
    """The visits of one test: each in a context of its own, as if from another device, all of their requests kept."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.asked: list[str] = []

    def begin(self, width: int = DESKTOP, **options: Any) -> Page:
        """Open an empty page on a new device."""
        options.setdefault("java_script_enabled", False)
        context = self._browser.new_context(viewport={"width": width, "height": 800}, **options)
        context.on("request", lambda request: self.asked.append(request.url))
        self._contexts.append(context)
        return context.new_page()

    def end(self) -> None:
        """Close all of them."""
        for context in self._contexts:
            context.close()

    def foreign_hosts(self) -> set[str]:
        """Name every host that was asked for anything and is not this machine (B17)."""
        return {host for url in self.asked if (host := urlsplit(url).hostname) != HERE and host}


def follow(page: Page, control: str | Locator) -> None:
    """Click what leads to another page, and wait for it."""
    with page.expect_navigation():
        (page.locator(control) if isinstance(control, str) else control).click()


def settled(page: Page, language: str, *, unfold: bool = True) -> None:
    """Hold the page that is open to what every page keeps: one heading, its language, and no scrolling sideways."""
    seen = page.evaluate(_LOOK, unfold)
    assert seen["title"].startswith(seen["heading"])
    assert seen["language"] == language
    assert seen["strange"] == 0
    size = page.viewport_size
    assert size is not None
    assert seen["width"] <= size["width"], page.url


def history(page: Page) -> list[tuple[str, str]]:
    """Give what the browser's own history of this tab says: address and title of each page."""
    session = page.context.new_cdp_session(page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    return [(entry["url"], entry["title"]) for entry in entries]
