"""Every page of both sides in every state, taken from a served instance, and a camera for them.

`python -m tests.browser.look.gallery DIRECTORY [PAGE …]` writes one PNG per page, language, width and colour scheme; further
words choose the shots whose names contain one of them.

A page that only an action shows, a refused form or a code shown once, cannot be opened twice. So each page is taken once, as the
application answers, and shown to a browser from there as often as wanted: the answer's own bytes and headers at its own
address, the style sheet from the running application. JavaScript is off.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from portal.i18n import LANGUAGE_NAMES
from tests.browser.look import informant, office
from tests.browser.look.stage import Stage
from tests.browser.look.visitor import Shot
from tests.support.instances import Instance

LANGUAGES = tuple(LANGUAGE_NAMES)
WIDTHS = (320, 768, 1280)
PAGES = {"portal": informant.PAGES, "office": office.PAGES}

Film = Mapping[tuple[str, str], Shot]


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Serve an instance in an empty folder, both sides as they are served everywhere."""
    instance = Instance(folder)
    instance.start()
    stage = Stage(instance)
    try:
        yield stage
    finally:
        stage.close()
        instance.stop()


def record(stage: Stage, side: str) -> Film:
    """Bring one side's pages about, each in each language; by page and language."""
    return {
        (name, language): scene(stage, language)
        for name, scene in PAGES[side].items()
        for language in LANGUAGES
    }


def show(page: Page, shot: Shot) -> None:
    """Show a page in a browser as it came."""

    def answer(route: Route) -> None:
        route.fulfill(status=shot.status, headers=dict(shot.headers), body=shot.body)

    page.route(shot.url, answer, times=1)
    page.goto(shot.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's browser, without anything that would phone home."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                  "--disable-component-update", "--no-first-run"],
        )  # fmt: skip
        try:
            yield browser
        finally:
            browser.close()


def photograph(film: Film, side: str, browser: Browser, folder: Path, wanted: set[str]) -> None:
    """Write a PNG of each page in each language, width and colour scheme."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                java_script_enabled=False,
                color_scheme="dark" if scheme == "dark" else "light",
                viewport={"width": width, "height": 720},
            )
            page = context.new_page()
            for (name, language), shot in film.items():
                title = f"{side}-{name}-{language}-{width}-{scheme}"
                if not wanted or any(part in title for part in wanted):
                    show(page, shot)
                    page.screenshot(path=folder / f"{title}.png", full_page=True)
            context.close()


def main() -> None:
    """Photograph everything, or only the shots whose name contains one of the further arguments."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, staged(Path(made) / "i") as stage:
        films = {side: record(stage, side) for side in PAGES}
        with chromium() as browser:
            for side, film in films.items():
                photograph(film, side, browser, folder, set(sys.argv[2:]))


if __name__ == "__main__":
    main()
