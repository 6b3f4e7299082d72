"""What somebody who owns the database could do to the ledger, and how it shows."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from casework.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState
from casework.ledger.service import LedgerBroken
from casework.ledger.states import LedgerFault
from crypto.checkpoints import Checkpoint, sign_checkpoint
from crypto.merkle import Frontier, leaf_hash
from crypto.notes import sign_note, verifier_text
from tests.unit.ledger.ledgers import (
    KEY,
    NOW,
    ORIGIN,
    SEED,
    SIGNED_AT,
    SIZE,
    LedgerAt,
    changed,
    repeated,
)

MIDDLE = 4
LATER = NOW + timedelta(days=1)


def is_broken(
    ledger: LedgerAt, fault: LedgerFault, number: int | None, earlier: str | None = None
) -> None:
    with pytest.raises(LedgerBroken) as broken:
        ledger.verify(earlier)
    assert (broken.value.fault, broken.value.number) == (fault, number)


def test_an_entry_cut_from_the_middle_shows(ledger: LedgerAt) -> None:
    """F16."""
    ledger.forge(sa.delete(LedgerEntry).where(LedgerEntry.number == MIDDLE))
    is_broken(ledger, LedgerFault.MISSING, MIDDLE)


def test_an_entry_cut_from_the_middle_shows_when_the_others_move_up(ledger: LedgerAt) -> None:
    """F16."""
    up = [
        sa.update(LedgerEntry).where(LedgerEntry.number == number).values(number=number - 1)
        for number in range(MIDDLE + 1, SIZE)
    ]
    ledger.forge(sa.delete(LedgerEntry).where(LedgerEntry.number == MIDDLE), *up)
    is_broken(ledger, LedgerFault.MISNUMBERED, MIDDLE)


def test_an_entry_cut_from_the_end_shows(ledger: LedgerAt) -> None:
    """F16."""
    ledger.forge(sa.delete(LedgerEntry).where(LedgerEntry.number == SIZE - 1))
    is_broken(ledger, LedgerFault.MISSING, SIZE - 1)


def test_an_end_that_was_cut_off_with_its_state_shows_by_the_signed_checkpoint(
    ledger: LedgerAt,
) -> None:
    """F16."""
    ledger.rewrite(SIGNED_AT - 1)
    is_broken(ledger, LedgerFault.CUT, SIGNED_AT - 1)


def test_an_entry_that_was_edited_shows(ledger: LedgerAt) -> None:
    """F16."""
    body = ledger.entries()[MIDDLE].body
    ledger.replace(MIDDLE, body=changed(body, actor="b" * 32))
    is_broken(ledger, LedgerFault.EDITED, MIDDLE)


def test_an_edited_entry_with_its_leaf_shows_by_the_state(ledger: LedgerAt) -> None:
    """F16."""
    last = SIZE - 1
    body = changed(ledger.entries()[last].body, actor="b" * 32)
    ledger.replace(last, body=body, leaf=leaf_hash(body))
    is_broken(ledger, LedgerFault.FRONTIER, None)


def test_an_edited_entry_with_all_that_hangs_on_it_shows_by_the_signed_checkpoint(
    ledger: LedgerAt,
) -> None:
    """F16."""
    body = changed(ledger.entries()[MIDDLE].body, actor="b" * 32)
    ledger.rewrite(SIZE, **{f"entry{MIDDLE}": body})
    is_broken(ledger, LedgerFault.FORKED, SIGNED_AT)


@pytest.mark.parametrize("places", [(2, 3), (1, 6), (SIZE - 2, SIZE - 1)])
def test_two_entries_that_changed_places_show(ledger: LedgerAt, places: tuple[int, int]) -> None:
    """F16."""
    first, second = (ledger.entries()[place] for place in places)
    for place, other in ((first.number, second), (second.number, first)):
        ledger.replace(place, body=other.body, leaf=other.leaf, subject=other.subject)
    is_broken(ledger, LedgerFault.MISNUMBERED, places[0])


def test_another_order_of_all_entries_shows(ledger: LedgerAt) -> None:
    """F16."""
    bodies = [entry.body for entry in ledger.entries()]
    turned = {f"entry{number}": body for number, body in enumerate(reversed(bodies))}
    ledger.rewrite(SIZE, **turned)
    is_broken(ledger, LedgerFault.MISNUMBERED, 0)


def test_another_order_that_renumbers_itself_shows_by_the_signed_checkpoint(
    ledger: LedgerAt,
) -> None:
    """F16."""
    subject = ledger.entries()[0].subject
    bodies = [
        changed(entry.body, number=SIZE - 1 - entry.number, subject=subject)
        for entry in ledger.entries()
    ]
    turned = {f"entry{number}": body for number, body in enumerate(reversed(bodies))}
    ledger.forge(sa.update(LedgerEntry).values(subject=subject))
    ledger.rewrite(SIZE, **turned)
    is_broken(ledger, LedgerFault.FORKED, SIGNED_AT)


def test_an_entry_that_does_not_say_its_own_number_shows(ledger: LedgerAt) -> None:
    """F16."""
    body = changed(ledger.entries()[MIDDLE].body, number=MIDDLE + 1)
    ledger.rewrite(SIZE, **{f"entry{MIDDLE}": body})
    is_broken(ledger, LedgerFault.MISNUMBERED, MIDDLE)


@pytest.mark.parametrize("text", [b"{}", b"not json", b"\xff", b'{"n": 4}'])
def test_an_entry_that_says_nothing_shows(ledger: LedgerAt, text: bytes) -> None:
    """F16."""
    ledger.rewrite(SIZE, **{f"entry{MIDDLE}": text})
    is_broken(ledger, LedgerFault.UNREADABLE, MIDDLE)


def test_an_entry_filed_under_another_subject_shows(ledger: LedgerAt) -> None:
    """F16. Or it would not be found by who asks about its case."""
    ledger.replace(MIDDLE, subject="x" * 32)
    is_broken(ledger, LedgerFault.EDITED, MIDDLE)


@pytest.mark.parametrize(
    "values",
    [{"act": "grant.given"}, {"actor_id": "b" * 32}, {"actor_id": None}, {"at": LATER}],
    ids=str,
)
def test_an_entry_that_would_be_found_as_another_act_shows(
    ledger: LedgerAt, values: dict[str, Any]
) -> None:
    """F16."""
    ledger.replace(MIDDLE, **values)
    is_broken(ledger, LedgerFault.EDITED, MIDDLE)


def test_a_detail_added_or_taken_away_shows(ledger: LedgerAt) -> None:
    """F16."""
    ledger.replace(MIDDLE, sealed=b"sealed")
    is_broken(ledger, LedgerFault.EDITED, MIDDLE)


def test_an_entry_put_in_past_the_state_shows(ledger: LedgerAt) -> None:
    """F16."""
    body = changed(ledger.entries()[-1].body, number=SIZE)
    entry = {"number": SIZE, "body": body, "leaf": leaf_hash(body), "subject": "2" * 32}
    ledger.forge(sa.insert(LedgerEntry).values(**entry, **repeated(body)))
    is_broken(ledger, LedgerFault.FRONTIER, SIZE)


def test_a_state_that_was_turned_back_shows(ledger: LedgerAt) -> None:
    """F16."""
    old = Frontier.of(entry.leaf for entry in ledger.entries()[:SIGNED_AT])
    ledger.forge(sa.update(LedgerState).values(size=old.size, frontier=old.encode()))
    is_broken(ledger, LedgerFault.FRONTIER, SIGNED_AT)
    ledger.forge(sa.update(LedgerState).values(size=SIZE, frontier=old.encode()))
    is_broken(ledger, LedgerFault.FRONTIER, SIZE)


def test_a_database_that_was_rolled_back_shows_by_a_checkpoint_kept_elsewhere(
    ledger: LedgerAt,
) -> None:
    """F16. A copy from before is whole and verifies: only who remembers more can tell."""
    kept = ledger.sign()
    ledger.forget_checkpoints()
    ledger.rewrite(SIZE - 2)
    assert ledger.verify().size == SIZE - 2
    is_broken(ledger, LedgerFault.CUT, SIZE - 2, kept)
    ledger.act()
    ledger.act()
    ledger.act()
    assert ledger.verify().size == SIZE + 1
    is_broken(ledger, LedgerFault.FORKED, SIZE, kept)


def test_a_history_rewritten_with_its_checkpoints_shows_by_one_kept_elsewhere(
    ledger: LedgerAt,
) -> None:
    """F16. Even if the ledger's key was stolen with the database."""
    body = changed(ledger.entries()[0].body, actor="b" * 32)
    ledger.forget_checkpoints()
    ledger.rewrite(SIZE, entry0=body)
    ledger.sign()
    assert ledger.verify().checkpoints == 1
    is_broken(ledger, LedgerFault.FORKED, SIGNED_AT, ledger.kept)


