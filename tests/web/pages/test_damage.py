"""A store that was damaged or tampered with: what does not open is said to be damaged, and the rest still opens."""

from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.errors import OpenError
from portal.mailbox.models import Blob, Envelope, Mailbox
from tests.support.portals import Portal
from tests.web.pages.informant import Informant

pytestmark = pytest.mark.any_engine

LARGE = [("large.bin", bytes(range(256)) * 2000)]


def change(portal: Portal, envelope: Envelope, **values: object) -> None:
    with portal.here.database.transaction() as db:
        db.execute(sa.update(Envelope).where(Envelope.id == envelope.id).values(**values))


def envelopes(portal: Portal) -> list[Envelope]:
    with portal.db() as db:
        return list(db.scalars(sa.select(Envelope).order_by(Envelope.sequence)))


def damaged(portal: Portal, place: int) -> None:
    """Flip one bit of a letter, in the middle."""
    envelope = envelopes(portal)[place]
    sealed = bytearray(envelope.sealed or b"")
    sealed[len(sealed) // 2] ^= 1
    change(portal, envelope, sealed=bytes(sealed))


def test_a_damaged_letter_is_named_and_the_others_are_shown(
    portal: Portal, informant: Informant
) -> None:
    """F10."""
    informant.file("Report", LARGE)
    portal.reply("Answer")
    link = informant.links()[0]
    damaged(portal, 0)
    assert informant.get("/en/mailbox").status_code == 200
    assert informant.said() == ["Answer"]
    assert "damaged" in informant.text_of("//*[@class='thread']/li[1]")
    assert informant.links() == []
    response = informant.get(link)
    assert response.status_code == 410
    assert "damaged" in response.text


@pytest.mark.parametrize("sealed", [b"x", b"age-encryption.org/v1\n", b"\x00" * 5000])
def test_whatever_stands_in_a_row_the_page_is_shown(
    portal: Portal, informant: Informant, sealed: bytes
) -> None:
    """F10."""
    informant.file("Report")
    change(portal, envelopes(portal)[0], sealed=sealed)
    assert informant.get("/en/mailbox").status_code == 200
    assert "damaged" in informant.text_of("//*[@class='thread']/li[1]")


def test_a_letter_cut_short_is_damaged(portal: Portal, informant: Informant) -> None:
    """F10."""
    informant.file("Report")
    (envelope,) = envelopes(portal)
    for length in (1, 100, 1700, len(envelope.sealed or b"") - 1):
        change(portal, envelope, sealed=(envelope.sealed or b"")[:length])
        informant.get("/en/mailbox")
        assert "damaged" in informant.text_of("//*[@class='thread']/li[1]")


def test_letters_that_changed_places_within_a_thread_are_damaged(
    portal: Portal, informant: Informant
) -> None:
    """F9."""
    informant.file("Report")
    informant.write("Message")
    first, second = envelopes(portal)
    change(portal, first, sealed=second.sealed)
    informant.get("/en/mailbox")
    assert informant.said() == ["Message"]
    assert "damaged" in informant.text_of("//*[@class='thread']/li[1]")


def test_a_letter_moved_to_another_mailbox_is_damaged_there(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F9. Whichever way it was moved: its row, or its bytes."""
    informant.file("Mine")
    stranger.file("Theirs")
    ours, theirs = envelopes(portal)
    change(portal, ours, sealed=theirs.sealed)
    for one in (informant, stranger):
        assert one.get("/en/mailbox").status_code == 200
    assert informant.said() == []
    assert stranger.said() == ["Theirs"]
    change(portal, theirs, mailbox_id=ours.mailbox_id, sequence=2)
    informant.get("/en/mailbox")
    assert informant.said() == []
    assert informant.text_of("//main").count("damaged") == 2


def test_a_whole_thread_given_to_another_mailbox_s_code_opens_nothing(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F1. F9. Who can write to the database cannot make one code open another's letters."""
    code = informant.file("Mine")
    stranger.file("Theirs")
    ours, theirs = (
        next(m for m in portal.mailboxes() if portal.thread("head", m)[0].text == text)
        for text in ("Mine", "Theirs")
    )
    with portal.here.database.transaction() as db:
        for mailbox, value in (
            (theirs, b"x" * 32),
            (ours, theirs.locator_hash),
            (theirs, ours.locator_hash),
        ):
            db.execute(
                sa.update(Mailbox).where(Mailbox.id == mailbox.id).values(locator_hash=value)
            )
    third = Informant(portal.app)
    assert third.enter(code).status_code == 303
    third.get("/en/mailbox")
    assert third.said() == []
    assert "damaged" in third.text_of("//main")


def blob_file(portal: Portal) -> Path:
    (path,) = portal.blobs_on_disk()
    return path


def test_a_file_cut_short_ends_short_of_the_length_it_announced(
    portal: Portal, informant: Informant
) -> None:
    """F10. A browser calls that a failed download."""
    informant.file("Report", LARGE)
    path = blob_file(portal)
    path.write_bytes(path.read_bytes()[:-100_000])
    response = informant.client.get(informant.links()[0], base_url=informant.origin)
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(LARGE[0][1])
    got = bytearray()
    with pytest.raises(OpenError):
        got.extend(chain.from_iterable(response.iter_encoded()))
    assert len(got) < len(LARGE[0][1])
    assert LARGE[0][1].startswith(bytes(got))


@pytest.mark.parametrize("damage", ["first bytes", "gone", "emptied", "another's"])
def test_a_file_damaged_from_its_beginning_is_said_to_be_damaged(
    portal: Portal, informant: Informant, stranger: Informant, damage: str
) -> None:
    """F9. F10."""
    informant.file("Report", LARGE)
    (link,) = informant.links()
    path = blob_file(portal)
    sealed = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "another's":
        stranger.file("Other", LARGE)
        (other,) = set(portal.blobs_on_disk()) - {path}
        path.write_bytes(other.read_bytes())
    else:
        path.write_bytes(b"" if damage == "emptied" else b"\x00" * 5000 + sealed[5000:])
    response = informant.get(link)
    assert response.status_code == 410
    assert "damaged" in response.text
    assert informant.get("/en/mailbox").status_code == 200
    assert informant.said() == ["Report"]


def test_a_file_swapped_for_another_of_the_same_mailbox_is_damaged(
    portal: Portal, informant: Informant
) -> None:
    """F9. Both open with the same key; the letter knows which is which."""
    informant.file("Report", [("one", b"1" * 3000), ("two", b"2" * 3000)])
    one, two = portal.blobs_on_disk()
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    for link in informant.links():
        assert informant.get(link).status_code == 410


def test_a_blob_row_given_to_another_letter_leads_nowhere(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F1. F9."""
    informant.file("Mine")
    stranger.file("Theirs", LARGE)
    (ours,) = [e for e in envelopes(portal) if e.mailbox_id == _mailbox_of(portal, "Mine")]
    with portal.here.database.transaction() as db:
        db.execute(sa.update(Blob).values(envelope_id=ours.id))
    assert informant.get(stranger.links()[0]).status_code == 404


def _mailbox_of(portal: Portal, text: str) -> str:
    return next(m.id for m in portal.mailboxes() if portal.thread("head", m)[0].text == text)
