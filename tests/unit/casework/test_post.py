"""The post between the two stores: whatever happens to a round, each letter arrives once, and in order."""

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.dossiers import service as dossiers
from casework.dossiers import transit
from casework.dossiers.models import Arrival, EntryFile, Grant, Offer, Trial
from casework.dossiers.states import EntryState
from casework.post import progress
from portal.blobs import DirectoryBlobs
from portal.mailbox import service as mailboxes
from portal.mailbox.models import Blob, PublicState
from tests.support.offices import Office
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.casework.reports import blob, claimed, collected, filed, replied, texts
from tests.web.pages.informant import Informant

FILE = ("paper.pdf", b"%PDF " * 4000)


class PowerCut(BaseException):
    """Nothing catches it: as if the process had died there."""


def letters(office: Office) -> list[tuple[int | None, str, str]]:
    """Give the place, state and text of every letter, as the head reads them."""
    claimed(office, "head")
    actor = office.actor("head")
    with office.db() as db:
        opened = dossiers.open_reports(db, actor)
        found = dossiers.correspondence(db, [one.dossier.id for one in opened])
        return [
            (entry.number, entry.state, one.read(entry).text)
            for one in opened
            for entry in found[one.dossier.id]
        ]


def count(office: Office, model: type) -> int:
    with office.db() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def said(informant: Informant) -> list[str]:
    """Give what the informant's page says, letter by letter."""
    informant.get("/en/mailbox")
    return informant.said()


def delete_first(informant: Informant) -> None:
    """Delete, on the mailbox page, the first letter that can be."""
    informant.get("/en/mailbox")
    assert informant.page is not None
    (path, *_) = informant.page.xpath("//form[contains(@action, '/deletion')]/@action")
    assert informant.send(path).status_code == 303


def missing_files(office: Office) -> list[str]:
    """Give the files letters name that the office's store does not have in their final place."""
    with office.db() as db:
        ids = db.scalars(sa.select(EntryFile.id)).all()
    return [one for one in ids if not (office.here.blobs.root / one[:2] / one).exists()]


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_letters_are_collected_once_and_in_their_order(office: Office) -> None:
    informant = filed(office, "First", [FILE])
    office.exchange()
    informant.get("/en/mailbox")
    informant.write("Second")
    informant.write("Third", [FILE])
    for _ in range(3):
        office.exchange()
    assert letters(office) == [
        (1, "received", "First"),
        (2, "received", "Second"),
        (3, "received", "Third"),
    ]
    assert count(office, EntryFile) == 2
    assert missing_files(office) == []


def test_a_round_with_nothing_to_do_changes_nothing(office: Office) -> None:
    filed(office, "First", [FILE])
    collected(office, "head")
    replied(office, "head")
    office.exchange()
    before = office.portal.digest(), [vars(entry).copy() for entry in office.entries()]
    office.exchange()
    after = office.portal.digest(), [vars(entry).copy() for entry in office.entries()]
    assert before[0] == after[0]
    for one, other in zip(before[1], after[1], strict=True):
        del one["_sa_instance_state"], other["_sa_instance_state"]
        assert one == other


def test_a_reply_arrives(office: Office) -> None:
    informant = filed(office)
    collected(office, "head")
    replied(office, "head", "Thank you")
    office.exchange()
    assert said(informant) == ["What I saw", "Thank you"]
    assert [entry.state for entry in office.entries()] == ["received", "delivered"]


STEPS: tuple[tuple[object, str], ...] = (
    (transit, "unconfirmed"),
    (transit, "queued_entries"),
    (mailboxes, "post_reply"),
    ("mailbox_blobs", "copy_from"),
    ("mailbox_blobs", "publish"),
    (transit, "note_delivered"),
    (mailboxes, "uncollected"),
    ("office_blobs", "copy_from"),
    (transit, "receive"),
    ("office_blobs", "publish"),
    (mailboxes, "mark_collected"),
    (transit, "confirm"),
    ("office_blobs", "delete"),
    (mailboxes, "withdrawn_letters"),
    (transit, "note_withdrawn"),
    (progress, "untold"),
    (mailboxes, "tell_state"),
    (progress, "note_told"),
)