def test_two_checkpoints_of_one_size_must_agree(ledger: LedgerAt) -> None:
    """F16."""
    kept = ledger.sign()
    ledger.forget_checkpoints()
    ledger.rewrite(SIZE, entry0=changed(ledger.entries()[0].body, actor="b" * 32))
    ledger.sign()
    is_broken(ledger, LedgerFault.FORKED, SIZE, kept)


def test_a_checkpoint_for_another_history_shows_though_the_ledger_s_key_signed_it(
    ledger: LedgerAt,
) -> None:
    """F16. One of the two was shown to somebody."""
    kept = ledger.sign()
    other = sign_checkpoint(Checkpoint(ORIGIN, SIZE, bytes(32)), SEED)
    last = sa.update(LedgerCheckpoint).where(LedgerCheckpoint.size == SIZE)
    ledger.forge(last.values(note=other))
    is_broken(ledger, LedgerFault.FORKED, SIZE, kept)


def test_a_checkpoint_that_another_key_signed_shows(ledger: LedgerAt) -> None:
    """F16."""
    text = ledger.kept.partition("\n\n")[0] + "\n"
    forged = sign_note(text, ORIGIN, bytes(32))
    ledger.forge(sa.update(LedgerCheckpoint).values(note=forged))
    is_broken(ledger, LedgerFault.CHECKPOINT, SIGNED_AT)
    ledger.forge(sa.update(LedgerCheckpoint).values(note=ledger.kept))
    is_broken(ledger, LedgerFault.CHECKPOINT, None, forged)


