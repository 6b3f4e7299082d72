"""Reports on the office's pages: who sees which, and how what cannot be read is shown."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from casework.dossiers.models import Entry, Grant
from tests.support.offices import Office
from tests.web.office.colleague import Colleague
from tests.web.office.reports import collect, found, report_about, seen
from tests.web.pages.hostile import NAMES, TEXTS
from tests.web.pages.informant import Informant
from tests.web.pages.test_hostile_text import (
    addresses,
    everywhere,
    kept_text,
    shape,
    shown_name,
)

pytestmark = pytest.mark.any_engine

NOWHERE = "f" * 32
FILE = ("paper.pdf", b"%PDF-1.7 " * 9000)


def told(response: TestResponse, *ids: str) -> tuple[int, str, list[tuple[str, str]]]:
    """All that an answer says, whatever ids were asked for."""
    text = response.text
    for one in ids:
        text = text.replace(one, "ID")
    headers = [(k, v) for k, v in response.headers if k not in {"Content-Length", "Location"}]
    return response.status_code, re.sub(r'csrf_token" value="[^"]+"', "", text), headers


def test_a_report_is_read_with_its_answers_and_its_files(office: Office) -> None:
    informant = Informant(office.portal.app)
    informant.file(
        "They sign for forty tonnes",
        [FILE, ("второй.txt", b"two")],
        place="Scales no. 4",
        people="The shift foreman",
        category="bribery",
    )
    head = Colleague(office, "head")
    (report,) = seen(head).ids
    assert head.open(report).status_code == 200
    assert head.said()[0] == "They sign for forty tonnes"
    answers = head.text_of("//dl[@class='answers']")
    assert "Scales no. 4" in answers
    assert "The shift foreman" in answers
    links = head.links()
    assert head.get(links[0]).data == FILE[1]
    response = head.get(links[1])
    assert response.data == b"two"
    assert "%D0%B2%D1%82%D0%BE%D1%80%D0%BE%D0%B9.txt" in response.headers["Content-Disposition"]


def test_a_file_is_always_a_download_and_inert(office: Office) -> None:
    """C8."""
    report = report_about(office, files=[("x.html", b"<script>1</script>"), ("x.svg", b"<svg/>")])
    head = Colleague(office, "head")
    head.open(report)
    for link in head.links():
        response = head.get(link)
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment; ")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response.headers["Cache-Control"] == "no-store"


def test_a_report_about_a_member_does_not_exist_for_them(office: Office) -> None:
    """F2."""
    about = report_about(office, "investigator-1", text="About the first investigator")
    other = report_about(office, text="About somebody else")
    accused, head = Colleague(office, "investigator"), Colleague(office, "head")
    for browser in (accused, head):
        collect(browser)
    theirs = seen(accused)
    assert (theirs.ids, theirs.caption) == ([other], "1 report")
    assert about[:8] not in theirs.text
    for words in ("About", "first investigator", about[:8], about):
        assert about not in found(accused, words).ids
    assert found(accused, "first investigator").ids == []
    assert set(seen(head).ids) == {about, other}
    assert seen(head).caption == "2 reports"
    assert accused.open(about).status_code == 404


def test_a_report_about_the_head_is_the_oversight_desks_alone(office: Office) -> None:
    """F2."""
    about = report_about(office, "head", text="About the head")
    for username in ("head", "investigator", "colleague"):
        browser = Colleague(office, username)
        collect(browser)
        assert seen(browser).ids == []
        assert "no report for you" in seen(browser).text
        assert browser.open(about).status_code == 404
    oversight = Colleague(office, "oversight")
    assert seen(oversight).ids == [about]
    assert oversight.open(about).status_code == 200
    assert oversight.said() == ["About the head"]


@pytest.fixture
def anothers(office: Office) -> dict[str, str]:
    """A report for the oversight desk alone, with a file, and a reply of theirs that waits; and one for the head."""
    theirs = report_about(office, "head", files=[FILE])
    report_about(office, text="Mine", files=[FILE])
    oversight = Colleague(office, "oversight")
    oversight.open(theirs)
    blob = oversight.links()[0].rpartition("/")[2]
    assert oversight.reply(theirs, "See this", [FILE]).status_code == 303
    reply = next(e.id for e in office.entries() if e.state == "held")
    oversight.open(theirs)
    held = oversight.links()[-1].rpartition("/")[2]
    return {"report": theirs, "blob": blob, "held": held, "reply": reply}


WAYS = {
    "report": ("GET", "/en/reports/{report}"),
    "file": ("GET", "/en/reports/{report}/files/{blob}"),
    "file of a reply that waits": ("GET", "/en/reports/{report}/files/{held}"),
    "reply": ("POST", "/en/reports/{report}/replies"),
    "approval": ("POST", "/en/reports/{report}/replies/{reply}/approval"),
    "discarding": ("POST", "/en/reports/{report}/replies/{reply}/discarding"),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_anothers_report_answers_as_one_that_does_not_exist(
    office: Office, anothers: dict[str, str], way: str
) -> None:
    """F1. F2. E25."""
    method, path = WAYS[way]
    head, before = Colleague(office, "head"), office.portal.digest()
    answers = []
    for ids in (anothers, dict.fromkeys(anothers, NOWHERE)):
        head.get("/en/reports")
        sent = {"data": {**head.hidden_fields(), "text": "x"}} if method == "POST" else {}
        response = head._open(method, path.format(**ids), **sent)
        answers.append(told(response, *ids.values()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert [e.state for e in office.entries()].count("held") == 1
    assert office.portal.digest() == before


@pytest.mark.parametrize("way", ["file", "file of a reply that waits", "approval", "discarding"])
def test_anothers_things_are_not_reached_through_a_report_of_ones_own(
    office: Office, anothers: dict[str, str], way: str
) -> None:
    """F1."""
    method, path = WAYS[way]
    head = Colleague(office, "head")
    (own,) = seen(head).ids
    sent = {"data": head.hidden_fields()} if method == "POST" else {}
    response = head._open(method, path.format(**{**anothers, "report": own}), **sent)
    assert response.status_code == 404
    assert [e.state for e in office.entries()].count("held") == 1


def test_files_are_not_even_sealed_for_a_report_one_may_not_read(
    office: Office, anothers: dict[str, str]
) -> None:
    """F1. D6."""
    head = Colleague(office, "head")
    (own,) = seen(head).ids
    head.open(own)
    fields = head.fields_of(f"/en/reports/{own}/replies")
    before = sorted(office.here.blobs.root.rglob("*"))
    response = head.send_to(f"/en/reports/{anothers['report']}/replies", fields, [FILE])
    assert response.status_code == 404
    assert sorted(office.here.blobs.root.rglob("*")) == before


def test_a_grant_somebody_wrote_into_the_table_opens_no_page(office: Office) -> None:
    """F2. F9."""
    about = report_about(office, "investigator-1", text="About them")
    other = report_about(office, text="Not about them")
    accused = Colleague(office, "investigator")
    collect(Colleague(office, "head"))
    member = office.member("investigator").id
    own = sa.select(Grant.sealed).where(Grant.member_id == member, Grant.dossier_id == other)
    with office.db() as db:
        sealed = db.scalar(own)
    put = sa.insert(Grant).values(dossier_id=about, member_id=member, sealed=sealed)
    office.execute(put)
    assert accused.open(about).status_code == 404
    assert seen(accused).ids == [other]
    assert found(accused, "them").ids == [other]


def damage(office: Office, entry: Entry, sealed: bytes) -> None:
    """Change what is stored of a letter."""
    office.execute(sa.update(Entry).where(Entry.id == entry.id).values(sealed=sealed))


@pytest.mark.parametrize("kind", ["flipped", "cut", "noise", "another's"])
def test_a_damaged_letter_is_said_to_be_damaged_and_the_others_are_read(
    sqlite_office: Office, kind: str
) -> None:
    """F9. F10."""
    office = sqlite_office
    other = report_about(office, text="Another report")
    informant = Informant(office.portal.app)
    informant.file("The report")
    informant.write("A later letter")
    head = Colleague(office, "head")
    (report,) = set(seen(head).ids) - {other}
    first = next(e for e in office.entries() if e.dossier_id == report and e.number == 1)
    foreign = next(e for e in office.entries() if e.dossier_id == other)
    flipped = first.sealed[:-20] + bytes([first.sealed[-20] ^ 1]) + first.sealed[-19:]
    changed = {
        "flipped": flipped,
        "cut": first.sealed[:-1],
        "noise": b"noise",
        "another's": foreign.sealed,
    }
    damage(office, first, changed[kind])
    assert head.open(report).status_code == 200
    assert "damaged" in head.text_of("//ol[@class='thread']/li[1]")
    assert head.said() == ["A later letter"]
    assert set(seen(head).ids) == {report, other}
    assert found(head, "later letter").ids == [report]
    assert head.open(other).status_code == 200
    assert head.said() == ["Another report"]


@pytest.mark.parametrize("kind", ["flipped at its beginning", "cut", "gone"])
def test_a_damaged_file_is_never_taken_for_a_whole_one(sqlite_office: Office, kind: str) -> None:
    """F10."""
    office = sqlite_office
    report = report_about(office, files=[("big.bin", b"x" * 200_000)])
    head = Colleague(office, "head")
    head.open(report)
    (link,) = head.links()
    blob = link.rpartition("/")[2]
    path = office.here.blobs.root / blob[:2] / blob
    sealed = path.read_bytes()
    if kind == "gone":
        office.here.blobs.delete([blob])
        office.here.post.mailbox_blobs.delete([blob])
    else:
        path.write_bytes(sealed[:-1] if kind == "cut" else sealed[:3000] + b"!" + sealed[3001:])
    if kind == "cut":
        with pytest.raises(Exception, match="cannot be opened"):
            _ = head.get(link).data
        return
    response = head.get(link)
    assert response.status_code == 410
    assert "damaged" in response.text


def test_a_file_the_office_lost_is_read_from_the_mailbox_store(office: Office) -> None:
    """F10."""
    report = report_about(office, files=[FILE])
    head = Colleague(office, "head")
    head.open(report)
    (link,) = head.links()
    office.here.blobs.delete([link.rpartition("/")[2]])
    assert head.get(link).data == FILE[1]


def test_what_the_informant_took_back_is_shown_with_a_note(office: Office) -> None:
    """F19."""
    informant = Informant(office.portal.app)
    informant.file("First")
    informant.write("I take this back")
    head = Colleague(office, "head")
    informant.get("/en/mailbox")
    path = informant.find("//form[contains(@action, '/deletion')]/@action")[-1]
    informant.send(str(path))
    collect(head)
    (report,) = seen(head).ids
    head.open(report)
    assert head.said() == ["First", "I take this back"]
    assert "The informant deleted their copy" in head.text_of("//ol[@class='thread']/li[2]")


def test_hostile_reports_are_text_on_every_page_of_the_office(sqlite_office: Office) -> None:
    """C1. C4. C5. B15. B18."""
    office = sqlite_office
    pages: list[Any] = []
    for texts in (["harmless"] * len(TEXTS), TEXTS):
        informant = Informant(office.portal.app)
        informant.file(texts[0], **everywhere(texts[1]))
        for text in texts[2:]:
            assert informant.write(text).status_code == 303
            informant.get("/en/mailbox")
        head = Colleague(office, "head")
        report = next(i for i in seen(head).ids if i not in {p[0] for p in pages})
        listed = shape(head)
        head.open(report)
        thread = shape(head), {a.replace(report, "ID") for a in addresses(head.page)}
        pages.append((report, thread, head.said(), listed))
    (_, harmless, _, first), (_, hostile, said, second) = pages
    assert hostile == harmless
    assert second.keys() == first.keys()
    for text in (TEXTS[0], *TEXTS[2:]):
        assert sum(one.split() == kept_text(text).split() for one in said) >= 1, text


def test_hostile_words_are_looked_for_and_shown_as_text(sqlite_office: Office) -> None:
    """C1. C21."""
    report_about(sqlite_office, text="harmless " + TEXTS[0])
    head = Colleague(sqlite_office, "head")
    shapes = []
    for words in ("xyzzy", *TEXTS[1:], "%", "_", "\\", "' OR 1=1 --"):
        result = found(head, words)
        assert result.ids == [], words
        shapes.append((shape(head), addresses(head.page)))
        assert head.value_of("q").split() == kept_text(words).split()
    assert all(one == shapes[0] for one in shapes)
    assert found(head, TEXTS[0]).caption == "1 report"


def test_hostile_file_names_are_names_in_the_office_and_in_its_downloads(
    sqlite_office: Office,
) -> None:
    """C2. C10. C11. C13. C14. C15."""
    office = sqlite_office
    head = Colleague(office, "head")
    for first in range(0, len(NAMES), 15):
        some = NAMES[first : first + 15]
        files = [(name, f"content {place}".encode()) for place, name in enumerate(some)]
        report = report_about(office, files=files)
        collect(head)
        head.open(report)
        shown = head.find("//*[@class='files']//a/bdi")
        assert [str(name.text_content()) for name in shown] == [shown_name(n) for n in some]
        for link, (_, content) in zip(head.links(), files, strict=True):
            response = head.get(link)
            assert response.data == content
            assert "Set-Cookie" not in response.headers
            assert response.headers["Content-Disposition"].isprintable()