def cut_off(
    office: Office, monkeypatch: pytest.MonkeyPatch, place: object, name: str, *, after: bool
) -> None:
    """Let the process die in a round when it comes to a step: before it, or when it is done."""
    target = getattr(office.here.post, place) if isinstance(place, str) else place
    real = getattr(target, name)

    def dying(*given: object, **more: object) -> None:
        if after:
            real(*given, **more)
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(target, name, dying)
        with pytest.raises(PowerCut):
            office.exchange()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_round_cut_off_at_any_step_is_finished_by_the_next(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    after: bool,  # noqa: FBT001
) -> None:
    """D8. F6."""
    informant = filed(office, "What I saw", [FILE])
    collected(office, "head", "investigator")
    for place, name in STEPS:
        step = f"{place if isinstance(place, str) else 'service'}.{name}"
        taken_back_later(office, informant, f"Taken back at {step}")
        informant.write(f"Question at {step}", [FILE])
        approve(office, replied(office, "head", f"Answer at {step}", [blob(office)]))
        mistold(office)
        cut_off(office, monkeypatch, place, name, after=after)
        office.exchange()
        here = [(state, text) for _, state, text in letters(office) if text.endswith(step)]
        assert here == [
            ("withdrawn", f"Taken back at {step}"),
            ("delivered", f"Answer at {step}"),
            ("received", f"Question at {step}"),
        ], step
        there = [text for text in said(informant) if text.endswith(step)]
        assert sorted(there) == [f"Answer at {step}", f"Question at {step}"], step
        assert count(office, Arrival) == 0, step
        assert stands(office) == {PublicState.RECEIVED}, step
    assert [entry.number for entry in office.entries()] == list(range(1, 3 * len(STEPS) + 2))
    assert missing_files(office) == []


def mistold(office: Office) -> None:
    """Let the informant see, and the office know, another state than the one that is to be told."""
    (report,) = office.reports()
    with office.here.database.transaction() as db:
        progress.note_told(db, {report.id: PublicState.CLOSED})
    with office.portal.here.database.transaction() as db:
        mailboxes.tell_state(db, mailbox_id=report.mailbox_id, state=PublicState.CLOSED)


def stands(office: Office) -> set[str]:
    """Give the states an informant sees and the office believes they see."""
    known = {one.public_state for one in office.reports()}
    return known | {one.public_state for one in office.portal.mailboxes()}


def taken_back_later(office: Office, informant: Informant, text: str) -> None:
    """Let a letter be collected and then deleted by its sender."""
    informant.get("/en/mailbox")
    informant.write(text)
    office.exchange()
    informant.get("/en/mailbox")
    assert informant.page is not None
    (path,) = informant.page.xpath(
        f"//li[.//*[@class='said'][.='{text}']]//form[contains(@action, '/deletion')]/@action"
    )
    assert informant.send(path).status_code == 303
    informant.get("/en/mailbox")


def approve(office: Office, reply: str) -> None:
    """Let a reply with files go, as a colleague."""
    actor = office.actor("investigator")
    with office.here.database.transaction() as db:
        (opened,) = dossiers.open_reports(db, actor)
        dossiers.approve_reply(db, opened, entry_id=reply, actor=actor)


