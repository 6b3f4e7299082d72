"""Taking back: a letter of one's own, or the whole code."""

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from portal.mailbox.models import Blob, Envelope
from tests.support.portals import Portal
from tests.web.pages.informant import Informant

FILES = [("снимок.jpeg", b"\xff\xd8" * 40_000)]


def delete(informant: Informant, place: int = 0) -> TestResponse:
    """Press the delete button of a letter on the open mailbox page."""
    informant.get("/en/mailbox")
    actions = informant.find("//form[contains(@action, '/deletion')]/@action")
    return informant.post(actions[place], informant.fields_of(actions[place]))


def burn(informant: Informant) -> TestResponse:
    informant.get("/en/mailbox/burning")
    return informant.post("/en/mailbox/burning")


def count(portal: Portal, model: type[Envelope] | type[Blob]) -> int:
    with portal.db() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_letter_the_office_has_not_collected_leaves_no_trace(
    portal: Portal, informant: Informant
) -> None:
    """F18. E18. Row and blob are gone, from the write-ahead log too."""
    informant.file("Report")
    sealed = _sealed_of(portal)
    informant.get("/en/mailbox")
    informant.write("I should not have said that", FILES)
    assert delete(informant, 1).status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == ["Report"]
    assert (count(portal, Envelope), count(portal, Blob)) == (1, 0)
    assert portal.blobs_on_disk() == []
    assert _sealed_of(portal) == sealed


def _sealed_of(portal: Portal) -> list[bytes]:
    with portal.db() as db:
        return list(db.scalars(sa.select(Envelope.sealed)))


def test_what_was_deleted_is_in_no_file_of_the_database(
    portal: Portal, informant: Informant
) -> None:
    """E18. SQLite overwrites it, and its write-ahead log is emptied; PostgreSQL leaves that to its vacuum."""
    informant.file("Report")
    (sealed,) = _sealed_of(portal)
    folder = portal.here.settings.instance
    files = [path for path in folder.rglob("*.db*") if path.is_file()]
    if not files:  # the rows lie on a server: there is nothing here to look into
        assert "postgresql" in portal.here.settings.mailbox_url
        return
    assert any(sealed[100:200] in path.read_bytes() for path in files)
    delete(informant)
    assert not any(sealed[100:200] in path.read_bytes() for path in files if path.exists())


def test_a_deleted_report_promises_no_answer(portal: Portal, informant: Informant) -> None:
    informant.file("Report", FILES)
    delete(informant)
    informant.get("/en/mailbox")
    assert informant.said() == []
    assert "You deleted everything" in informant.text_of("//*[contains(@class, 'status')]")
    assert "By when" not in informant.text_of("//main")
    assert portal.blobs_on_disk() == []
    assert informant.write("Something else").status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == ["Something else"]


def test_a_letter_the_office_has_leaves_a_stub_that_says_so(
    portal: Portal, informant: Informant
) -> None:
    """F18. F19."""
    informant.file("Report", FILES)
    portal.collect()
    assert delete(informant).status_code == 303
    informant.get("/en/mailbox")
    assert informant.said() == []
    assert "You deleted this message" in informant.text_of("//*[@class='thread']/li[1]")
    assert "damaged" not in informant.text_of("//main")
    assert informant.links() == []
    assert portal.blobs_on_disk() == []
    with portal.db() as db:
        (stub,) = db.scalars(sa.select(Envelope))
    assert (stub.sealed, stub.withdrawn, stub.collected) == (None, True, True)


def test_what_is_deleted_cannot_be_deleted_again(portal: Portal, informant: Informant) -> None:
    informant.file("Report")
    portal.collect()
    informant.get("/en/mailbox")
    (action,) = informant.find("//form[contains(@action, '/deletion')]/@action")
    fields = informant.fields_of(action)
    assert informant.post(action, fields).status_code == 303
    assert informant.post(action, fields).status_code == 404
    informant.get("/en/mailbox")
    assert not informant.find("//form[contains(@action, '/deletion')]")


