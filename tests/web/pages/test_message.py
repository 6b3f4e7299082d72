"""A later message: text, files, or both; and nothing typed is lost, whatever happens."""

import shutil
from collections.abc import Callable

import pytest

from tests.support.portals import Portal
from tests.web.pages.faults import Slow, hidden, lock_is_free, locked, unwritable
from tests.web.pages.informant import BOUNDARY, Informant, multipart
from tests.web.sample import MovableClock

pytestmark = pytest.mark.any_engine

FILES = [("снимок.jpeg", b"\xff\xd8" * 40_000), ("note.txt", b"note")]


@pytest.fixture
def inside(informant: Informant) -> Informant:
    """Somebody with an open mailbox."""
    informant.file("Report")
    return informant


def messages(portal: Portal) -> list[tuple[str, list[tuple[str, bytes]]]]:
    """The later messages the office gets: text, and files with their contents."""
    (mailbox,) = portal.mailboxes()
    return [
        (letter.text, [(a.name, portal.content("head", mailbox, a)) for a in letter.attachments])
        for letter in portal.thread("head", mailbox)[1:]
    ]


def test_a_message_has_text_or_files_or_both(portal: Portal, inside: Informant) -> None:
    for text, files in (("Text", []), ("", FILES), ("Both", FILES[:1])):
        assert inside.write(text, files).status_code == 303
        inside.get("/en/mailbox")
    assert messages(portal) == [("Text", []), ("", FILES), ("Both", FILES[:1])]


@pytest.mark.parametrize("text", ["", "  \r\n ", "\x00"])
def test_a_message_of_nothing_is_asked_for_again(
    portal: Portal, inside: Informant, text: str
) -> None:
    assert inside.write(text).status_code == 422
    assert "Write something" in inside.problem()
    assert messages(portal) == []


def test_a_message_too_long_is_kept_with_its_files(portal: Portal, inside: Informant) -> None:
    long = "я" * 200_001
    assert inside.write(long, FILES).status_code == 422
    assert inside.value_of("text") == long
    assert inside.kept() == [name for name, _ in FILES]
    assert inside.said() == ["Report"]
    assert inside.write(long[1:]).status_code == 303
    assert messages(portal) == [(long[1:], FILES)]


def test_kept_files_can_be_taken_out_of_a_message(portal: Portal, inside: Informant) -> None:
    inside.write("x" * 200_001, FILES)
    assert inside.write("Text", remove_kept=[inside.kept_id(0)]).status_code == 303
    assert messages(portal) == [("Text", FILES[1:])]


def test_a_kept_file_alone_is_a_message(portal: Portal, inside: Informant) -> None:
    inside.write("x" * 200_001, FILES)
    assert inside.write("").status_code == 303
    assert messages(portal) == [("", FILES)]


def test_a_message_from_a_page_open_for_too_long_keeps_its_words_and_kept_files(
    portal: Portal, inside: Informant
) -> None:
    """B1."""
    inside.write("x" * 200_001, FILES)
    assert inside.write("Text", csrf_token="old").status_code == 400
    assert "NOT received" in inside.problem()
    assert inside.value_of("text") == "Text"
    assert inside.kept() == [name for name, _ in FILES]
    assert inside.write("Text").status_code == 303
    assert messages(portal) == [("Text", FILES)]


def test_files_from_a_page_open_for_too_long_must_be_added_again_and_the_page_says_so(
    portal: Portal, inside: Informant
) -> None:
    """B1."""
    assert inside.write("Text", FILES, csrf_token="old").status_code == 400
    assert "add the files again" in inside.problem()
    assert inside.kept() == []
    assert portal.blobs_on_disk() == []


def test_a_kept_file_that_is_gone_is_named_before_the_message_goes_without_it(
    portal: Portal, inside: Informant
) -> None:
    """D8."""
    inside.write("x" * 200_001, FILES)
    portal.here.blobs.delete([inside.kept_id(0)])
    assert inside.write("Text").status_code == 422
    assert FILES[0][0] in inside.problem()
    assert inside.kept() == [FILES[1][0]]
    assert inside.write("Text").status_code == 303
    assert messages(portal) == [("Text", FILES[1:])]


def test_too_many_files_are_refused_with_words_and_the_rest_kept(
    make: Callable[..., Portal],
) -> None:
    """D1."""
    portal = make(report_files=1)
    inside = Informant(portal.app)
    inside.file("Report")
    assert inside.write("Text", FILES).status_code == 413
    assert inside.value_of("text") == "Text"
    assert inside.kept() == [FILES[0][0]]
    assert inside.write("Text").status_code == 303
    assert messages(portal) == [("Text", FILES[:1])]


