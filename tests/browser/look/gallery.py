"""Every page of both sides in every state, taken from a served instance, and a camera for them.

`python -m tests.browser.look.gallery DIRECTORY [PAGE …]` writes one PNG per page, language, width and colour scheme; further
words choose the shots whose names contain one of them.

A page that only an action shows, a refused form or a code shown once, cannot be opened twice. So each page is taken once, as the
application answers, and shown to a browser from there as often as wanted: each answer's own bytes and headers at its own
address, the style sheet's too. JavaScript is off.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from portal.i18n import LANGUAGE_NAMES
from tests.browser.look import informant, office
from tests.browser.look.samples import ROOT
from tests.browser.look.stage import Stage
from tests.browser.look.visitor import Shot
from tests.support.instances import Instance

LANGUAGES = tuple(LANGUAGE_NAMES)
WIDTHS = (320, 768, 1280)
SHEETS = {
    "portal": ROOT / "portal/static/portal.css",
    "office": ROOT / "casework/web/static/office.css",
}
PAGES = {"portal": informant.PAGES, "office": office.PAGES}


@dataclass(frozen=True)
class Film:
    """One side's pages, by name and language, and the files they load, by address."""

    origin: str
    pages: Mapping[tuple[str, str], Shot]
    files: Mapping[str, Shot]

    def __getitem__(self, page: tuple[str, str]) -> Shot:
        """Give a page in a language."""
        return self.pages[page]

    def show(self, page: Page, name: str, language: str) -> None:
        """Show a page in a browser as it came; what it asks for beyond its own files is refused."""
        shot = self[name, language]

        def answer(route: Route) -> None:
            asked = route.request
            found = shot if asked.is_navigation_request() else self.files.get(asked.url)
            if found is None:
                route.abort()
            else:
                headers = dict(found.headers)
                route.fulfill(status=found.status, headers=headers, body=found.body)

        page.unroute_all()
        page.route("**/*", answer)
        page.goto(shot.url)


@contextmanager
def staged() -> Iterator[Stage]:
    """Serve an instance, both sides as they are served everywhere, as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        instance = Instance(Path(folder) / "instance")
        instance.start()
        stage = Stage(instance)
        try:
            yield stage
        finally:
            stage.close()
            instance.stop()


def record(stage: Stage, side: str) -> Film:
    """Bring one side's pages about, each in each language."""
    pages = {
        (name, language): _print(scene(stage, language))
        for name, scene in PAGES[side].items()
        for language in LANGUAGES
    }
    return film_of(stage, side, pages)


def film_of(stage: Stage, side: str, pages: Mapping[tuple[str, str], Shot]) -> Film:
    """Put some pages of a side together with the files they load."""
    visitor = stage.informant() if side == "portal" else stage.member()
    files = [visitor.open(path) for path in (f"/static/{SHEETS[side].name}", "/favicon.ico")]
    return Film(visitor.origin, pages, {file.url: file for file in files})


def _print(shot: Shot) -> Shot:
    """Give the answer alone, without what was made of it meanwhile: so it can be kept in a file."""
    return replace(shot)


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
            for name, language in film.pages:
                title = f"{side}-{name}-{language}-{width}-{scheme}"
                if not wanted or any(part in title for part in wanted):
                    film.show(page, name, language)
                    page.screenshot(path=folder / f"{title}.png", full_page=True)
            context.close()


def main() -> None:
    """Photograph everything, or only the shots whose name contains one of the further arguments."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with staged() as stage:
        films = {side: record(stage, side) for side in PAGES}
    with chromium() as browser:
        for side, film in films.items():
            photograph(film, side, browser, folder, set(sys.argv[2:]))


if __name__ == "__main__":
    main()
