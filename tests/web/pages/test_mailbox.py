"""The open mailbox: the thread both ways, files both ways, where it stands, and what happens next."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.mailbox.models import PublicState
from tests.support.portals import Portal
from tests.web.pages.informant import Informant
from tests.web.sample import MovableClock

pytestmark = pytest.mark.any_engine

BYTES = bytes(range(256)) * 400
MINE = [("мои снимки.jpeg", BYTES), ("note.txt", b"one line\n")]
THEIRS = [("ответ.pdf", b"%PDF-1.7" + BYTES), ("empty", b"")]


def status(informant: Informant) -> str:
    assert informant.get("/en/mailbox").status_code == 200
    return informant.text_of("//*[contains(@class, 'status')]")


def test_the_thread_shows_both_sides_in_order(
    portal: Portal, informant: Informant, clock: MovableClock
) -> None:
    code = informant.file("Report")
    clock.forward(days=3)
    portal.reply("Which lorry?")
    clock.forward(days=1)
    informant.enter(code)
    informant.get("/en/mailbox")
    assert informant.write("The red one").status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == ["Report", "Which lorry?", "The red one"]
    letters = informant.find("//*[@class='thread']/li")
    assert [letter.get("class") for letter in letters] == ["mine", "theirs", "mine"]
    assert [letter.xpath("string(.//time/@datetime)") for letter in letters] == [
        "2026-11-24",
        "2026-11-27",
        "2026-11-28",
    ]


def test_the_office_gets_what_is_written_later(portal: Portal, informant: Informant) -> None:
    informant.file("Report", concerned=["risk-officer"])
    informant.write("The red one", MINE)
    assert portal.letters("risk-officer") == []
    (mailbox,) = portal.mailboxes()
    report, message = portal.thread("head", mailbox)
    assert (report.kind, message.kind, message.text) == ("report", "message", "The red one")
    contents = [portal.content("head", mailbox, a) for a in message.attachments]
    assert [a.name for a in message.attachments] == [name for name, _ in MINE]
    assert contents == [content for _, content in MINE]


def test_answers_are_shown_back_in_words_and_not_in_ids(informant: Informant) -> None:
    informant.file(category="bribery", unit="railway", place="Цех 4", concerned=["risk-officer"])
    informant.get("/ru/mailbox")
    answers = informant.text_of("//*[@class='answers']")
    assert "Взятка или вымогательство" in answers
    assert "Железнодорожный транспорт" in answers
    assert "Сотрудник по коррупционным рискам" in answers
    assert "Цех 4" in answers
    assert "risk-officer" not in answers


def test_files_go_both_ways_byte_for_byte(portal: Portal, informant: Informant) -> None:
    """C14."""
    informant.file("Report", MINE)
    portal.reply("See these", THEIRS)
    informant.get("/en/mailbox")
    links = informant.links()
    assert [informant.get(link).data for link in links] == [b for _, b in MINE + THEIRS]


def test_a_file_is_always_a_download_that_no_browser_opens(
    portal: Portal, informant: Informant
) -> None:
    """C8. C10. B12. Whatever it is, and whoever sent it."""
    active = [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("feed.xml", b"<?xml version='1.0'?><a/>"),
        ("paper.pdf", b"%PDF-1.7 /JavaScript"),
    ]
    informant.file("Report", active)
    portal.reply("Ours", active)
    informant.get("/en/mailbox")
    assert len(informant.links()) == 8
    for link, (name, content) in zip(informant.links(), active * 2, strict=True):
        response = informant.get(link)
        assert response.data == content
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response.headers["Cache-Control"] == "no-store"
        assert int(response.headers["Content-Length"]) == len(content)


def test_another_mailbox_s_files_and_letters_are_not_there(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F1. E25. The same answer as for what never was."""
    informant.file("Report", MINE)
    stranger.file("Something else", MINE)
    theirs = stranger.links()[0]
    (letter,) = [m for m in portal.mailboxes() if portal.thread("head", m)[0].text != "Report"]
    envelope = portal.thread("head", letter)[0].envelope
    for link in (theirs, "/en/mailbox/files/" + "ab" * 16):
        missing = informant.get(link)
        assert missing.status_code == 404
    for envelope_id in (envelope, "ab" * 16):
        informant.get("/en/mailbox")
        hidden = {"csrf_token": informant.hidden_fields()["csrf_token"]}
        gone = informant.post(f"/en/mailbox/letters/{envelope_id}/deletion", hidden)
        assert gone.status_code == 404
    assert stranger.get(theirs).data == MINE[0][1]
    stranger.get("/en/mailbox")
    assert stranger.said() == ["Something else"]


@pytest.mark.parametrize(
    "crooked", ["%00", "..", "%2e%2e%2fportal.toml", "AB" * 16, "' OR 1=1 --", "ю" * 32, "a" * 5000]
)
def test_a_crooked_id_is_not_found(informant: Informant, crooked: str) -> None:
    """C11. C21. E25."""
    informant.file("Report", MINE)
    assert informant.get(f"/en/mailbox/files/{crooked}").status_code == 404
    informant.get("/en/mailbox")
    hidden = {"csrf_token": informant.hidden_fields()["csrf_token"]}
    response = informant.post(f"/en/mailbox/letters/{crooked}/deletion", hidden)
    assert response.status_code == 404
    informant.get("/en/mailbox")
    assert informant.said() == ["Report"]


def test_without_a_session_every_page_of_the_mailbox_leads_to_the_way_in(
    informant: Informant, stranger: Informant
) -> None:
    """F1. F4."""
    informant.file("Report", MINE)
    for path in ("/en/mailbox", "/en/mailbox/burning", informant.links()[0]):
        response = stranger.get(path)
        assert (response.status_code, response.location) == (303, "/en/return")


