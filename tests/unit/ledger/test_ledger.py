"""The ledger as it grows."""

from datetime import date
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState
from casework.ledger.rules import Body
from casework.ledger.service import LedgerBroken, body_of, detail_of, entries_of, record
from casework.ledger.states import Act, LedgerFault
from casework.records import CaseworkModel
from casework.web.app import MIGRATIONS
from crypto.checkpoints import Checkpoint, open_checkpoint
from crypto.errors import OpenError
from crypto.merkle import leaf_hash, tree_root
from crypto.recipients import Identity
from portal.database import Database, upgrade
from tests.unit.casework.at_once import at_once
from tests.unit.ledger.ledgers import (
    CASE,
    KEY,
    MEMBER,
    NOW,
    SIGNED_AT,
    SIZE,
    TODAY,
    LedgerAt,
)

THREADS, EACH = 8, 12
OTHER = Identity.generate()


def test_an_entry_says_who_did_what_to_what_and_when(ledger: LedgerAt) -> None:
    number = ledger.act(act=Act.GRANT_GIVEN, subject=CASE, change={"to": MEMBER})
    assert number == SIZE
    with ledger.database.reading() as db:
        (entry,) = entries_of(db, CASE)
    assert body_of(entry) == Body(
        number=SIZE,
        act="grant.given",
        actor=MEMBER,
        subject=CASE,
        at=NOW.replace(microsecond=0),
        change={"to": MEMBER},
    )
    assert entry.leaf == leaf_hash(entry.body)
    assert entry.sealed is None


def test_the_entries_of_a_subject_come_in_order(ledger: LedgerAt) -> None:
    with ledger.database.reading() as db:
        numbers = [entry.number for entry in entries_of(db, "1" * 32)]
        assert numbers == [1, 4, 7, 10]
        assert entries_of(db, CASE) == []


def test_an_act_of_nobody_has_no_actor(ledger: LedgerAt) -> None:
    ledger.act(act=Act.CLOCK_MET, actor_id=None, change=None)
    body = body_of(ledger.entries()[-1])
    assert (body.actor, body.change) == (None, {})


def test_a_detail_is_for_auditors_and_only_its_digest_stands_in_clear(ledger: LedgerAt) -> None:
    text, auditor = "because her brother works there", ledger.auditors()
    ledger.act(detail=text)
    entry = ledger.entries()[-1]
    assert entry.sealed is not None
    assert text.encode() not in entry.sealed + entry.body
    assert detail_of(entry, OTHER, auditor) == text
    with pytest.raises(OpenError):
        detail_of(entry, OTHER)
    assert ledger.verify().size == SIZE + 1
    assert detail_of(ledger.entries()[0], auditor) == ""


def test_a_detail_is_sealed_to_the_newest_key_and_earlier_ones_stay_open_to_theirs(
    ledger: LedgerAt,
) -> None:
    keys = [ledger.auditors()]
    ledger.act(detail="first")
    keys.append(ledger.auditors())
    ledger.act(detail="second")
    first, second = ledger.entries()[-2:]
    assert (detail_of(first, keys[0]), detail_of(second, keys[1])) == ("first", "second")
    with pytest.raises(OpenError):
        detail_of(second, keys[0])


def test_a_detail_put_in_another_s_place_is_noticed_when_it_is_opened(ledger: LedgerAt) -> None:
    """F16."""
    auditor = ledger.auditors()
    for text in ("yes", "no"):
        ledger.act(detail=text)
    first, second = ledger.entries()[-2:]
    ledger.replace(first.number, sealed=second.sealed)
    with pytest.raises(OpenError):
        detail_of(ledger.entries()[-2], auditor)


def test_a_detail_that_nobody_could_ever_open_is_not_kept_and_the_act_is(ledger: LedgerAt) -> None:
    ledger.act(detail="lost")
    entry = ledger.entries()[-1]
    assert (entry.sealed, body_of(entry).detail) == (None, None)
    assert ledger.verify().size == SIZE + 1


def test_text_in_clear_is_refused_and_nothing_is_recorded(ledger: LedgerAt) -> None:
    with pytest.raises(ValueError, match="not text"):
        ledger.act(change={"why": "free text"})
    assert ledger.verify().size == SIZE


def test_what_is_rolled_back_leaves_no_gap(ledger: LedgerAt) -> None:
    with ledger.database.writing() as db:
        assert record(db, act=Act.TASK_SET, actor_id=MEMBER, subject=CASE, now=NOW) == SIZE
        db.rollback()
    assert ledger.act() == SIZE
    assert ledger.verify().size == SIZE + 1


def test_several_acts_of_one_transaction_stand_in_order(ledger: LedgerAt) -> None:
    with ledger.database.transaction() as db:
        numbers = [
            record(db, act=act, actor_id=MEMBER, subject=CASE, now=NOW)
            for act in (Act.CASE_OPENED, Act.TASK_SET, Act.TASK_DONE)
        ]
    assert numbers == [SIZE, SIZE + 1, SIZE + 2]
    assert ledger.verify().size == SIZE + 3


def test_a_ledger_verifies_and_says_what_it_holds(ledger: LedgerAt) -> None:
    verdict = ledger.verify(ledger.kept)
    assert (verdict.size, verdict.checkpoints) == (SIZE, 2)
    assert verdict.root == tree_root([entry.leaf for entry in ledger.entries()])


def test_an_empty_ledger_verifies_and_is_signed(database: Database) -> None:
    ledger = LedgerAt(database)
    assert ledger.verify().size == 0
    note = ledger.sign()
    assert open_checkpoint(note, KEY).size == 0
    ledger.act()
    assert ledger.verify(note).checkpoints == 2


