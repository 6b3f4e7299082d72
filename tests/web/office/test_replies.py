"""Replies: what goes at once, what waits for a second person, and that nothing typed is lost on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from casework.dossiers import service as dossiers
from portal.mailbox.models import PublicState
from tests.support.offices import Office, Stores, copied_files, make_office
from tests.unit.casework.at_once import at_once
from tests.web.office.colleague import Colleague
from tests.web.office.reports import collect, report_about, seen
from tests.web.pages.informant import Informant
from tests.web.sample import MovableClock

pytestmark = pytest.mark.any_engine

FILE = ("answer.pdf", bytes(range(256)) * 700)
OTHER = ("Приказ № 7.txt", "текст".encode() * 50)
TEXT = "Thank you. Do you remember the number?\n\n\tWe ask nothing else."


@pytest.fixture
def informant(office: Office) -> Informant:
    """Somebody who has reported, with their mailbox open."""
    reporting = Informant(office.portal.app)
    reporting.file("What I saw")
    return reporting


@pytest.fixture
def head(office: Office, informant: Informant) -> Colleague:
    """The head, with the report open."""
    assert informant.page is not None
    browser = Colleague(office, "head")
    browser.open(seen(browser).ids[0])
    return browser


@pytest.fixture
def report(head: Colleague) -> str:
    """The report's id."""
    return head.path.rpartition("/")[2]


def states(office: Office) -> list[str]:
    """Give the states of all letters, sorted."""
    return sorted(entry.state for entry in office.entries())


ADDRESS = "See https://evil.example"


def waiting(office: Office) -> str:
    """Give the id of the reply that waits."""
    (found,) = [entry.id for entry in office.entries() if entry.state == "held"]
    return found


def decide(browser: Colleague, report: str, reply: str, what: str) -> TestResponse:
    """Press a button beside a reply that waits."""
    browser.open(report)
    return browser.press(f"/en/reports/{report}/replies/{reply}/{what}")


def staged(office: Office) -> int:
    """Count the files of the office's store."""
    return len([path for path in office.here.blobs.root.rglob("*") if path.is_file()])