@pytest.mark.parametrize(
    ("state", "words", "next_step"),
    [
        (None, "Received", "We will confirm here that we have read your report"),
        (PublicState.IN_REVIEW, "Being examined", "will tell you here what came of it"),
        (PublicState.QUESTION, "We have a question", "We have asked you something"),
        (PublicState.CLOSED, "Finished", "This is finished"),
    ],
)
def test_a_state_is_said_in_words_with_what_happens_next(
    portal: Portal,
    informant: Informant,
    state: PublicState | None,
    words: str,
    next_step: str,
) -> None:
    informant.file("Report")
    if state:
        portal.reply("News", state=state)
    shown = status(informant)
    assert words in shown
    assert next_step in shown


def test_that_a_report_was_collected_is_said_before_anybody_has_read_it(
    portal: Portal, informant: Informant
) -> None:
    """What a machine did, by itself: of when somebody reads, the page tells nothing."""
    informant.file("Report")
    before = status(informant)
    portal.collect()
    assert "Your report has reached the service" not in before
    assert "Your report has reached the service" in status(informant)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (PublicState.IN_REVIEW, True),
        (PublicState.RECEIVED, True),
        (PublicState.QUESTION, False),
        (PublicState.CLOSED, False),
    ],
)
def test_a_day_is_named_while_we_owe_an_answer(
    portal: Portal, informant: Informant, state: PublicState, *, due: bool
) -> None:
    informant.file("Report")
    portal.reply("News", state=state)
    assert ("By when" in status(informant)) is due


def test_the_confirmation_is_due_seven_days_after_the_day_it_came(
    informant: Informant, clock: MovableClock
) -> None:
    clock.moment = datetime(2026, 12, 28, 10, 0, tzinfo=UTC)
    informant.file("Report")
    assert "By when: 04.01.2027" in status(informant)


@pytest.mark.parametrize(
    ("acknowledged", "due"),
    [
        ((2026, 11, 30), "28.02.2027"),
        ((2027, 11, 30), "29.02.2028"),
        ((2026, 1, 31), "30.04.2026"),
        ((2026, 10, 15), "15.01.2027"),
        ((2026, 12, 31), "31.03.2027"),
    ],
)
def test_the_result_is_due_three_months_after_the_confirmation_on_the_last_day_of_a_short_month(
    portal: Portal,
    informant: Informant,
    clock: MovableClock,
    acknowledged: tuple[int, int, int],
    due: str,
) -> None:
    clock.moment = datetime(*acknowledged, 6, 0, tzinfo=UTC) - timedelta(days=2)
    code = informant.file("Report")
    clock.forward(days=2)
    portal.reply("News", state=PublicState.IN_REVIEW)
    informant.enter(code)
    assert f"By when: {due}" in status(informant)


def test_the_first_word_of_the_office_confirms_and_later_ones_move_no_date(
    portal: Portal, informant: Informant, clock: MovableClock
) -> None:
    code = informant.file("Report")
    clock.forward(days=2)
    portal.reply("We have read it")
    clock.forward(days=20)
    portal.reply("Still at it", state=PublicState.IN_REVIEW)
    informant.enter(code)
    assert "By when: 26.02.2027" in status(informant)


@pytest.mark.parametrize(("hour", "day"), [(18, "2026-11-24"), (19, "2026-11-25")])
def test_a_day_is_the_organisation_s_and_no_time_is_kept(
    portal: Portal, informant: Informant, clock: MovableClock, hour: int, day: str
) -> None:
    """E2. In Tashkent it is tomorrow five hours before it is in UTC."""
    clock.moment = datetime(2026, 11, 24, hour, 59, 59, tzinfo=UTC)
    informant.file("Report")
    (mailbox,) = portal.mailboxes()
    assert str(mailbox.received_on) == day
    informant.get("/en/mailbox")
    assert set(informant.find("//time/@datetime")) == {
        day,
        str(mailbox.received_on + timedelta(7)),
    }


def test_the_thread_is_shown_in_every_language(portal: Portal, informant: Informant) -> None:
    informant.file("Report")
    portal.reply("Answer")
    for language in ("uz", "uz-Cyrl", "ru", "en"):
        assert informant.get(f"/{language}/mailbox").status_code == 200
        assert informant.said() == ["Report", "Answer"]


def test_an_open_mailbox_is_never_compressed(informant: Informant) -> None:
    """B12. Its length beside a chosen text would tell what is in it."""
    informant.file("Report " * 500)
    for path in ("/en/mailbox", "/en/return", "/en/mailbox/burning"):
        response = informant.get(path, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in response.headers


def test_closing_ends_the_session_and_clears_the_browser(
    informant: Informant, stranger: Informant
) -> None:
    """A13. B3. B12."""
    informant.file("Report")
    stranger.steal_cookie(informant)
    response = informant.post("/en/mailbox/sign-out", informant.fields_of("/en/mailbox/sign-out"))
    assert (response.status_code, response.location) == (303, "/en/")
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    for one in (informant, stranger):
        assert one.get("/en/mailbox").location == "/en/return"


@pytest.mark.parametrize(("minutes", "open_still"), [(14.9, True), (15, False)])
def test_an_unused_mailbox_closes_after_a_quarter_of_an_hour(
    informant: Informant, clock: MovableClock, minutes: float, *, open_still: bool
) -> None:
    """A18."""
    informant.file("Report")
    clock.forward(minutes=minutes)
    assert (informant.get("/en/mailbox").status_code == 200) is open_still
