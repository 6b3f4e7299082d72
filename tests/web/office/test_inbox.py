"""The list of reports: how it grows, how it is leafed through and searched."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from casework.web import listing
from tests.support.offices import Office
from tests.unit.casework.reports import filed
from tests.web.office.colleague import Colleague
from tests.web.office.reports import collect, found, report_about, seen, shown
from tests.web.pages.informant import Informant


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Give what was asked of a database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(engine, "before_cursor_execute", note)


def asked_for(office: Office, browser: Colleague) -> dict[str, int]:
    """Count the statements each page of a reader costs."""
    (first, *_) = seen(browser).ids
    counted = {}
    for name, path in (("list", "/en/reports"), ("report", f"/en/reports/{first}")):
        with statements(office.here.database.engine) as asked:
            assert browser.get(path).status_code == 200
        counted[name] = len(asked)
    with statements(office.here.database.engine) as asked:
        found(browser, "saw")
    counted["search"] = len(asked)
    return counted


def test_a_page_costs_as_many_queries_with_thirty_reports_as_with_one(office: Office) -> None:
    """D14."""
    filed(office, "What I saw", [("a.txt", b"a")])
    head = Colleague(office, "head")
    with_one = asked_for(office, head)
    informant = Informant(office.portal.app)
    for number in range(29):
        informant.file(f"What I saw {number}", [("a.txt", b"a")] if number % 3 else [])
    for number in range(10):
        informant.write(f"More {number}")
        informant.get("/en/mailbox")
    collect(head)
    assert seen(head).caption == "30 reports"
    assert asked_for(office, head) == with_one


def test_finding_out_what_is_ones_own_costs_a_constant_number_of_queries(office: Office) -> None:
    """D14."""
    counted = []
    for many in (2, 8):
        for _ in range(many):
            report_about(office)
        head = Colleague(office, "head", signed_in=False)
        head.give_password()
        with statements(office.here.database.engine) as asked:
            head.give_code(office.code("head"))
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_the_list_is_leafed_through_newest_first(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    office, reports = sqlite_office, list[str]()
    for _ in range(5):
        reports.append(report_about(office))
        office.clock.forward(days=1)
    head = Colleague(office, "head")
    assert seen(head).ids == reports[:2:-1]
    pages = []
    for page in (1, 2, 3):
        head.get(f"/en/reports?page={page}")
        pages.append(shown(head).ids)
        assert shown(head).caption == "5 reports"
        assert f"Page {page} of 3" in head.text_of("//nav[@class='paging']")
    assert [one for page in pages for one in page] == reports[::-1]
    assert head.find("//nav[@class='paging']//a/text()") == ["Newer"]


@pytest.mark.parametrize(
    ("asked", "page"),
    [("0", 1), ("-3", 1), ("9", 2), ("x", 1), ("9" * 400, 2), ("1.5", 1), ("", 1), ("٢", 2)],
    ids=["zero", "minus", "beyond", "word", "huge", "half", "empty", "other digits"],
)
def test_a_page_that_is_not_there_leads_to_one_that_is(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, asked: str, page: int
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    for _ in range(2):
        report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    assert head.get("/en/reports", query_string={"page": asked}).status_code == 200
    assert f"Page {page} of 2" in head.text_of("//nav[@class='paging']")


def test_words_are_found_wherever_they_stand_in_a_report(office: Office) -> None:
    other = report_about(office, text="Something else")
    informant = Informant(office.portal.app)
    informant.file(
        "Съёмка в цехе", [("Накладная 4471.pdf", b"x")], place="Olmaliq", category="theft"
    )
    informant.write("Ещё одно письмо")
    head = Colleague(office, "head")
    (report,) = set(seen(head).ids) - {other}
    head.open(report)
    head.reply(report, "A reply about lorries")
    for words in (
        "ЦЕХЕ съёмка",
        "накладная",
        "olmaliq",
        "theft",
        "одно ПИСЬМО",
        "lorries",
        report[:8],
        "  цехе  \t olmaliq ",
    ):
        assert found(head, words).ids == [report], words
    for words in ("цехе something", "absent", report[:8] + "z", "Informant"):
        assert found(head, words).ids == [], words
    assert "Nothing found" in found(head, "absent").text
    assert len(found(head, "   ").ids) == 2


def test_looking_for_words_holds_up_nobody_who_writes(sqlite_office: Office) -> None:
    """D15."""
    report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    seen(head)
    with sqlite_office.here.database.transaction() as db:
        db.execute(sa.text("UPDATE members SET name = name"))
        assert found(head, "saw").caption == "1 report"


def test_what_was_looked_for_stands_in_no_address(office: Office) -> None:
    """B14."""
    head = Colleague(office, "head")
    found(head, "a very telling word")
    assert "telling" not in "".join(str(link) for link in head.find("//@href | //@action"))
    assert "telling" not in head.text_of("//title")
    assert head.get("/en/reports/search?q=telling").status_code == 405
    head.get("/en/reports?q=telling")
    assert head.value_of("q") == ""


def test_more_words_than_anybody_looks_for_are_refused(office: Office) -> None:
    """D2."""
    head = Colleague(office, "head")
    head.get("/en/reports")
    assert head.send("/en/reports/search", {"q": "x" * 10_001}).status_code == 422


def test_an_empty_list_says_what_to_do(office: Office) -> None:
    head = Colleague(office, "head")
    assert seen(head).ids == []
    assert "collect the post" in seen(head).text
    assert head.find("//caption") == []


def test_signing_in_brings_what_came_meanwhile(office: Office) -> None:
    filed(office)
    assert len(seen(Colleague(office, "head")).ids) == 1


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru"])
def test_the_pages_of_a_reader_speak_every_language(sqlite_office: Office, language: str) -> None:
    report = report_about(sqlite_office, text="Hello", files=[("a.txt", b"a")])
    head = Colleague(sqlite_office, "head")
    for path in ("reports", f"reports/{report}"):
        assert head.get(f"/{language}/{path}").status_code == 200
        assert head.page is not None
        assert head.page.get("lang") == language
    assert head.said() == ["Hello"]
