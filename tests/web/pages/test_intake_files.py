"""Files of a report: what arrives, what is kept for the next try, and what is said when something did not."""

import shutil
from collections.abc import Callable

import pytest

from tests.support.portals import Portal
from tests.web.pages.faults import Slow, hidden, lock_is_free
from tests.web.pages.informant import BOUNDARY, Informant, multipart
from tests.web.sample import MovableClock

FILES = [
    ("накладная.pdf", b"%PDF" + b"x" * 70_000),
    ("empty.txt", b""),
    ("фото ўқғҳ.jpeg", b"\xff"),
]


def received(portal: Portal) -> list[tuple[str, bytes]]:
    """What the office gets, name and content, in order."""
    (mailbox,) = portal.mailboxes()
    (letter,) = portal.thread("head", mailbox)
    return [(a.name, portal.content("head", mailbox, a)) for a in letter.attachments]


def test_several_files_arrive_byte_for_byte_under_their_names(
    portal: Portal, informant: Informant
) -> None:
    """C14. D7."""
    informant.file(files=FILES)
    assert received(portal) == FILES
    assert len(portal.blobs_on_disk()) == len(FILES)
    assert not any("staging" in path.parts for path in portal.blobs_on_disk())


def test_nothing_of_a_file_lies_on_the_disk_in_clear(portal: Portal, informant: Informant) -> None:
    """D7."""
    informant.file("canary-text", files=[("canary-name.txt", b"canary-content" * 50_000)])
    for path in portal.here.settings.instance.rglob("*"):
        assert "canary" not in path.name
        assert not path.is_file() or b"canary-" not in path.read_bytes()


def test_too_many_files_are_refused_with_everything_typed_and_the_rest_kept(
    make: Callable[..., Portal],
) -> None:
    """D1."""
    portal = make(report_files=2)
    informant = Informant(portal.app)
    informant.open_report()
    assert informant.report("What I saw", FILES, place="the gate").status_code == 413
    assert "NOT received" in informant.problem()
    assert "too many files" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert informant.value_of("place") == "the gate"
    assert informant.kept() == [name for name, _ in FILES[:2]]
    assert portal.mailboxes() == []
    assert informant.report("What I saw").status_code == 303
    assert received(portal) == FILES[:2]


def test_files_too_large_are_refused_with_everything_typed_and_the_rest_kept(
    make: Callable[..., Portal],
) -> None:
    """D1."""
    portal = make(report_limit=100_000)
    informant = Informant(portal.app)
    informant.open_report()
    files = [FILES[0], ("large.bin", b"y" * 40_000)]
    assert informant.report("What I saw", files).status_code == 413
    assert "too large together" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert informant.kept() == [FILES[0][0]]
    # What is kept counts: the same again is too large again.
    assert informant.report("What I saw", files[1:]).status_code == 413
    assert informant.report("What I saw", FILES[2:]).status_code == 303
    assert received(portal) == [FILES[0], FILES[2]]


def test_a_file_far_too_large_is_refused_before_any_of_it_is_stored(
    make: Callable[..., Portal],
) -> None:
    """D1. D6."""
    portal = make(report_limit=100_000)
    informant = Informant(portal.app)
    informant.open_report()
    assert informant.report("What I saw", [("film.mp4", b"z" * 2_000_000)]).status_code == 413
    assert informant.value_of("text") == "What I saw"
    assert informant.kept() == []
    assert portal.blobs_on_disk() == []


def test_a_disk_too_full_for_files_says_so_and_keeps_the_words(make: Callable[..., Portal]) -> None:
    """D6."""
    portal = make(free_space_floor=2**62)
    informant = Informant(portal.app)
    informant.open_report()
    assert informant.report("What I saw", FILES).status_code == 503
    assert "NOT received" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert portal.mailboxes() == []
    assert informant.report("What I saw").status_code == 303


def test_kept_files_are_in_the_letter_once_whatever_was_corrected_in_between(
    portal: Portal, informant: Informant
) -> None:
    """D8."""
    informant.open_report()
    assert informant.report("", FILES[:1]).status_code == 422
    assert informant.kept() == [FILES[0][0]]
    assert informant.report("", FILES[1:2], place="the gate").status_code == 422
    assert informant.kept() == [FILES[0][0], FILES[1][0]]
    assert informant.report("Now I say it", FILES[2:]).status_code == 303
    assert received(portal) == FILES
    assert len(portal.blobs_on_disk()) == len(FILES)


def test_the_code_of_a_report_with_kept_files_opens_all_of_it(informant: Informant) -> None:
    informant.open_report()
    informant.report("", FILES)
    informant.report("Now I say it")
    code = informant.code()
    other = Informant(informant.app)
    assert other.enter(code).status_code == 303
    other.get("/en/mailbox")
    assert [other.get(link).data for link in other.links()] == [content for _, content in FILES]


def test_a_kept_file_ticked_to_be_taken_out_is_in_no_letter(
    portal: Portal, informant: Informant
) -> None:
    informant.open_report()
    informant.report("", FILES)
    ticked = informant.kept_id(0)
    assert informant.report("", remove_kept=[ticked]).status_code == 422
    assert informant.kept() == [name for name, _ in FILES[1:]]
    assert informant.report("Now I say it", remove_kept=[informant.kept_id(1)]).status_code == 303
    assert received(portal) == [FILES[1]]


