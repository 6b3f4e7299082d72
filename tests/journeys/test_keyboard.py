"""The whole journey of an informant with nothing but a keyboard, on the narrowest phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FileChooser, Page

from tests.journeys.browsers import NARROW, Visits, settled
from tests.journeys.people import Informant, Member, SentFile, downloaded
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]

LANGUAGE = "ru"
# More stops than any page has: a focus that never comes is a trap.
STOPS = 80
FOCUSED = """selector => {
    const element = document.activeElement;
    return element.matches(selector)
        && (element.matches(":focus-visible") && getComputedStyle(element).outlineStyle !== "none");
}"""


class Keyboard:
    """Hands that have no mouse and no finger."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.choosers: list[FileChooser] = []
        # From the beginning: a dialogue that opens before Playwright looks for it is never seen.
        page.on("filechooser", lambda chooser: self.choosers.append(chooser))  # noqa: PLW0108 - Playwright marks it

    def go_to(self, selector: str) -> None:
        """Press Tab until this control is focused, and seen to be."""
        for _ in range(STOPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED, selector):
                return
        raise AssertionError(f"the keyboard never comes to {selector}")

    def follow(self, selector: str) -> None:
        """Go to what leads to another page, and press Enter."""
        self.go_to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        settled(self.page, LANGUAGE, unfold=False)

    def write(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.go_to(selector)
        self.page.keyboard.type(text)

    def unfold(self, selector: str) -> None:
        """Go to what is folded up, and open it."""
        self.go_to(selector)
        self.page.keyboard.press("Enter")

    def attach(self, file: SentFile) -> None:
        """Go to the file control, and choose."""
        self.go_to("#files")
        self.page.keyboard.press("Enter")
        for _ in range(STOPS):
            if self.choosers:
                break
            self.page.wait_for_timeout(100)
        self.choosers.pop().set_files([file.upload])  # type: ignore[arg-type]


def test_a_person_without_a_mouse_reports_comes_back_deletes_and_burns(
    instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    page = visits.begin(NARROW)
    hands, file = Keyboard(page), SentFile("снимок-клавиатура.jpg", b"k" * 80_000)
    page.goto(instance.portal)
    hands.follow(f".languages a[hreflang={LANGUAGE}]")
    hands.follow("a.way.first")
    hands.go_to("a.skip")
    page.keyboard.press("Enter")
    hands.go_to(".enough a")
    page.keyboard.press("Enter")

    # Sent too early: the page says so, where it is seen, and leads to the field.
    hands.follow("#send button")
    assert page.evaluate(FOCUSED, ".alert")
    assert page.evaluate("scrollY") == 0
    hands.go_to(".alert a[href='#text']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("Клавиатура: смена списала медь.")
    hands.go_to("#category")
    page.keyboard.press("ArrowDown")
    hands.write("#people", "Начальник смены")
    hands.go_to("input[name=concerned][value=triage-officer]")
    page.keyboard.press("Space")
    hands.attach(file)
    hands.follow("#send button")

    token = Informant(page, instance.portal, LANGUAGE).token()
    hands.write("#token", token.words[0])
    hands.follow("form.retype button")
    hands.write("#text", "И ещё одно.")
    hands.follow("form[enctype] button")
    assert downloaded(page, file.name) == file.content
    category, people, concerned = page.locator(".answers dd").all_inner_texts()
    assert (category, people) == ("Взятка или вымогательство", "Начальник смены")
    assert concerned.startswith("Сотрудник по приёму")
    hands.follow(".end form button")

    hands.follow("a.way:not(.first)")
    hands.write("#token", token.digits)
    hands.follow("main form button")
    hands.unfold(".thread > li:last-child summary")
    hands.follow(".thread > li:last-child button.danger")
    hands.follow("a.danger-link")
    hands.follow("button.danger")
    head = office("head")
    head.collect()
    head.open("Клавиатура:")
    assert head.said() == ["Клавиатура: смена списала медь."]
