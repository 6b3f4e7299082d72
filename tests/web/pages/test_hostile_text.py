"""What an informant typed is text, on every page that shows it: no element, no attribute, no link comes of it."""

import re
import unicodedata
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from portal.filenames import display_name
from portal.mailbox.models import Mailbox
from tests.support.portals import Portal
from tests.web.pages.hostile import NAMES, TEXTS
from tests.web.pages.informant import Informant

pytestmark = pytest.mark.any_engine

HARMLESS = "harmless"
ANSWERS = ("place", "period", "people", "source")


def shape(informant: Informant) -> Counter[tuple[str, tuple[str, ...]]]:
    """Every element of the open page with the names of its attributes."""
    return Counter(
        (str(element.tag), tuple(sorted(element.keys()))) for element in informant.find("//*")
    )


def addresses(page: html.HtmlElement) -> set[str]:
    """Where the page leads, without ids of letters and files."""
    found = page.xpath("//@href | //@src | //@action | //@formaction | //@cite | //@ping")
    return {re.sub("[0-9a-f]{32}", "ID", str(address)) for address in found}


def everywhere(text: str) -> dict[str, Any]:
    """Give one text for every answer of the form."""
    return dict.fromkeys(ANSWERS, text)


def kept_text(text: str) -> str:
    """What a form keeps of a text: everything but control characters and blanks around it, in one spelling (NFC)."""
    return unicodedata.normalize("NFC", text.replace("\u0085", "")).strip()


def shown_name(name: str) -> str:
    """How a name of a part's header is shown: there a backslash quotes what follows it, and %22 is a quote."""
    return display_name(re.sub(r"\\(.)", r"\1", name.replace("%22", '"')))


def test_a_refused_form_with_hostile_text_has_the_shape_of_one_with_harmless_text(
    informant: Informant,
) -> None:
    """C1. C4. C5. B18."""
    informant.open_report()
    informant.report("", **everywhere(HARMLESS))
    expected = shape(informant), addresses(informant.page)
    for text in TEXTS:
        assert informant.report("", **everywhere(text)).status_code == 422
        assert (shape(informant), addresses(informant.page)) == expected, text
        for name in ANSWERS:
            assert informant.value_of(name).split() == kept_text(text).split()


def test_a_thread_of_hostile_letters_has_the_shape_of_a_harmless_one(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """C1. C4. C5. B15. B18. Ours, answers of the form, and the office's too (F20)."""
    pages = []
    for one, texts in ((informant, TEXTS), (stranger, [HARMLESS] * len(TEXTS))):
        one.file(texts[0], **everywhere(texts[1]))
        mailbox = _newest(portal, texts[0])
        for text in texts:
            portal.reply(text, mailbox=mailbox)
            one.get("/en/mailbox")
            assert one.write(text or "x").status_code == 303
        one.get("/en/mailbox")
        pages.append((shape(one), addresses(one.page)))
    assert pages[0] == pages[1]
    shown = informant.said()
    assert shown[0].split() == kept_text(TEXTS[0]).split()
    for text in TEXTS:
        assert sum(said.split() == kept_text(text).split() for said in shown) >= 1, text


def _newest(portal: Portal, text: str) -> Mailbox:
    (found,) = [m for m in portal.mailboxes() if portal.thread("head", m)[0].text == text]
    return found


def test_a_letter_is_shown_as_it_was_typed(informant: Informant) -> None:
    """C1. Lines, blanks and signs stay."""
    text = '  First:\n\n\tsecond   line & <b>\n- 100 % "sure"  '
    informant.file(text)
    assert informant.said() == [text.strip()]


def test_hostile_file_names_are_names_on_every_page_and_in_every_download(
    portal: Portal, informant: Informant
) -> None:
    """C2. C10. C11. C13. C14. C15."""
    for first in range(0, len(NAMES), 14):
        some = NAMES[first : first + 14]
        informant.open_report()
        files = [(name, f"content {place}".encode()) for place, name in enumerate(some)]
        assert informant.report("", files).status_code == 422
        assert informant.kept() == [shown_name(name) for name in some]
        assert informant.report("Named").status_code == 303
        informant.post("/en/receipt", {"token": informant.code()})
        informant.get("/en/mailbox")
        links = informant.links()
        assert all(re.fullmatch("/en/mailbox/files/[0-9a-f]{32}", link) for link in links)
        shown = informant.find("//*[@class='files']//a/bdi")
        assert [str(name.text_content()) for name in shown] == [shown_name(n) for n in some]
        for link, (name, content) in zip(links, files, strict=True):
            _check_download(informant, link, name, content)
    assert _paths_beside_blobs(portal) == []


def _check_download(informant: Informant, link: str, name: str, content: bytes) -> None:
    response = informant.get(link)
    assert response.data == content
    assert "Set-Cookie" not in response.headers
    disposition = response.headers["Content-Disposition"]
    assert disposition.isprintable()
    assert disposition.startswith("attachment; ")
    encoded = disposition.rpartition("filename*=UTF-8''")[2]
    assert unquote(encoded) == shown_name(name)
    assert re.fullmatch(r"[\w!#$&+.^`|~%-]+", encoded)
    saved = unquote(encoded)
    assert not re.search(r"[/\\:\u202a-\u202e\u2066-\u2069\x00-\x1f]", saved)
    assert len(saved.encode()) <= 255


def _paths_beside_blobs(portal: Portal) -> list[str]:
    blobs = portal.here.blobs.root
    return [
        str(path)
        for path in blobs.rglob("*")
        if not re.fullmatch("[0-9a-f]{32}|[0-9a-f]{2}|staging", path.name)
    ]


def test_the_real_ending_of_a_name_is_shown_apart_from_it(informant: Informant) -> None:
    """C15."""
    informant.file(files=[("photo\u202egpj.exe", b"MZ"), ("scan.pdf.JS", b"x")])
    informant.get("/en/mailbox")
    endings = informant.find("//*[@class='files']//span/bdi/text()")
    assert [str(ending) for ending in endings] == ["EXE", "JS"]


def test_names_of_any_script_come_back_as_they_were(portal: Portal, informant: Informant) -> None:
    """C14."""
    names = [name for name in NAMES if name.isascii() is False and "\u202e" not in name]
    plain = [name for name in names if len(name.encode()) < 255 and "\u2066" not in name]
    assert len(plain) == 5
    informant.file(files=[(name, b"x") for name in plain])
    (letter,) = portal.letters("head")
    assert [a.name for a in letter.attachments] == plain


def test_hostile_text_on_the_way_in_is_given_back_as_text(informant: Informant) -> None:
    """C1. A code is shown again as it was typed."""
    informant.enter(HARMLESS)
    expected = shape(informant), addresses(informant.page)
    for text in TEXTS:
        assert informant.enter(text).status_code == 422
        assert (shape(informant), addresses(informant.page)) == expected, text


def test_a_lost_file_is_named_as_text(portal: Portal, informant: Informant) -> None:
    """C2."""
    shapes = []
    for name in (HARMLESS, *NAMES[:4]):
        informant.open_report()
        informant.report("", [(name, b"x")])
        kept = informant.kept()
        portal.here.blobs.delete([informant.kept_id()])
        assert informant.report("What I saw").status_code == 422
        assert " ".join(kept[0].split()) in informant.problem()
        shapes.append(shape(informant))
    assert all(other == shapes[0] for other in shapes)