def test_all_kept_files_can_be_taken_out(portal: Portal, informant: Informant) -> None:
    informant.open_report()
    informant.report("", FILES[:1])
    assert informant.report("Now I say it", remove_kept=[informant.kept_id()]).status_code == 303
    assert received(portal) == []


def test_a_kept_file_that_is_gone_is_named_before_anything_is_taken_without_it(
    portal: Portal, informant: Informant
) -> None:
    """D8. The page had said that it need not be added again."""
    informant.open_report()
    informant.report("", FILES[:1] + FILES[2:])
    (gone, *_) = [informant.kept_id(0)]
    portal.here.blobs.delete([gone])
    assert informant.report("Now I say it").status_code == 422
    assert "NOT received" in informant.problem()
    assert FILES[0][0] in informant.problem()
    assert FILES[2][0] not in informant.problem()
    assert informant.kept() == [FILES[2][0]]
    assert informant.value_of("text") == "Now I say it"
    assert portal.mailboxes() == []
    assert informant.report("Now I say it").status_code == 303
    assert received(portal) == FILES[2:]


def test_files_kept_for_too_long_are_spoken_of_before_anything_is_taken_without_them(
    portal: Portal, informant: Informant, clock: MovableClock
) -> None:
    """D8. A18."""
    informant.open_report()
    informant.report("", FILES)
    clock.forward(hours=2)
    assert informant.report("Now I say it").status_code == 422
    assert "no longer here" in informant.problem()
    assert informant.kept() == []
    assert portal.mailboxes() == []
    assert informant.report("Now I say it").status_code == 303
    assert received(portal) == []


def test_another_browser_s_kept_files_cannot_be_claimed(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F1."""
    informant.open_report()
    informant.report("", FILES)
    draft = informant.fields_of("/en/report")["draft"]
    stranger.open_report()
    assert stranger.report("Give me those", draft=draft).status_code == 422
    assert stranger.kept() == []
    assert stranger.report("Give me those").status_code == 303
    assert received(portal) == []


def test_a_page_open_for_too_long_loses_nothing_typed_and_says_that_files_must_be_added_again(
    portal: Portal, informant: Informant
) -> None:
    """B1. No file is taken from a page that may not be ours."""
    informant.open_report()
    response = informant.report("What I saw", FILES, csrf_token="old", place="the gate")
    assert response.status_code == 400
    assert "NOT received" in informant.problem()
    assert "add the files again" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert informant.value_of("place") == "the gate"
    assert portal.blobs_on_disk() == []
    assert informant.report("What I saw", FILES).status_code == 303
    assert received(portal) == FILES


def test_a_page_open_for_too_long_keeps_the_files_it_had(
    portal: Portal, informant: Informant
) -> None:
    """B1."""
    informant.open_report()
    informant.report("", FILES)
    assert informant.report("What I saw", csrf_token="old").status_code == 400
    assert "add the files again" not in informant.problem()
    assert informant.kept() == [name for name, _ in FILES]
    assert informant.report("What I saw").status_code == 303
    assert received(portal) == FILES


def test_a_store_that_is_gone_takes_nothing_and_the_words_wait(
    portal: Portal, informant: Informant
) -> None:
    """D8."""
    shutil.rmtree(portal.here.blobs.root)
    informant.open_report()
    assert informant.report("What I saw", FILES).status_code == 503
    assert "NOT received" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert portal.mailboxes() == []
    portal.here.blobs.root.mkdir()
    assert informant.report("What I saw", FILES).status_code == 303
    assert received(portal) == FILES


@pytest.mark.parametrize("table", ["mailboxes", "grants", "envelopes", "blobs", "sessions"])
def test_a_database_that_fails_half_way_stores_nothing_and_keeps_words_and_files(
    portal: Portal, informant: Informant, table: str, log_lines: list[str]
) -> None:
    """D8. Every table is written in one transaction; the fault is logged, without a word of the report."""
    informant.open_report()
    with hidden(portal, table):
        assert informant.report("canary-what", FILES).status_code == 503
        assert "NOT received" in informant.problem()
        assert informant.value_of("text") == "canary-what"
        assert informant.kept() == [name for name, _ in FILES]
    assert portal.mailboxes() == []
    assert any('"storage"' in line for line in log_lines)
    assert not any("canary" in line for line in log_lines)
    assert informant.report("canary-what").status_code == 303
    assert received(portal) == FILES


def test_while_files_of_a_report_arrive_nobody_waits_for_the_database(
    portal: Portal, informant: Informant
) -> None:
    """D15."""
    informant.open_report()
    fields = {**informant.fields_of("/en/report"), "text": "What I saw"}
    body = Slow(multipart(fields, [("film.mp4", b"f" * 2_000_000)]), lambda: lock_is_free(portal))
    response = informant._open(
        "POST",
        "/en/report",
        input_stream=body,
        content_length=len(body.getvalue()),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    assert response.status_code == 303
    assert body.calls > 1
    assert [name for name, _ in received(portal)] == ["film.mp4"]
