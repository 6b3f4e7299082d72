"""The same page sent twice, by a double click or a broken connection: one report, one code, nothing lost."""

import threading
from collections.abc import Callable

import pytest

from tests.support.portals import Portal
from tests.web.pages.informant import Files, Informant

FILE = [("scale.csv", b"1;2;3\n" * 1000)]
OTHER = [("photo.jpeg", b"\xff\xd8" * 900)]


def twin_of(informant: Informant) -> Informant:
    """The same browser once more, as it was before the first answer came."""
    twin = Informant(informant.app)
    twin.steal_cookie(informant)
    twin.page, twin._address = informant.page, informant._address
    return twin


def attachments(portal: Portal) -> list[list[str]]:
    """The names of the files of each letter the office gets."""
    return [[a.name for a in letter.attachments] for letter in portal.letters("head")]


def in_parallel(*clicks: Callable[[], object]) -> None:
    begin = threading.Barrier(len(clicks))

    def click(run: Callable[[], object]) -> None:
        begin.wait()
        run()

    threads = [threading.Thread(target=click, args=(run,)) for run in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("files", [[], FILE], ids=["words", "files"])
def test_a_page_sent_twice_is_one_report_and_shows_one_code(
    portal: Portal, informant: Informant, files: Files
) -> None:
    """F6."""
    informant.open_report()
    again = twin_of(informant)
    assert informant.report("Once", files).status_code == 303
    assert again.report("Once", files).status_code == 303
    assert informant.code() == again.code()
    assert attachments(portal) == [[name for name, _ in files]]
    assert len(portal.blobs_on_disk()) == len(list(files))


@pytest.mark.parametrize("files", [[], FILE], ids=["words", "files"])
def test_clicks_at_the_same_moment_are_one_report(
    portal: Portal, informant: Informant, files: Files
) -> None:
    """F6. D9."""
    informant.open_report()
    clicks = [informant, *(twin_of(informant) for _ in range(3))]
    in_parallel(*(lambda one=one: one.report("Once", files) for one in clicks))
    codes = {one.code() for one in clicks}
    assert len(codes) == 1
    assert attachments(portal) == [[name for name, _ in files]]
    assert len(portal.blobs_on_disk()) == len(list(files))


def test_both_copies_open_the_whole_report(informant: Informant) -> None:
    informant.open_report()
    again = twin_of(informant)
    informant.report("Once", FILE)
    again.report("Once", FILE)
    for one in (informant, again):
        one.post("/en/receipt", {"token": one.code()})
        one.get("/en/mailbox")
        assert one.said() == ["Once"]
        assert one.get(one.links()[0]).data == FILE[0][1]


def test_a_file_added_before_sending_again_is_not_lost(
    portal: Portal, informant: Informant
) -> None:
    """F6. The sending was stopped, a file added, and the page sent again: the first copy had been stored."""
    informant.open_report()
    again, third = twin_of(informant), twin_of(informant)
    informant.report("Once", FILE)
    assert again.report("Once", FILE + OTHER).status_code == 303
    assert third.report("Once", FILE + OTHER).status_code == 303
    assert again.code() == informant.code()
    assert attachments(portal) == [["scale.csv"], ["photo.jpeg"]]
    (mailbox,) = portal.mailboxes()
    _report, further = portal.thread("triage-officer", mailbox)
    assert (further.kind, further.text) == ("message", "")
    assert portal.content("triage-officer", mailbox, further.attachments[0]) == OTHER[0][1]


def test_other_words_are_another_report_with_another_code(
    portal: Portal, informant: Informant
) -> None:
    """F6."""
    informant.open_report()
    again = twin_of(informant)
    informant.report("Once")
    again.report("Otherwise")
    assert informant.code() != again.code()
    assert {letter.text for letter in portal.letters("head")} == {"Once", "Otherwise"}


def test_a_new_form_gives_another_code_for_the_same_words(
    portal: Portal, informant: Informant
) -> None:
    codes = set()
    for _ in range(2):
        informant.open_report()
        informant.report("The same words")
        codes.add(informant.code())
    assert len(codes) == 2
    assert len(portal.mailboxes()) == 2


def test_the_same_words_in_two_browsers_have_two_codes(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """A5. Even the hidden number of the page does not help: the cookie is in the code too."""
    informant.open_report()
    stranger.open_report()
    submission = informant.fields_of("/en/report")["submission"]
    for one in (informant, stranger):
        one.report("The same words", submission=submission)
    assert informant.code() != stranger.code()
    assert len(portal.mailboxes()) == 2


def test_a_corrected_page_sent_twice_is_one_report_with_its_kept_files_once(
    portal: Portal, informant: Informant
) -> None:
    """F6. D8. For the second copy the kept files are gone: they went with the first."""
    informant.open_report()
    informant.report("", FILE)
    again, with_more = twin_of(informant), twin_of(informant)
    assert informant.report("Once").status_code == 303
    assert again.report("Once").status_code == 303
    assert with_more.report("Once", OTHER).status_code == 303
    assert informant.code() == again.code() == with_more.code()
    assert attachments(portal) == [["scale.csv"], ["photo.jpeg"]]


def test_a_corrected_page_sent_twice_at_the_same_moment_is_one_report(
    portal: Portal, informant: Informant
) -> None:
    """F6. D8."""
    informant.open_report()
    informant.report("", FILE)
    clicks = [informant, *(twin_of(informant) for _ in range(3))]
    in_parallel(*(lambda one=one: one.report("Once") for one in clicks))
    assert len({one.code() for one in clicks}) == 1
    assert attachments(portal) == [["scale.csv"]]
    assert len(portal.blobs_on_disk()) == 1


def test_a_corrected_page_sent_again_with_other_words_is_asked_for_its_files_again(
    portal: Portal, informant: Informant
) -> None:
    """F2. F6. Who it concerns has changed: it must not join a report that person can read."""
    informant.open_report()
    informant.report("", FILE)
    again = twin_of(informant)
    informant.report("Once")
    assert again.report("It was the head", OTHER, concerned=["head"]).status_code == 422
    assert "NOT received" in again.problem()
    assert again.kept() == []
    assert again.value_of("text") == "It was the head"
    assert again.chosen("concerned") == ["head"]
    assert again.report("It was the head", FILE + OTHER, concerned=["head"]).status_code == 303
    assert again.code() != informant.code()
    assert [letter.text for letter in portal.letters("head")] == ["Once"]
    (about_head,) = portal.letters("audit-committee-chair")
    assert [a.name for a in about_head.attachments] == ["scale.csv", "photo.jpeg"]


def test_going_back_after_the_code_was_shown_files_nothing_by_itself(
    portal: Portal, informant: Informant
) -> None:
    """F6. The page from before the code is too old: it comes back with its words, and the code stays open."""
    informant.open_report()
    before = twin_of(informant)
    informant.report("Once")
    code = informant.code()
    before.client.delete_cookie("__Host-ishonch", domain="portal.example")
    before.steal_cookie(informant)
    assert before.report("Once").status_code == 400
    assert before.value_of("text") == "Once"
    assert len(portal.mailboxes()) == 1
    assert informant.code() == code


@pytest.mark.parametrize("files", [[], FILE], ids=["words", "files"])
def test_a_message_sent_twice_is_one_message(
    portal: Portal, informant: Informant, files: Files
) -> None:
    """F6."""
    informant.file("Report")
    again = twin_of(informant)
    assert informant.write("More", files).status_code == 303
    assert again.write("More", files).status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == ["Report", "More"]
    assert attachments(portal) == [[], [name for name, _ in files]]
    assert len(portal.blobs_on_disk()) == len(list(files))


@pytest.mark.parametrize("files", [[], FILE], ids=["words", "files"])
def test_messages_sent_at_the_same_moment_are_one_message(
    portal: Portal, informant: Informant, files: Files
) -> None:
    """F6. D9."""
    informant.file("Report")
    clicks = [informant, *(twin_of(informant) for _ in range(3))]
    in_parallel(*(lambda one=one: one.write("More", files) for one in clicks))
    assert attachments(portal) == [[], [name for name, _ in files]]
    assert len(portal.blobs_on_disk()) == len(list(files))


def test_a_corrected_message_sent_twice_keeps_all_files_and_repeats_none(
    portal: Portal, informant: Informant
) -> None:
    """F6. D8."""
    informant.file("Report")
    informant.write("x" * 200_001, FILE)
    again, with_more = twin_of(informant), twin_of(informant)
    assert informant.write("More").status_code == 303
    assert again.write("More").status_code == 303
    assert with_more.write("More", OTHER).status_code == 303
    assert attachments(portal) == [[], ["scale.csv"], ["photo.jpeg"]]
    assert len(portal.blobs_on_disk()) == 2


def test_the_same_words_can_be_said_again_from_a_new_page(informant: Informant) -> None:
    informant.file("Report")
    for _ in range(2):
        assert informant.write("Is anybody there?").status_code == 303
        informant.get("/en/mailbox")
    assert informant.said() == ["Report", "Is anybody there?", "Is anybody there?"]
