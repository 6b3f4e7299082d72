"""Every page of both sides as the applications serve it, in every state and in four languages: what must hold however it looks.

Needs Debian's chromium, Java, and the npm packages of `tests/package.json`.
"""

import fcntl
import gzip
import itertools
import json
import os
import pickle
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.look import gallery as look
from tests.browser.look.gallery import LANGUAGES, Film
from tests.browser.look.visitor import Shot
from tests.support.runs import FULL

MODULES = Path(__file__).parents[2] / "node_modules"
AXE = MODULES / "axe-core/axe.min.js"
VNU = MODULES / "vnu-jar/build/dist/vnu.jar"
FIRST_LOAD_BUDGET = 14 * 1024
STYLESHEET_BUDGET = 5 * 1024
SMALLEST_TARGET = 44

pytestmark = pytest.mark.browser

INFORMANTS = [("portal", name) for name in look.PAGES["portal"]]
EVERY = [*INFORMANTS, *(("office", name) for name in look.PAGES["office"])]
every_page = pytest.mark.parametrize(("side", "name"), EVERY)
informants_page = pytest.mark.parametrize(("side", "name"), INFORMANTS)
each_side = pytest.mark.parametrize("side", look.PAGES)

Films = Mapping[str, Film]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Both sides' pages, taken by the first worker that asks; the others find them in the folder of the run."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    kept = folder / "films"
    with (folder / "films.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with look.staged() as stage:
                taken = {side: look.record(stage, side) for side in look.PAGES}
            kept.write_bytes(pickle.dumps(taken))
    return cast("Films", pickle.loads(kept.read_bytes()))  # noqa: S301 - written above


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with look.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[Page]:
    """A phone of 320 pixels without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def scripted(browser: Browser) -> Iterator[dict[str, Page]]:
    """Browsers in which a script may run past the policy, because axe is one, by colour scheme."""
    with ExitStack() as stack:
        pages = {}
        for scheme in ("light", "dark"):
            dark = scheme == "dark"
            context = browser.new_context(bypass_csp=True, color_scheme="dark" if dark else "light")
            stack.callback(context.close)
            context.add_init_script(path=AXE)
            pages[scheme] = context.new_page()
        yield pages


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_axe_finds_nothing_on_any_page(
    films: Films, scripted: dict[str, Page], side: str, name: str, scheme: str
) -> None:
    # What dark adds is contrast, and that is the same in every language; pages take turns in being seen in each.
    turn = EVERY.index((side, name)) % len(LANGUAGES)
    every = LANGUAGES if FULL else LANGUAGES[turn : turn + 1]
    for language in every if scheme == "light" else ("ru",):
        page = scripted[scheme]
        films[side].show(page, name, language)
        rules = {"resultTypes": ["violations"]}
        found = page.evaluate("async options => (await axe.run(options)).violations", rules)
        assert not found, json.dumps(found, indent=1)[:4000]


def test_the_html_checker_finds_nothing_on_any_page(films: Films, tmp_path: Path) -> None:
    for side, film in films.items():
        for (name, language), shot in film.pages.items():
            (tmp_path / f"{side}-{name}-{language}.html").write_bytes(shot.body)
    checked = subprocess.run(
        ["java", "-jar", str(VNU), "--format", "json", "--skip-non-html", str(tmp_path)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert json.loads(checked.stderr)["messages"] == []


def test_the_css_checker_finds_no_error() -> None:
    checked = subprocess.run(
        ["java", "-jar", str(VNU), "--css", "--errors-only", *map(str, look.SHEETS.values())],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert checked.stderr == ""


@every_page
def test_no_page_scrolls_sideways_at_320_pixels(
    films: Films, narrow: Page, side: str, name: str
) -> None:
    # Russian words are the longest; pages take turns in being seen in each other language as well.
    turn = EVERY.index((side, name)) % len(LANGUAGES)
    for language in LANGUAGES if FULL else {"ru", LANGUAGES[turn]}:
        films[side].show(narrow, name, language)
        _unfold(narrow)
        wide = narrow.locator("html").evaluate("root => root.scrollWidth")
        assert wide <= 320, language


@informants_page
def test_what_an_informant_taps_is_large_enough(
    films: Films, narrow: Page, side: str, name: str
) -> None:
    films[side].show(narrow, name, "ru")
    _unfold(narrow)
    small = narrow.locator(
        "button, select, textarea, summary, .tick, .way, .button, .leave, .files a, .phones a,"
        " nav a, footer a, input:not([type=hidden]):not([type=checkbox])"
    ).evaluate_all(
        "(controls, least) => controls.filter(c => c.getBoundingClientRect().height < least)"
        ".map(c => c.outerHTML)",
        SMALLEST_TARGET,
    )
    assert small == []


@every_page
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(
    films: Films, narrow: Page, side: str, name: str
) -> None:
    films[side].show(narrow, name, "ru")
    controls = "a[href], button, select, textarea, summary, input:not([type=hidden])"
    reachable = narrow.locator(controls).filter(visible=True).count()
    reached: set[str] = set()
    # Twice more than there are: past the last one the focus leaves the page once and comes back to the first.
    for _ in range(reachable + 2):
        narrow.keyboard.press("Tab")
        there = narrow.evaluate(_FOCUSED)
        if there is not None:
            assert there["outline"] >= 2, there["html"]
            reached.add(there["path"])
    assert len(reached) == reachable


_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const all = [...document.querySelectorAll('*')];
  const style = getComputedStyle(at);
  const outline = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
  return {path: String(all.indexOf(at)), outline, html: at.outerHTML.slice(0, 200)};
}"""


@each_side
def test_no_request_leaves_the_host(films: Films, narrow: Page, side: str) -> None:
    """B17."""
    asked: set[str] = set()
    narrow.on("request", lambda request: asked.add(request.url))
    for name in look.PAGES[side]:
        films[side].show(narrow, name, "uz")
    hosts = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked}
    assert hosts == {films[side].origin}
    assert any(url.endswith(".css") for url in asked)