def test_a_checkpoint_names_the_size_and_the_root_and_is_kept(ledger: LedgerAt) -> None:
    note = ledger.sign()
    leaves = [entry.leaf for entry in ledger.entries()]
    assert open_checkpoint(note, KEY) == Checkpoint(
        "office.example/ledger", SIZE, tree_root(leaves)
    )
    with ledger.database.reading() as db:
        rows = db.scalars(sa.select(LedgerCheckpoint).order_by(LedgerCheckpoint.size)).all()
    assert [(row.size, row.note, row.made_on) for row in rows] == [
        (SIGNED_AT, ledger.kept, TODAY),
        (SIZE, note, TODAY),
    ]


def test_signing_twice_gives_the_same_checkpoint(ledger: LedgerAt) -> None:
    assert ledger.sign() == ledger.sign()
    assert ledger.verify().checkpoints == 2


def test_many_at_once_leave_no_gap(ledger: LedgerAt) -> None:
    """F5."""

    def work() -> list[int]:
        return [ledger.act(number) for number in range(EACH)]

    outcomes = at_once(*[work] * THREADS)
    numbers = sorted(number for one in outcomes for number in one)
    assert numbers == list(range(SIZE, SIZE + THREADS * EACH))
    assert all(a < b for one in outcomes for a, b in pairwise(one))
    assert ledger.verify(ledger.kept).size == SIZE + THREADS * EACH


def test_verifying_and_signing_while_others_append_raises_no_alarm(ledger: LedgerAt) -> None:
    def append() -> None:
        for number in range(EACH):
            ledger.act(number)

    def sign_and_verify() -> None:
        for _ in range(EACH):
            ledger.sign()
            ledger.verify(ledger.kept)

    assert at_once(append, append, sign_and_verify, sign_and_verify) == [None] * 4
    assert ledger.verify().size == SIZE + 2 * EACH


CHANGES = {
    "an entry changed": sa.update(LedgerEntry).where(LedgerEntry.number == 1).values(subject="x"),
    "an entry deleted": sa.delete(LedgerEntry).where(LedgerEntry.number == SIZE - 1),
    "all entries deleted": sa.delete(LedgerEntry),
    "a gap": sa.insert(LedgerEntry).values(
        number=SIZE + 1, body=b"{}", leaf=b"l" * 32, subject="x"
    ),
    "an entry twice": sa.insert(LedgerEntry).values(
        number=3, body=b"{}", leaf=b"l" * 32, subject="x"
    ),
    "a checkpoint changed": sa.update(LedgerCheckpoint).values(made_on=date(2020, 1, 1)),
    "a checkpoint deleted": sa.delete(LedgerCheckpoint),
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_the_database_itself_refuses_to_change_the_ledger(
    ledger: LedgerAt, statement: sa.Executable
) -> None:
    """F16."""
    with pytest.raises(IntegrityError), ledger.database.transaction() as db:
        db.execute(statement)
    assert ledger.verify().size == SIZE


def test_the_database_refuses_the_ways_round_as_well(ledger: LedgerAt) -> None:
    """F16. SQLite's REPLACE deletes without asking whoever guards deletions; PostgreSQL has TRUNCATE."""
    if ledger.database.engine.dialect.name == "sqlite":
        ways = [
            (
                "INSERT OR REPLACE INTO ledger_entries (number, body, leaf, subject) "
                "SELECT number, x'00', leaf, subject FROM ledger_entries WHERE number = 2"
            ),
            "UPDATE OR REPLACE ledger_entries SET number = 3 WHERE number = 2",
            "INSERT OR REPLACE INTO ledger_checkpoints SELECT size, 'x', made_on FROM ledger_checkpoints",
        ]
    else:
        ways = ["TRUNCATE ledger_entries", "TRUNCATE ledger_checkpoints"]
    for way in ways:
        with pytest.raises(IntegrityError), ledger.database.transaction() as db:
            db.execute(sa.text(way))
    assert ledger.verify().size == SIZE


def test_the_migration_guards_the_ledger_as_the_models_do(database_url: str) -> None:
    """F16."""
    database = Database(database_url)
    upgrade(database.engine, MIGRATIONS)
    migrated = guards(database)
    CaseworkModel.metadata.drop_all(database.engine)
    CaseworkModel.metadata.create_all(database.engine)
    assert guards(database) == migrated
    assert len(migrated) >= 4
    database.engine.dispose()


def guards(database: Database) -> set[tuple[str, ...]]:
    """Give what the database does by itself, as it writes it; and the ledger's state."""
    if database.engine.dialect.name == "sqlite":
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        listed = (
            "SELECT pg_get_triggerdef(t.oid), p.prosrc FROM pg_trigger t "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    with database.reading() as db:
        found = {tuple(map(str, row)) for row in db.execute(sa.text(listed))}
        state = db.execute(sa.select(LedgerState.id, LedgerState.size, LedgerState.frontier))
        return found | {tuple(map(str, row)) for row in state}


@pytest.mark.parametrize("row", ["none", "damaged"])
def test_nothing_is_recorded_where_the_state_is_lost(ledger: LedgerAt, row: str) -> None:
    lost = (
        sa.delete(LedgerState)
        if row == "none"
        else sa.update(LedgerState).values(frontier=bytes(9))
    )
    ledger.forge(lost)
    for attempt in (ledger.act, ledger.verify, ledger.sign):
        with pytest.raises(LedgerBroken) as broken:
            attempt()
        assert broken.value.fault == LedgerFault.FRONTIER