def test_a_letter_taken_back_while_it_is_copied_leaves_no_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19. E18."""
    informant = filed(office, "I should not have", [FILE])
    store, publish = office.here.post.office_blobs, office.here.post.office_blobs.publish

    def then_deleted(ids: list[str]) -> None:
        publish(ids)
        delete_first(informant)

    monkeypatch.setattr(store, "publish", then_deleted)
    office.exchange()
    assert (office.entries(), office.reports()) == ([], [])
    assert on_disk(office.here.blobs.root) == []
    assert [count(office, model) for model in (Offer, Trial, Grant, EntryFile, Arrival)] == [0] * 5


def test_a_letter_taken_back_before_its_files_were_copied_is_left_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19."""
    informant = filed(office, "I should not have", [FILE])
    store, copy = office.here.post.office_blobs, office.here.post.office_blobs.copy_from

    def too_late(source: object, blob_id: str) -> None:
        delete_first(informant)
        copy(source, blob_id)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "copy_from", too_late)
    office.exchange()
    assert office.reports() == []
    assert on_disk(office.here.blobs.root) == []


def test_a_letter_copied_before_a_crash_and_taken_back_after_it_leaves_no_copy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F19. D8."""
    informant = filed(office, "I should not have", [FILE])
    cut_off(office, monkeypatch, mailboxes, "mark_collected", after=False)
    claimed(office, "head")
    assert texts(office, "head") == []
    delete_first(informant)
    office.exchange()
    claimed(office, "head")
    assert (office.entries(), office.reports()) == ([], [])
    assert on_disk(office.here.blobs.root) == []


def test_a_letter_taken_back_later_is_kept_with_a_note(office: Office) -> None:
    """F19."""
    informant = filed(office, "I should not have", [FILE])
    collected(office, "head")
    delete_first(informant)
    office.clock.forward(days=1)
    for _ in range(2):
        office.exchange()
        office.clock.forward(days=1)
    (entry,) = office.entries()
    assert entry.state == EntryState.WITHDRAWN
    assert entry.withdrawn_on is not None
    assert (entry.withdrawn_on - entry.written_on).days == 1
    assert texts(office, "head") == [["I should not have"]]
    assert missing_files(office) == []


def test_rounds_at_once_collect_and_deliver_each_letter_once(office: Office) -> None:
    """F6."""
    informant = filed(office, "First", [FILE])
    collected(office, "head")
    replied(office, "head", "Answer")
    informant.get("/en/mailbox")
    informant.write("Second", [FILE])
    outcomes = at_once(*(office.exchange for _ in range(4)))
    assert kinds(outcomes) == ["", "", "", ""]
    assert [text for _, _, text in letters(office)] == ["First", "Answer", "Second"]
    assert said(informant) == ["First", "Second", "Answer"]


def test_a_file_is_never_copied_by_two_rounds_at_once(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D9."""
    office, copying, most = sqlite_office, list[str](), list[int]()
    copy = office.here.post.office_blobs.copy_from

    def watched(source: DirectoryBlobs, blob_id: str) -> None:
        copying.append(blob_id)
        most.append(len(copying))
        time.sleep(0.01)
        copy(source, blob_id)
        copying.remove(blob_id)

    monkeypatch.setattr(office.here.post.office_blobs, "copy_from", watched)
    filed(office, "Two files", [FILE, FILE])
    assert kinds(at_once(*(office.exchange for _ in range(4)))) == [""] * 4
    assert set(most) == {1}
    assert len(most) == 2


@pytest.mark.parametrize("store", ["mailbox_blobs", "office_blobs"])
def test_while_a_store_is_away_everything_waits_and_then_goes(office: Office, store: str) -> None:
    """D8. As when its disk is not mounted."""
    informant = filed(office, "First", [FILE])
    collected(office, "head", "investigator")
    approve(office, replied(office, "head", "Answer", [blob(office)]))
    informant.get("/en/mailbox")
    informant.write("Second", [FILE])
    root: Path = getattr(office.here.post, store).root
    away = root.rename(root.with_name("unmounted"))
    for _ in range(2):
        with pytest.raises(OSError, match="No such file"):
            office.exchange()
        assert [entry.state for entry in office.entries()] == ["received", "queued"]
    away.rename(root)
    office.exchange()
    assert [entry.state for entry in office.entries()] == ["received", "delivered", "received"]
    assert said(informant) == ["First", "Second", "Answer"]