def test_the_first_load_of_the_report_page_fits_in_14_kb(films: Films) -> None:
    film = films["portal"]
    sizes = [film["report", "ru"].sent, *(file.sent for file in film.files.values())]
    print(f"report page, first load: {sizes}, {sum(sizes)} bytes")
    assert all(sizes)
    assert sum(sizes) <= FIRST_LOAD_BUDGET


@pytest.mark.parametrize("side", look.SHEETS)
def test_a_stylesheet_is_small(side: str) -> None:
    assert len(gzip.compress(look.SHEETS[side].read_bytes())) <= STYLESHEET_BUDGET


@informants_page
def test_every_informant_page_can_be_left_quickly_and_says_what_remains(
    films: Films, side: str, name: str
) -> None:
    """E15, E16."""
    page = films[side][name, "en"]
    assert page.document.xpath("//header//a[@href='/leave']")
    # Error pages stand alone; they hold nothing that a history could betray.
    assert name.startswith("error-") or "history" in page.text("//footer")


@every_page
def test_a_page_has_one_heading_and_its_title_starts_with_it(
    films: Films, side: str, name: str
) -> None:
    """B14: nor does the title, or the address, hold a secret."""
    page = films[side][name, "ru"]
    (heading,) = page.document.xpath("//h1")
    title = page.text("//title")
    assert title.startswith(" ".join(heading.text_content().split()))
    for secret in _secrets(page):
        assert secret not in title
        assert secret not in page.url


@every_page
def test_headings_go_down_one_step_at_a_time(films: Films, side: str, name: str) -> None:
    levels = [int(h.tag[1]) for h in films[side][name, "ru"].document.xpath("//h1|//h2|//h3|//h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@every_page
def test_no_script_no_style_and_no_data_address_stands_in_a_page(
    films: Films, side: str, name: str
) -> None:
    """B18, C1, C2: and what an informant typed made no element and no link."""
    page = films[side][name, "ru"].document
    assert not page.xpath("//script | //style | //iframe | //img | //base | //@style")
    assert not page.xpath("//@*[starts-with(., 'data:') or starts-with(., 'javascript:')]")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")
    assert not page.xpath("//a[contains(@href, 'example.com')] | //b")


@informants_page
def test_what_an_informant_types_is_kept_from_form_stores_spelling_and_translation(
    films: Films, side: str, name: str
) -> None:
    """E14."""
    page = films[side][name, "ru"].document
    for control in page.xpath("//textarea | //input[@type='text']"):
        assert control.get("autocomplete") == "off"
        assert control.get("spellcheck") == "false"
        assert control.get("translate") == "no"


@every_page
def test_the_forgery_token_comes_first_and_files_come_last(
    films: Films, side: str, name: str
) -> None:
    """B1, D1: a body cut short is refused before its first file."""
    for form in films[side][name, "ru"].document.xpath("//form[@method='post']"):
        names = form.xpath(".//@name")
        assert names[0] == "csrf_token"
        assert "files" not in names[:-1]


@every_page
def test_a_refused_form_says_so_first_and_is_read_out(
    films: Films, narrow: Page, side: str, name: str
) -> None:
    shot = films[side][name, "ru"]
    if shot.status == 200 or name.startswith("error-"):
        assert not shot.document.xpath("//*[@role='alert']")
        return
    films[side].show(narrow, name, "ru")
    narrow.locator("h1 + [role=alert]:focus").wait_for()
    for link in shot.document.xpath("//*[@role='alert']//a/@href"):
        assert shot.document.get_element_by_id(link[1:]) is not None


def test_a_letter_in_another_language_says_which(films: Films) -> None:
    page = films["portal"]["mailbox-asked", "en"].document
    said = page.xpath("//*[contains(@class, 'thread')]//*[contains(., 'Спасибо')]/@lang")
    assert set(said) == {"ru"}


def test_the_code_is_shown_in_five_groups_and_said_to_be_shown_once(films: Films) -> None:
    page = films["portal"]["receipt", "en"]
    groups = page.document.xpath("//*[@class='digits']/span/text()")
    assert [len(group) for group in groups] == [5] * 5
    assert page.text("//*[@class='digits']") == " ".join(groups)
    assert "only once" in page.text("//*[@class='once']")


@pytest.mark.parametrize(
    ("side", "name"),
    [("portal", "receipt"), ("office", "recovery")],
)
def test_the_printed_code_page_fits_on_one_sheet_and_shows_no_form(
    films: Films, browser: Browser, side: str, name: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.emulate_media(media="print")
    for language in LANGUAGES:
        films[side].show(page, name, language)
        assert page.locator(".code").is_visible()
        assert page.locator("form, footer, .leave, .languages").filter(visible=True).count() == 0
        assert page.pdf(format="A5").count(b"/Type /Page\n") == 1
    context.close()


def _unfold(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


def _secrets(page: Shot) -> list[str]:
    shown = page.document.xpath("//*[@class='digits']/span/text() | //*[@class='secret']/text()")
    return [str(secret) for secret in shown]


def test_the_printed_receipt_says_nothing_but_the_code(films: Films, browser: Browser) -> None:
    """Whoever finds the paper does not learn from it that somebody reported something, or where."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.emulate_media(media="print")
    films["portal"].show(page, "receipt", "en")
    (code,) = films["portal"]["receipt", "en"].document.xpath("//*[@class='code']")
    assert page.locator("body").inner_text().split() == code.text_content().split()
    context.close()
