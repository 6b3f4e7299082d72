"""The verbs of the mailbox store, on both engines, also where two of them meet."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.database import Database
from portal.mailbox import service
from portal.mailbox.models import Blob, Envelope, Grant, Mailbox, PublicState, new_id
from portal.mailbox.service import AlreadyFiled, SealedLetter
from tests.unit.mailbox.conftest import (
    TODAY,
    Filed,
    file_one,
    mailbox,
    sealed_letter,
    sequences,
)


def reply(
    store: Database, filed: Filed, letter: SealedLetter, state: PublicState | None = None
) -> None:
    with store.transaction() as db:
        today = TODAY + timedelta(3)
        service.post_reply(db, mailbox_id=filed.mailbox_id, letter=letter, today=today)
        if state is not None:
            service.tell_state(db, mailbox_id=filed.mailbox_id, state=state)


def message(store: Database, filed: Filed, letter: SealedLetter) -> bool:
    with store.transaction() as db:
        return service.post_message(db, mailbox=mailbox(db, filed), letter=letter, today=TODAY)


def withdraw(store: Database, filed: Filed, envelope_id: str) -> list[str] | None:
    with store.transaction() as db:
        return service.withdraw(db, mailbox=mailbox(db, filed), envelope_id=envelope_id)


def collect(store: Database, *ids: str) -> set[str]:
    with store.transaction() as db:
        return service.mark_collected(db, ids)


def stored(store: Database, envelope_id: str) -> Envelope | None:
    with store.reading() as db:
        return db.get(Envelope, envelope_id)


def while_another_waits(first: Callable[[], None], other: Callable[[], None]) -> None:
    """Run `other` beside what is not committed yet: it must wait until `first` has been done."""
    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    first()
    thread.join()


# ---------------------------------------------------------------------------------------- filing


def test_a_report_lies_in_its_mailbox_with_its_grants_and_blobs(store: Database) -> None:
    filed = file_one(store, blobs=3)
    with store.reading() as db:
        found = service.find_mailbox(db, filed.locator)
        assert found is not None
        assert (found.id, found.received_on) == (filed.mailbox_id, TODAY)
        (letter,) = service.thread(db, filed.mailbox_id)
        assert (letter.sequence, letter.direction, letter.collected) == (1, "to_office", False)
        assert [blob.position for blob in letter.blobs] == [0, 1, 2]
        assert len(service.grants_of(db, [filed.mailbox_id])[filed.mailbox_id]) == 16


@pytest.mark.parametrize("same", ["mailbox_id", "locator", "dossier_id"])
def test_the_same_report_a_second_time_is_refused_whole(
    store: Database, filed: Filed, same: str
) -> None:
    """F6."""
    with store.reading() as db:
        values: dict[str, Any] = {
            "mailbox_id": filed.mailbox_id,
            "locator": filed.locator,
            "dossier_id": mailbox(db, filed).dossier_id,
        }
    with pytest.raises(AlreadyFiled):
        file_one(store, **{same: values[same]})
    with store.reading() as db:
        for model, count in ((Mailbox, 1), (Envelope, 1), (Grant, 16), (Blob, 0)):
            assert db.scalar(sa.select(sa.func.count()).select_from(model)) == count


def test_a_locator_is_stored_as_a_hash_only(store: Database, filed: Filed) -> None:
    """A6."""
    with store.reading() as db:
        stored_hash = mailbox(db, filed).locator_hash
    assert stored_hash == service.locator_hash(filed.locator)
    assert stored_hash != filed.locator
    with store.reading() as db:
        assert service.find_mailbox(db, stored_hash) is None


# -------------------------------------------------------------------------------- further letters


def test_letters_stand_in_the_order_they_came(store: Database, filed: Filed) -> None:
    letters = [sealed_letter(blobs=1) for _ in range(4)]
    for place, letter in enumerate(letters):
        if place % 2:
            reply(store, filed, letter)
        else:
            assert message(store, filed, letter)
    with store.reading() as db:
        thread = service.thread(db, filed.mailbox_id)
    assert [e.id for e in thread] == [filed.envelope_id, *(one.envelope_id for one in letters)]
    assert [e.sequence for e in thread] == [1, 2, 3, 4, 5]
    assert [e.collected for e in thread] == [False, False, True, False, True]


def test_the_same_message_again_changes_nothing(store: Database, filed: Filed) -> None:
    """F6."""
    letter = sealed_letter(blobs=1)
    assert message(store, filed, letter)
    assert not message(store, filed, letter)
    assert sequences(store, filed.mailbox_id) == [1, 2]


def test_the_same_reply_again_changes_nothing(store: Database, filed: Filed) -> None:
    """F6. An outbox that forgot that it had delivered, after something newer."""
    first, second = sealed_letter(), sealed_letter()
    reply(store, filed, first)
    reply(store, filed, second)
    reply(store, filed, first)
    assert sequences(store, filed.mailbox_id) == [1, 2, 3]


def test_a_reply_to_a_mailbox_that_is_gone_goes_nowhere(store: Database, filed: Filed) -> None:
    """F19."""
    gone = Filed(new_id(), new_id(), b"")
    reply(store, gone, sealed_letter(), PublicState.CLOSED)
    assert sequences(store, gone.mailbox_id) == []
    assert sequences(store, filed.mailbox_id) == [1]


def test_the_first_reply_acknowledges_and_leaves_the_state_as_it_is(
    store: Database, filed: Filed
) -> None:
    reply(store, filed, sealed_letter(), PublicState.IN_REVIEW)
    with store.transaction() as db:
        letter, today = sealed_letter(), TODAY + timedelta(30)
        service.post_reply(db, mailbox_id=filed.mailbox_id, letter=letter, today=today)
    with store.reading() as db:
        box = mailbox(db, filed)
    assert (box.public_state, box.acknowledged_on) == ("in_review", TODAY + timedelta(3))


def test_a_state_told_acknowledges_nothing(store: Database, filed: Filed) -> None:
    with store.transaction() as db:
        service.tell_state(db, mailbox_id=filed.mailbox_id, state=PublicState.IN_REVIEW)
    with store.reading() as db:
        box = mailbox(db, filed)
    assert (box.public_state, box.acknowledged_on) == ("in_review", None)


def test_letters_written_at_once_queue_up(store: Database, filed: Filed) -> None:
    """F6. D15. Four writers of either side, five letters each: no place is taken twice, none is left out."""
    start = threading.Barrier(4)
    errors: list[Exception] = []

    def write(number: int) -> None:
        start.wait()
        try:
            for _ in range(5):
                if number % 2:
                    reply(store, filed, sealed_letter(blobs=1))
                else:
                    message(store, filed, sealed_letter(blobs=1))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sequences(store, filed.mailbox_id) == list(range(1, 22))


def test_one_reply_delivered_by_two_at_once_is_there_once(store: Database, filed: Filed) -> None:
    """F6. The second waits for the first, and then finds it there."""
    letter = sealed_letter(blobs=1)
    outcome: list[bool] = []
    with store.writing() as db:
        service.post_reply(db, mailbox_id=filed.mailbox_id, letter=letter, today=TODAY)

        def deliver_again() -> None:
            reply(store, filed, letter)
            outcome.append(True)

        while_another_waits(db.commit, deliver_again)
    assert outcome == [True]
    assert sequences(store, filed.mailbox_id) == [1, 2]


# ------------------------------------------------------------------------------------ withdrawing


def test_an_uncollected_letter_is_deleted_with_its_blobs(store: Database) -> None:
    """F18."""
    filed = file_one(store, blobs=2)
    with store.reading() as db:
        ids = [blob.id for blob in service.thread(db, filed.mailbox_id)[0].blobs]
    assert withdraw(store, filed, filed.envelope_id) == ids
    assert stored(store, filed.envelope_id) is None
    with store.reading() as db:
        assert service.known_blobs(db, ids) == set()
        assert service.withdrawn_letters(db) == []


def test_a_collected_letter_leaves_a_stub_without_its_words_and_blobs(store: Database) -> None:
    """F18."""
    filed = file_one(store, blobs=2)
    collect(store, filed.envelope_id)
    blobs = withdraw(store, filed, filed.envelope_id)
    assert len(blobs or []) == 2
    stub = stored(store, filed.envelope_id)
    assert stub is not None
    assert (stub.sealed, stub.withdrawn) == (None, True)
    with store.reading() as db:
        assert service.known_blobs(db, blobs or []) == set()
        assert service.withdrawn_letters(db) == [filed.envelope_id]


def test_only_one_s_own_letters_can_be_withdrawn_and_only_once(
    store: Database, filed: Filed
) -> None:
    """F1."""
    other = file_one(store)
    answer = sealed_letter()
    reply(store, filed, answer)
    collect(store, filed.envelope_id)
    assert withdraw(store, filed, other.envelope_id) is None
    assert withdraw(store, filed, answer.envelope_id) is None
    assert withdraw(store, filed, new_id()) is None
    assert withdraw(store, filed, filed.envelope_id) == []
    assert withdraw(store, filed, filed.envelope_id) is None
    assert stored(store, answer.envelope_id) is not None
    assert stored(store, other.envelope_id) is not None


def test_a_letter_withdrawn_while_the_office_copies_it_is_not_called_collected(
    store: Database, filed: Filed
) -> None:
    """F19. The office learns that it must drop its copy."""
    collected: list[set[str]] = []
    with store.writing() as db:
        assert service.withdraw(db, mailbox=mailbox(db, filed), envelope_id=filed.envelope_id) == []
        while_another_waits(db.commit, lambda: collected.append(collect(store, filed.envelope_id)))
    assert collected == [set()]
    assert stored(store, filed.envelope_id) is None


def test_a_letter_collected_while_it_is_being_withdrawn_leaves_a_stub(
    store: Database, filed: Filed
) -> None:
    """F19. The office is told, because it has a copy."""
    withdrawn: list[list[str] | None] = []
    with store.writing() as db:
        assert service.mark_collected(db, [filed.envelope_id]) == {filed.envelope_id}
        while_another_waits(
            db.commit, lambda: withdrawn.append(withdraw(store, filed, filed.envelope_id))
        )
    assert withdrawn == [[]]
    stub = stored(store, filed.envelope_id)
    assert stub is not None
    assert stub.withdrawn
    with store.reading() as db:
        assert service.withdrawn_letters(db) == [filed.envelope_id]


def test_two_who_withdraw_the_same_letter_at_once_do_it_once(store: Database, filed: Filed) -> None:
    """F6."""
    outcome: list[list[str] | None] = []
    with store.writing() as db:
        first = service.withdraw(db, mailbox=mailbox(db, filed), envelope_id=filed.envelope_id)
        while_another_waits(
            db.commit, lambda: outcome.append(withdraw(store, filed, filed.envelope_id))
        )
    assert (first, outcome) == ([], [None])


# --------------------------------------------------------------------------------- burning


def test_a_burned_mailbox_is_found_by_nobody_and_keeps_its_letters(
    store: Database, filed: Filed
) -> None:
    """F24."""
    with store.transaction() as db:
        service.burn(db, mailbox=mailbox(db, filed))
    with store.reading() as db:
        assert service.find_mailbox(db, filed.locator) is None
        assert service.get_mailbox(db, filed.mailbox_id) is None
        assert [e.id for _, e in service.uncollected(db)] == [filed.envelope_id]


def test_the_office_can_still_answer_a_burned_mailbox(store: Database, filed: Filed) -> None:
    """F19. It cannot know; nobody will read it."""
    with store.transaction() as db:
        service.burn(db, mailbox=mailbox(db, filed))
    reply(store, filed, sealed_letter(), PublicState.CLOSED)
    assert sequences(store, filed.mailbox_id) == [1, 2]


# ------------------------------------------------------------------------------- the office's side


def test_the_office_is_given_what_it_does_not_have_and_nothing_else(store: Database) -> None:
    one, two = file_one(store), file_one(store)
    later = sealed_letter()
    message(store, one, later)
    reply(store, one, sealed_letter())
    collect(store, two.envelope_id)
    with store.reading() as db:
        waiting = [(m.id, e.id) for m, e in service.uncollected(db)]
    assert waiting == [(one.mailbox_id, one.envelope_id), (one.mailbox_id, later.envelope_id)]


def test_collecting_tells_which_letters_were_still_there(store: Database, filed: Filed) -> None:
    gone = new_id()
    assert collect(store, filed.envelope_id, gone) == {filed.envelope_id}
    assert collect(store, filed.envelope_id) == {filed.envelope_id}


def test_grants_are_given_by_mailbox(store: Database) -> None:
    one = file_one(store, grants=[b"one"])
    two = file_one(store, grants=[b"two"])
    with store.reading() as db:
        assert service.grants_of(db, [one.mailbox_id]) == {one.mailbox_id: [b"one"]}
        assert set(service.grants_of(db, [one.mailbox_id, two.mailbox_id])) == {
            one.mailbox_id,
            two.mailbox_id,
        }
        assert service.grants_of(db, []) == {}


def test_an_attachment_is_found_through_its_own_mailbox_only(store: Database) -> None:
    """F1."""
    one, two = file_one(store, blobs=1), file_one(store)
    with store.reading() as db:
        (blob,) = service.thread(db, one.mailbox_id)[0].blobs
        found = service.letter_of_blob(db, mailbox_id=one.mailbox_id, blob_id=blob.id)
        assert found is not None
        assert found.id == one.envelope_id
        assert service.letter_of_blob(db, mailbox_id=two.mailbox_id, blob_id=blob.id) is None
        assert service.letter_of_blob(db, mailbox_id=one.mailbox_id, blob_id=new_id()) is None


def test_a_letter_is_known_in_its_own_mailbox_only(store: Database) -> None:
    """F1."""
    one, two = file_one(store), file_one(store)
    with store.reading() as db:
        known = [
            service.has_letter(db, mailbox_id=box.mailbox_id, envelope_id=letter.envelope_id)
            for box in (one, two)
            for letter in (one, two)
        ]
    assert known == [True, False, False, True]