def test_a_text_goes_at_once_and_arrives_word_for_word(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    response = head.reply(report, TEXT, purpose="question")
    assert (response.status_code, response.location) == (303, f"/en/reports/{report}")
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw", TEXT]
    assert office.portal.mailboxes()[0].public_state == PublicState.QUESTION
    assert "We have a question" in informant.text_of("//main")
    head.open(report)
    assert head.said() == ["What I saw", TEXT]
    assert "Head of Service" in head.text_of("//ol[@class='thread']/li[2]")
    assert "We have a question" in seen(head).text


def test_the_informant_learns_nothing_of_who_wrote(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    head.reply(report, TEXT)
    page = informant.get("/en/mailbox").text
    member = office.member("head")
    assert [told for told in (member.name, member.id) if told in page] == []


def test_a_reply_with_files_waits_and_is_not_there_for_the_informant(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """F20."""
    assert head.reply(report, TEXT, [FILE], purpose="question").status_code == 303
    assert states(office) == ["held", "received"]
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw"]
    assert office.portal.mailboxes()[0].public_state == PublicState.RECEIVED
    head.open(report)
    assert "Someone else has to approve it" in head.text_of("//main")
    assert head.find("//form[contains(@action, '/approval')]") == []


def test_a_colleague_approves_and_the_files_arrive_as_they_were(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """F20. C14."""
    head.reply(report, TEXT, [FILE, OTHER], purpose="question")
    colleague = Colleague(office, "investigator")
    colleague.open(report)
    assert [colleague.get(link).data for link in colleague.links()] == [FILE[1], OTHER[1]]
    assert decide(colleague, report, waiting(office), "approval").status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw", TEXT]
    names = [name.text_content() for name in informant.find("//ul[@class='files']//a/bdi")]
    assert names == [FILE[0], OTHER[0]]
    assert [informant.get(link).data for link in informant.links()] == [FILE[1], OTHER[1]]
    assert office.portal.mailboxes()[0].public_state == PublicState.QUESTION


def test_its_author_cannot_approve_whatever_they_send(
    office: Office, head: Colleague, report: str
) -> None:
    """F20."""
    head.reply(report, TEXT, [FILE])
    head.open(report)
    path = f"/en/reports/{report}/replies/{waiting(office)}/approval"
    response = head.post_to(path, head.hidden_fields())
    assert response.status_code == 409
    assert "Someone else has to approve it" in head.problem()
    assert states(office) == ["held", "received"]


def test_a_reply_that_is_dropped_goes_nowhere_and_leaves_no_file(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """F20."""
    head.reply(report, TEXT, [FILE])
    reply = waiting(office)
    assert decide(Colleague(office, "investigator"), report, reply, "discarding").status_code == 303
    assert staged(office) == 0
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw"]
    head.open(report)
    assert head.find("//ol[@class='thread pending']") == []


@pytest.mark.parametrize("second", ["approval", "discarding"])
@pytest.mark.parametrize("first", ["approval", "discarding"])
def test_deciding_on_an_old_page_is_refused_with_how_things_stand(
    sqlite_office: Office, first: str, second: str
) -> None:
    """F6."""
    office = sqlite_office
    report = report_about(office)
    head = Colleague(office, "head")
    head.open(report)
    head.reply(report, TEXT, [FILE])
    reply = waiting(office)
    late = Colleague(office, "colleague")
    late.open(report)
    old = late.fields_of(f"/en/reports/{report}/replies/{reply}/{second}")
    decide(Colleague(office, "investigator"), report, reply, first)
    response = late.post_to(f"/en/reports/{report}/replies/{reply}/{second}", old)
    assert response.status_code == 409
    assert "sent or dropped meanwhile" in late.problem()
    assert late.find("//form[contains(@action, '/approval')]") == []
    expected = {"approval": "delivered", "discarding": "discarded"}[first]
    assert states(office) == sorted(["received", expected])


ADDRESSES = (
    "https://evil.example/x",
    "see www.evil.example",
    "EVIL.COM",
    "t.me/somebody",
    "ｅｖｉｌ．ｃｏｍ",
    "evil。com",
    "10.0.0.1",
    "ftp://x",
    "bit.ly/abc",
    "сайт.рф",
    "host.internal:8080",
    "a.onion",
)


@pytest.mark.parametrize("address", ADDRESSES, ids=ascii)
def test_a_web_address_is_sent_only_when_its_author_says_again_that_it_is_meant(
    sqlite_office: Office, address: str
) -> None:
    """F20. C4."""
    office = sqlite_office
    informant = Informant(office.portal.app)
    informant.file("What I saw")
    head = Colleague(office, "head")
    report = seen(head).ids[0]
    head.open(report)
    assert head.find("//input[@name='confirm_address']") == []
    assert head.reply(report, f"Look at {address}").status_code == 422
    assert "that site sees them" in head.problem()
    assert address in head.value_of("text")
    assert states(office) == ["received"]
    assert head.reply(report, f"Look at {address}", confirm_address="y").status_code == 303
    informant.get("/en/mailbox")
    assert informant.said()[-1] == f"Look at {address}"
    assert informant.find("//ol[@class='thread']//a") == []


@pytest.mark.parametrize(
    "text",
    [
        "Come at 10.30 on 24.11.2026.",
        "т.е. завтра, в 9.00",
        "No. 4.7.1",
        "e.g. this. And that",
        "а" * 150_000,
    ],
    ids=["date", "abbreviation", "number", "e.g.", "long"],
)
def test_what_only_looks_a_little_like_an_address_goes_at_once(
    sqlite_office: Office, text: str
) -> None:
    """The last one would take hours, if looking for an address went back over every letter."""
    report = report_about(sqlite_office)
    head = Colleague(sqlite_office, "head")
    head.open(report)
    assert head.reply(report, text).status_code == 303


def test_an_empty_reply_is_refused(office: Office, head: Colleague, report: str) -> None:
    assert head.reply(report, " \n\t ", purpose="question").status_code == 422
    assert "Write something" in head.problem()
    assert head.chosen("purpose") == ["question"]
    assert states(office) == ["received"]


def test_a_purpose_nobody_offered_is_refused(office: Office, head: Colleague, report: str) -> None:
    """F5."""
    assert head.reply(report, TEXT, purpose="closed").status_code == 422
    assert head.value_of("text") == TEXT
    assert states(office) == ["received"]


def test_files_of_a_refused_reply_are_kept_and_go_with_the_corrected_page(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """F20."""
    assert head.reply(report, ADDRESS, [FILE, OTHER], purpose="question").status_code == 422
    assert head.kept() == [FILE[0], OTHER[0]]
    assert head.value_of("text") == ADDRESS
    assert head.chosen("purpose") == ["question"]
    assert head.reply(report, "x" * 200_001, remove_kept=[head.kept_id(1)]).status_code == 422
    assert head.kept() == [FILE[0]]
    assert head.reply(report, TEXT, [("third.txt", b"3")]).status_code == 303
    decide(Colleague(office, "colleague"), report, waiting(office), "approval")
    informant.get("/en/mailbox")
    assert [informant.get(link).data for link in informant.links()] == [FILE[1], b"3"]


def test_a_draft_of_another_report_does_nothing_but_say_so(
    office: Office, head: Colleague, report: str
) -> None:
    """F1. F9."""
    other = report_about(office, text="Another")
    head.reply(report, ADDRESS, [FILE])
    draft = head.fields_of(f"/en/reports/{report}/replies")["draft"]
    assert draft
    collect(head)
    head.open(other)
    assert head.reply(other, TEXT, draft=draft).status_code == 422
    assert "no longer here" in head.problem()
    assert head.kept() == []
    assert set(states(office)) == {"received"}
    assert head.reply(other, TEXT).status_code == 303
    assert states(office) == ["delivered", "received", "received"]


def test_a_draft_of_another_session_is_no_draft(
    office: Office, head: Colleague, report: str
) -> None:
    """A17. F9."""
    head.reply(report, ADDRESS, [FILE])
    draft = head.fields_of(f"/en/reports/{report}/replies")["draft"]
    again = Colleague(office, "head")
    again.open(report)
    assert again.reply(report, TEXT, draft=draft).status_code == 422
    assert "no longer here" in again.problem()
    assert states(office) == ["received"]


def test_a_reply_does_not_go_without_files_it_was_promised_to_have(
    office: Office, head: Colleague, report: str
) -> None:
    """F20. The draft outlived its files."""
    head.reply(report, ADDRESS, [FILE])
    office.here.blobs.delete([head.kept_id()])
    assert head.reply(report, TEXT).status_code == 422
    assert FILE[0] in head.problem()
    assert states(office) == ["received"]
    assert head.reply(report, TEXT).status_code == 303


def test_a_page_open_too_long_keeps_what_was_typed(
    office: Office, head: Colleague, report: str
) -> None:
    """B1."""
    fields = {"text": TEXT, "purpose": "question", "csrf_token": "expired"}
    response = head.send(f"/en/reports/{report}/replies", fields, [FILE])
    assert response.status_code == 400
    assert "NOT" in head.problem()
    assert "add the files again" in head.problem()
    assert head.value_of("text") == TEXT
    assert head.chosen("purpose") == ["question"]
    assert states(office) == ["received"]
    assert staged(office) == 0
    assert head.reply(report, TEXT).status_code == 303


@pytest.fixture
def small_office(tmp_path: Path, sqlite_template: Stores, clock: MovableClock) -> Iterator[Office]:
    """An office that takes three files of 300 KB together."""
    stores = copied_files(sqlite_template, tmp_path)
    made = make_office(tmp_path, stores, clock, report_limit=300_000, report_files=3)
    yield made
    made.dispose()


@pytest.mark.parametrize("kind", ["large", "many"])
def test_files_beyond_the_limit_are_refused_and_the_rest_is_kept(
    small_office: Office, kind: str
) -> None:
    """D1. D2."""
    office = small_office
    report = report_about(office)
    head = Colleague(office, "head")
    head.open(report)
    large = [("small.txt", b"s"), ("large.bin", b"x" * 400_000)]
    files = {"large": large, "many": [("small.txt", b"s")] * 4}[kind]
    assert head.reply(report, TEXT, files).status_code == 413
    assert "NOT" in head.problem()
    assert head.value_of("text") == TEXT
    assert head.kept() == ["small.txt"] * (1 if kind == "large" else 3)
    assert states(office) == ["received"]
    assert head.reply(report, TEXT).status_code == 303
    assert states(office) == ["held", "received"]


def test_when_it_cannot_be_stored_the_page_says_so_and_keeps_everything(
    office: Office, head: Colleague, report: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D6."""
    with monkeypatch.context() as patch:
        patch.setattr(dossiers, "write_reply", _full)
        assert head.reply(report, TEXT, [FILE], purpose="question").status_code == 503
    assert "NOT received" in head.problem()
    assert head.value_of("text") == TEXT
    assert head.kept() == [FILE[0]]
    assert states(office) == ["received"]
    assert head.reply(report, TEXT).status_code == 303
    assert states(office) == ["held", "received"]
    assert staged(office) == 1


def _full(*_given: object, **_more: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_that_cannot_be_put_in_its_place_is_stored_all_the_same(
    office: Office,
    informant: Informant,
    head: Colleague,
    report: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D8."""
    with monkeypatch.context() as patch:
        patch.setattr(office.here.blobs, "publish", _full)
        assert head.reply(report, TEXT, [FILE]).status_code == 303
    decide(Colleague(office, "colleague"), report, waiting(office), "approval")
    informant.get("/en/mailbox")
    assert [informant.get(link).data for link in informant.links()] == [FILE[1]]


def test_while_the_mailbox_cannot_be_reached_a_reply_waits_and_the_page_says_so(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """D8."""
    root = office.portal.here.blobs.root
    away = root.rename(root.with_name("unmounted"))
    assert head.reply(report, TEXT).status_code == 303
    head.open(report)
    assert "On its way" in head.text_of("//ol[@class='thread']/li[2]")
    head.get("/en/reports")
    assert head.press("/en/reports/collection").status_code == 503
    assert "cannot be reached" in head.problem()
    assert seen(head).ids == [report]
    away.rename(root)
    head.get("/en/reports")
    assert head.press("/en/reports/collection").status_code == 303
    head.open(report)
    assert "On its way" not in head.text_of("//main")
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw", TEXT]


def test_a_page_sent_twice_is_one_reply(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    """F6."""
    path = f"/en/reports/{report}/replies"
    fields = head.fields_of(path) | {"text": TEXT}
    twice = [head.send_to(path, fields, ()) for _ in range(2)]
    assert [response.status_code for response in twice] == [303, 303]
    with_file = head.fields_of(path) | {"text": "With a file"}
    for _ in range(2):
        assert head.send_to(path, with_file, [FILE]).status_code == 303
    assert states(office) == ["delivered", "held", "received"]
    assert staged(office) == 1
    informant.get("/en/mailbox")
    assert informant.said() == ["What I saw", TEXT]


def test_a_page_sent_twice_at_once_is_one_reply(
    office: Office, head: Colleague, report: str
) -> None:
    """F6."""
    path = f"/en/reports/{report}/replies"
    fields = head.fields_of(path) | {"text": TEXT}
    sid = str(head.sid())
    browsers = [Colleague(office) for _ in range(3)]
    for browser in browsers:
        browser.use(sid)
    answers = at_once(
        *(lambda browser=browser: browser.send_to(path, fields, ()) for browser in browsers)
    )
    assert [response.status_code for response in answers] == [303, 303, 303]
    assert states(office) == ["delivered", "received"]


def test_the_same_words_on_a_new_page_are_a_new_reply(
    office: Office, head: Colleague, report: str
) -> None:
    for _ in range(2):
        head.open(report)
        assert head.reply(report, TEXT).status_code == 303
    assert states(office) == ["delivered", "delivered", "received"]


def test_replies_of_several_stand_in_one_order_on_both_sides(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    investigator = Colleague(office, "investigator")
    for number, browser in enumerate((head, investigator) * 2):
        browser.open(report)
        browser.reply(report, f"Reply {number}")
    expected = ["What I saw", *(f"Reply {number}" for number in range(4))]
    informant.get("/en/mailbox")
    head.open(report)
    assert informant.said() == head.said() == expected


def test_an_answer_of_the_informants_makes_the_report_new_again(
    office: Office, informant: Informant, head: Colleague, report: str
) -> None:
    def is_new() -> bool:
        seen(head)
        return bool(head.find("//tr[@class='unread']"))

    assert is_new()
    head.open(report)
    head.reply(report, TEXT)
    assert not is_new()
    informant.get("/en/mailbox")
    informant.write("Number 47", [OTHER])
    collect(head)
    assert is_new()
    head.open(report)
    assert head.said()[-1] == "Number 47"
    assert head.get(head.links()[-1]).data == OTHER[1]
    assert len(office.reports()) == 1