def test_a_letter_of_the_office_is_not_the_informant_s_to_delete(
    portal: Portal, informant: Informant
) -> None:
    """F1. F5."""
    informant.file("Report")
    envelope = portal.reply("Answer", [("answer.pdf", b"%PDF")])
    informant.get("/en/mailbox")
    assert len(informant.find("//form[contains(@action, '/deletion')]")) == 1
    token = {"csrf_token": informant.hidden_fields()["csrf_token"]}
    response = informant.post(f"/en/mailbox/letters/{envelope}/deletion", token)
    assert response.status_code == 404
    informant.get("/en/mailbox")
    assert informant.said() == ["Report", "Answer"]
    assert len(portal.blobs_on_disk()) == 1


def test_a_file_of_a_deleted_letter_is_not_there(informant: Informant) -> None:
    """F18."""
    informant.file("Report", FILES)
    (link,) = informant.links()
    assert informant.get(link).status_code == 200
    delete(informant)
    assert informant.get(link).status_code == 404


def test_deleting_needs_the_form(portal: Portal, informant: Informant) -> None:
    """B1. B4."""
    informant.file("Report")
    (action,) = informant.find("//form[contains(@action, '/deletion')]/@action")
    before = portal.digest()
    assert informant.get(action).status_code == 405
    assert informant.client.post(action, base_url=informant.origin).status_code == 400
    assert portal.digest() == before


def test_burning_is_asked_about_and_needs_the_form(portal: Portal, informant: Informant) -> None:
    """B1. B4. B5. F24. Neither opening the page nor a HEAD burns anything."""
    code = informant.file("Report")
    before = portal.digest()
    assert informant.get("/en/mailbox/burning").status_code == 200
    assert "cannot be undone" in informant.text_of("//main")
    assert informant._open("HEAD", "/en/mailbox/burning").status_code == 200
    forged = informant.client.post("/en/mailbox/burning", base_url=informant.origin)
    assert forged.status_code == 400
    assert portal.digest() == before
    assert Informant(portal.app).enter(code).status_code == 303


def test_burning_ends_every_session_and_leaves_the_office_its_report(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F24. A13."""
    code = informant.file("Report", FILES)
    stranger.enter(code)
    stranger.get("/en/mailbox")
    link, fields = stranger.links()[0], stranger.fields_of("/en/mailbox/messages")
    response = burn(informant)
    assert (response.status_code, response.location) == (303, "/en/")
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert informant.get("/en/mailbox").location == "/en/return"
    for path in ("/en/mailbox", link):
        assert stranger.get(path).status_code == 404
    late = stranger.post("/en/mailbox/messages", {**fields, "text": "Still here?"})
    assert late.status_code == 404
    assert [letter.text for letter in portal.letters("head")] == ["Report"]


@pytest.mark.parametrize("again", ["burning", "deletion"])
def test_after_burning_nothing_can_be_done_from_another_browser(
    portal: Portal, informant: Informant, stranger: Informant, again: str
) -> None:
    """F24. F6."""
    code = informant.file("Report")
    stranger.enter(code)
    stranger.get("/en/mailbox")
    (deletion,) = stranger.find("//form[contains(@action, '/deletion')]/@action")
    action = deletion if again == "deletion" else "/en/mailbox/burning"
    if again == "burning":
        stranger.get(action)
    fields = stranger.fields_of(action)
    burn(informant)
    before = portal.digest()
    assert stranger.post(action, fields).status_code == 404
    assert portal.digest() == before


def test_a_burned_code_opens_nothing_ever_again(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F24. Not even where its locator would have been: nobody can derive what stands there now."""
    code = informant.file("Report")
    (before,) = portal.mailboxes()
    burn(informant)
    (after,) = portal.mailboxes()
    assert before.locator_hash != after.locator_hash
    assert after.burned
    assert stranger.enter(code).status_code == 422
