"""Every page of both sides, in four languages: what must hold however it looks.

Needs Debian's chromium, Java, and the npm packages of `tests/package.json`.
"""

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html
from playwright.sync_api import Browser, Page

from tests.browser.look import gallery as look
from tests.browser.look.informant import DIGITS

MODULES = Path(__file__).parents[2] / "node_modules"
AXE = MODULES / "axe-core/axe.min.js"
VNU = MODULES / "vnu-jar/build/dist/vnu.jar"
FIRST_LOAD_BUDGET = 14 * 1024
STYLESHEET_BUDGET = 5 * 1024
SMALLEST_TARGET = 44

pytestmark = pytest.mark.browser

SHOWN = [(side, name) for side, pages in look.PAGES.items() for name in pages]
INFORMANT = [name for side, name in SHOWN if side == "portal"]


@pytest.fixture(scope="module")
def galleries() -> Iterator[dict[str, look.Gallery]]:
    with look.running("portal") as portal, look.running("office") as office:
        yield {"portal": portal, "office": office}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with look.chromium() as started:
        yield started


def _narrow(browser: Browser) -> Page:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    return context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("side", "name"), SHOWN)
def test_axe_finds_nothing_on_any_page(
    galleries: dict[str, look.Gallery], browser: Browser, side: str, name: str, scheme: str
) -> None:
    # Only this test lets a script run, past the policy, because axe is one.
    context = browser.new_context(
        bypass_csp=True, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    # What dark adds is contrast, and that is the same in every language.
    for language in look.LANGUAGES if scheme == "light" else ["ru"]:
        page.goto(galleries[side].address(name, language))
        page.evaluate(AXE.read_text())
        found = page.evaluate("async () => (await axe.run()).violations")
        assert not found, json.dumps(found, indent=1)[:4000]
    context.close()


def test_the_html_checker_finds_nothing_on_any_page(
    galleries: dict[str, look.Gallery], tmp_path: Path
) -> None:
    for side, name in SHOWN:
        for language in look.LANGUAGES:
            page = tmp_path / f"{side}-{name}-{language}.html"
            page.write_bytes(galleries[side].html(name, language))
    checked = subprocess.run(
        ["java", "-jar", str(VNU), "--format", "json", "--skip-non-html", str(tmp_path)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert json.loads(checked.stderr)["messages"] == []


@pytest.mark.parametrize("sheet", ["portal/static/portal.css", "casework/web/static/office.css"])
def test_the_css_checker_finds_no_error(sheet: str) -> None:
    checked = subprocess.run(
        ["java", "-jar", str(VNU), "--css", "--errors-only", str(look.ROOT / sheet)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert checked.stderr == ""


@pytest.mark.parametrize(("side", "name"), SHOWN)
def test_no_page_scrolls_sideways_at_320_pixels(
    galleries: dict[str, look.Gallery], browser: Browser, side: str, name: str
) -> None:
    page = _narrow(browser)
    for language in look.LANGUAGES:
        page.goto(galleries[side].address(name, language))
        for summary in page.locator("summary").all():
            summary.click()
        wide = page.locator("html").evaluate("root => root.scrollWidth")
        assert wide <= 320, language
    page.context.close()


@pytest.mark.parametrize("name", INFORMANT)
def test_what_an_informant_taps_is_large_enough(
    galleries: dict[str, look.Gallery], browser: Browser, name: str
) -> None:
    page = _narrow(browser)
    page.goto(galleries["portal"].address(name, "ru"))
    for summary in page.locator("summary").all():
        summary.click()
    controls = page.locator(
        "button, select, textarea, summary, .tick, .way, .button, .leave, nav a, footer a,"
        " input:not([type=hidden]):not([type=checkbox])"
    )
    for control in controls.all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET, control.inner_text()
    page.context.close()


def test_no_request_leaves_the_host(galleries: dict[str, look.Gallery], browser: Browser) -> None:
    """B17."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for side, name in SHOWN:
        page.goto(galleries[side].address(name, "uz"))
    hosts = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked}
    assert hosts == {gallery.origin for gallery in galleries.values()}
    context.close()


def test_the_first_load_of_the_report_page_fits_in_14_kb(
    galleries: dict[str, look.Gallery],
) -> None:
    document = galleries["portal"].html("report", "ru")
    sheet = (look.ROOT / "portal/static/portal.css").read_bytes()
    icon = (look.ROOT / "portal/static/favicon.ico").read_bytes()
    total = len(gzip.compress(document)) + len(gzip.compress(sheet)) + len(icon)
    print(f"report page, first load: {total} bytes")
    assert total <= FIRST_LOAD_BUDGET
    assert len(gzip.compress(sheet)) <= STYLESHEET_BUDGET


@pytest.mark.parametrize("name", INFORMANT)
def test_every_informant_page_can_be_left_quickly_and_says_what_remains(
    galleries: dict[str, look.Gallery], name: str
) -> None:
    """E15, E16."""
    page = html.fromstring(galleries["portal"].html(name, "en"))
    assert page.xpath("//header//a[@href='/leave']")
    assert "history" in page.xpath("string(//footer)")


@pytest.mark.parametrize(("side", "name"), SHOWN)
def test_a_page_has_one_heading_and_its_title_starts_with_it(
    galleries: dict[str, look.Gallery], side: str, name: str
) -> None:
    """B14: nor does either hold a secret."""
    page = html.fromstring(galleries[side].html(name, "ru"))
    (heading,) = page.xpath("//h1")
    title = page.xpath("string(//title)")
    assert title.startswith(heading.text_content())
    assert not any(group in title for group in DIGITS)


@pytest.mark.parametrize(("side", "name"), SHOWN)
def test_no_script_no_style_and_no_data_address_stands_in_a_page(
    galleries: dict[str, look.Gallery], side: str, name: str
) -> None:
    """B18, C1, C2: and what an informant typed made no element and no link."""
    page = html.fromstring(galleries[side].html(name, "ru"))
    assert not page.xpath("//script | //style | //iframe | //img | //base | //@style")
    assert not page.xpath("//@*[starts-with(., 'data:') or starts-with(., 'javascript:')]")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert not page.xpath("//a[contains(@href, 'example.com')] | //b")


@pytest.mark.parametrize("name", INFORMANT)
def test_what_an_informant_types_is_kept_from_form_stores_spelling_and_translation(
    galleries: dict[str, look.Gallery], name: str
) -> None:
    """E14."""
    page = html.fromstring(galleries["portal"].html(name, "ru"))
    for control in page.xpath("//textarea | //input[@type='text']"):
        assert control.get("autocomplete") == "off"
        assert control.get("spellcheck") == "false"
        assert control.get("translate") == "no"


@pytest.mark.parametrize(("side", "name"), SHOWN)
def test_the_forgery_token_comes_first_and_files_come_last(
    galleries: dict[str, look.Gallery], side: str, name: str
) -> None:
    """B1, D1: a body cut short is refused before its first file."""
    page = html.fromstring(galleries[side].html(name, "ru"))
    for form in page.xpath("//form[@method='post']"):
        names = form.xpath(".//@name")
        assert names[0] == "csrf_token"
        assert "files" not in names[:-1]


def test_the_code_is_shown_in_five_groups_and_said_to_be_shown_once(
    galleries: dict[str, look.Gallery],
) -> None:
    page = html.fromstring(galleries["portal"].html("receipt", "en"))
    groups = page.xpath("//*[@class='digits']/span/text()")
    assert groups == DIGITS
    assert page.xpath("string(//*[@class='digits'])") == " ".join(DIGITS)
    assert "only once" in page.xpath("string(//*[@class='once'])")


def test_the_printed_code_page_fits_on_one_sheet_and_shows_no_form(
    galleries: dict[str, look.Gallery], browser: Browser
) -> None:
    page = _narrow(browser)
    page.emulate_media(media="print")
    for side, name in (("portal", "receipt"), ("office", "recovery")):
        page.goto(galleries[side].address(name, "ru"))
        assert page.locator(".code").is_visible()
        for hidden in ("form", "footer", ".leave", ".languages"):
            for element in page.locator(hidden).all():
                assert not element.is_visible()
        assert page.pdf(format="A5").count(b"/Type /Page\n") == 1
    page.context.close()