def test_a_checkpoint_filed_under_another_size_shows(ledger: LedgerAt) -> None:
    """F16."""
    ledger.forge(sa.update(LedgerCheckpoint).values(size=SIGNED_AT + 1))
    is_broken(ledger, LedgerFault.CHECKPOINT, SIGNED_AT + 1)


def test_a_ledger_verifies_with_its_own_key_only(ledger: LedgerAt) -> None:
    with pytest.raises(LedgerBroken):
        ledger.verify(verifier=verifier_text(ORIGIN, bytes(32)))
    assert ledger.verify(verifier=KEY).size == SIZE
    assert verifier_text(ORIGIN, SEED) == KEY


def test_nothing_is_signed_that_does_not_lead_on_from_what_was_signed(ledger: LedgerAt) -> None:
    """F16."""
    body = changed(ledger.entries()[MIDDLE].body, actor="b" * 32)
    ledger.rewrite(SIZE, **{f"entry{MIDDLE}": body})
    refuses_to_sign(ledger, LedgerFault.FORKED)
    ledger.rewrite(SIGNED_AT - 1)
    refuses_to_sign(ledger, LedgerFault.CUT)


def test_nothing_is_signed_whose_entries_are_not_its_state(ledger: LedgerAt) -> None:
    """F16."""
    ledger.replace(SIZE - 1, leaf=bytes(32))
    refuses_to_sign(ledger, LedgerFault.FRONTIER)
    ledger.forge(sa.delete(LedgerEntry).where(LedgerEntry.number == SIZE - 1))
    refuses_to_sign(ledger, LedgerFault.MISSING)


def refuses_to_sign(ledger: LedgerAt, fault: LedgerFault) -> None:
    with pytest.raises(LedgerBroken) as broken:
        ledger.sign()
    assert broken.value.fault == fault