def test_a_letter_whose_file_is_lost_arrives_with_what_is_left(office: Office) -> None:
    """F10."""
    filed(office, "With two files", [FILE, ("other.pdf", b"other" * 999)])
    filed(office, "Somebody else")
    with office.portal.db() as db:
        lost = db.scalars(sa.select(Blob.id).order_by(Blob.position)).first()
    office.portal.here.blobs.delete([str(lost)])
    office.exchange()
    assert sorted(text for _, _, text in letters(office)) == ["Somebody else", "With two files"]
    assert missing_files(office) == [lost]
    assert office.here.post.store_of(str(lost)) is office.here.post.mailbox_blobs


def test_a_reply_whose_file_is_lost_holds_up_no_other(office: Office) -> None:
    informant = filed(office)
    collected(office, "head", "investigator")
    file = blob(office)
    reply = replied(office, "head", "With a file", [file])
    approve(office, reply)
    replied(office, "head", "Without")
    office.here.blobs.delete([file.blob.id])
    office.exchange()
    assert said(informant) == ["What I saw", "Without"]
    states = {entry.id: entry.state for entry in office.entries()}
    assert states[reply] == EntryState.QUEUED


def test_what_one_report_fails_for_holds_up_its_own_thread_only(office: Office) -> None:
    """D6."""
    stuck = filed(office, "Stuck", [FILE])
    stuck.get("/en/mailbox")
    stuck.write("Stuck as well")
    filed(office, "Free")
    with office.portal.db() as db:
        blob_id = db.scalars(sa.select(Blob.id)).one()
    obstacle = office.here.blobs.root / "staging" / blob_id
    obstacle.mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        office.exchange()
    assert [text for _, _, text in letters(office)] == ["Free"]
    obstacle.rmdir()
    office.exchange()
    assert sorted(letters(office)) == [
        (1, "received", "Free"),
        (1, "received", "Stuck"),
        (2, "received", "Stuck as well"),
    ]


def test_a_letter_the_office_cannot_store_holds_up_nobody_elses(office: Office) -> None:
    """D6."""
    filed(office, "Free")
    filed(office, "Forged", [FILE])
    collected(office, "head")
    with office.db() as db:
        taken = db.scalars(sa.select(EntryFile.id)).one()
    filed(office, "Forged again", [FILE])
    later = filed(office, "Free as well")
    # A portal in a stranger's hands could name a file the office has already.
    with office.portal.here.database.transaction() as db:
        blob_row = db.scalars(sa.select(Blob).where(Blob.id != taken)).one()
        office.portal.here.blobs.delete([taken])
        db.execute(sa.delete(Blob).where(Blob.id == taken))
        db.execute(sa.update(Blob).where(Blob.id == blob_row.id).values(id=taken))
    with pytest.raises(sa.exc.IntegrityError):
        office.exchange()
    assert sorted(text for _, _, text in letters(office)) == ["Forged", "Free", "Free as well"]
    assert said(later) == ["Free as well"]


def test_a_reply_to_a_mailbox_that_was_burned_goes_quietly(office: Office) -> None:
    """F24."""
    informant = filed(office)
    collected(office, "head")
    informant.get("/en/mailbox/burning")
    assert informant.send("/en/mailbox/burning").status_code == 303
    replied(office, "head", "Nobody reads this")
    office.exchange()
    assert [entry.state for entry in office.entries()] == ["received", "delivered"]


def test_letters_written_before_a_mailbox_was_burned_still_arrive(office: Office) -> None:
    """F24."""
    informant = filed(office, "Before it burned")
    informant.get("/en/mailbox/burning")
    informant.send("/en/mailbox/burning")
    office.exchange()
    assert [text for _, _, text in letters(office)] == ["Before it burned"]