@pytest.mark.parametrize("table", ["envelopes", "blobs"])
def test_a_database_that_fails_keeps_the_words(
    portal: Portal, inside: Informant, table: str, log_lines: list[str]
) -> None:
    """D8. Where not even the thread can be read, the words stand beside the way in."""
    with hidden(portal, table):
        assert inside.write("canary-what", FILES).status_code == 503
        assert "NOT received" in inside.problem()
        assert inside.value_of("text") == "canary-what"
    assert any('"storage"' in line for line in log_lines)
    assert not any("canary" in line for line in log_lines)
    assert messages(portal) == []


def test_a_database_without_sessions_keeps_the_words(portal: Portal, inside: Informant) -> None:
    """D8. Who is logged in cannot be known: the words must not be the price."""
    with hidden(portal, "sessions"):
        assert inside.write("What I know").status_code == 503
        assert inside.value_of("text") == "What I know"
        assert inside.get("/en/mailbox").status_code == 503
    assert inside.get("/en/mailbox").status_code == 200
    assert inside.said() == ["Report"]


def test_a_database_that_takes_nothing_keeps_words_and_files(
    portal: Portal, inside: Informant
) -> None:
    """D8. D15. Reading still works: the thread is shown, and the message below it."""
    with unwritable(portal):
        assert inside.write("What I know", FILES).status_code == 503
        assert inside.said() == ["Report"]
        assert inside.value_of("text") == "What I know"
        assert inside.kept() == [name for name, _ in FILES]
    assert inside.write("What I know").status_code == 303
    assert messages(portal) == [("What I know", FILES)]


def test_a_database_somebody_else_has_locked_keeps_words_and_files(
    portal: Portal, inside: Informant
) -> None:
    """D8. D15."""
    with locked(portal):
        assert inside.write("What I know", FILES).status_code == 503
        assert inside.said() == ["Report"]
        assert inside.value_of("text") == "What I know"
        assert inside.kept() == [name for name, _ in FILES]
    assert inside.write("What I know").status_code == 303
    assert messages(portal) == [("What I know", FILES)]


def test_a_store_that_is_gone_keeps_the_words(portal: Portal, inside: Informant) -> None:
    """D8."""
    shutil.rmtree(portal.here.blobs.root)
    assert inside.write("Text", FILES).status_code == 503
    assert inside.value_of("text") == "Text"
    assert messages(portal) == []
    portal.here.blobs.root.mkdir()
    assert inside.write("Text", FILES).status_code == 303
    assert messages(portal) == [("Text", FILES)]


def test_whoever_wrote_for_longer_than_a_session_lives_gets_their_words_back(
    portal: Portal, informant: Informant, clock: MovableClock
) -> None:
    """A18. The message waits beside the way in, and stands in the form once the code was typed."""
    code = informant.file("Report")
    clock.forward(minutes=16)
    assert informant.write("A long story\nof two lines", FILES).status_code == 403
    assert "NOT received" in informant.problem()
    assert informant.value_of("text") == "A long story\nof two lines"
    assert portal.blobs_on_disk() == []
    wrong = {"token": "0" * 24 + "1", "text": informant.value_of("text")}
    assert informant.post("/en/return", wrong).status_code == 422
    assert informant.value_of("text") == "A long story\nof two lines"
    right = {"token": code, "text": informant.value_of("text")}
    assert informant.post("/en/return", right).status_code == 200
    assert "not sent yet" in informant.problem()
    assert informant.said() == ["Report"]
    assert informant.write(informant.value_of("text"), FILES).status_code == 303
    assert messages(portal) == [("A long story\nof two lines", FILES)]


def test_an_empty_message_without_a_session_leads_to_the_way_in(stranger: Informant) -> None:
    stranger.get("/en/return")
    token = stranger.hidden_fields()
    response = stranger.client.post(
        "/en/mailbox/messages", base_url=stranger.origin, data={**token, "text": " "}
    )
    assert (response.status_code, response.location) == (303, "/en/return")


def test_a_stranger_s_form_stores_no_file(portal: Portal, stranger: Informant) -> None:
    """B1. D6. F1."""
    stranger.get("/en/return")
    data = multipart({**stranger.hidden_fields(), "text": "x"}, FILES)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    response = stranger._open("POST", "/en/mailbox/messages", data=data, content_type=kind)
    assert response.status_code == 403
    assert portal.blobs_on_disk() == []


def test_while_files_of_a_message_arrive_nobody_waits_for_the_database(
    portal: Portal, inside: Informant
) -> None:
    """D15. Over Tor an upload takes hours: it must hold no lock."""
    fields = {**inside.fields_of("/en/mailbox/messages"), "text": "Text"}
    body = Slow(multipart(fields, [("film.mp4", b"f" * 2_000_000)]), lambda: lock_is_free(portal))
    response = inside._open(
        "POST",
        "/en/mailbox/messages",
        input_stream=body,
        content_length=len(body.getvalue()),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    assert response.status_code == 303
    assert body.calls > 1
    assert [text for text, _ in messages(portal)] == ["Text"]
