"""The database holds its own rules: whoever writes to it past the services is refused by name."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from crypto.recipients import RECIPIENT_BYTES
from portal.database import Database
from portal.mailbox.models import MailboxModel

TABLES = MailboxModel.metadata.tables
DAY = date(2026, 11, 24)
ID, OTHER = "ab" * 16, "cd" * 16

ROWS: dict[str, dict[str, Any]] = {
    "mailboxes": {
        "id": ID,
        "locator_hash": b"h" * 32,
        "recipient": b"r" * RECIPIENT_BYTES,
        "dossier_id": OTHER,
        "dossier_recipient": b"d" * RECIPIENT_BYTES,
        "received_on": DAY,
        "public_state": "received",
        "acknowledged_on": None,
        "burned": False,
    },
    "grants": {"id": ID, "mailbox_id": ID, "sealed": b"grant"},
    "envelopes": {
        "id": ID,
        "mailbox_id": ID,
        "sequence": 1,
        "direction": "to_office",
        "sealed": b"letter",
        "posted_on": DAY,
        "collected": False,
        "withdrawn": False,
    },
    "blobs": {"id": ID, "envelope_id": ID, "position": 0, "sealed_size": 1},
    "sessions": {"id_hash": b"h" * 32, "box": b"box", "day": DAY},
    "filing_leaves": {"position": 0, "entry": b"e" * 32},
    "filing_state": {"id": 1, "frontier": bytes(8), "note": None, "covered_on": None},
    "filing_cosignatures": {"size": 1, "note": "note"},
}
VIOLATIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "ck_mailboxes_id_length": ({"id": ID[1:]}, {"id": ""}),
    "ck_mailboxes_dossier_id_length": ({"dossier_id": OTHER[1:]},),
    "ck_mailboxes_locator_hash_length": ({"locator_hash": b"h" * 31}, {"locator_hash": b""}),
    "ck_mailboxes_recipient_length": ({"recipient": b"r" * (RECIPIENT_BYTES - 1)},),
    "ck_mailboxes_dossier_recipient_length": ({"dossier_recipient": b"d" * 32},),
    "ck_mailboxes_public_state": ({"public_state": "secret"}, {"public_state": ""}),
    "ck_mailboxes_acknowledged_after_received": ({"acknowledged_on": date(2026, 11, 23)},),
    "ck_grants_id_length": ({"id": "x"},),
    "ck_grants_sealed": ({"sealed": b""},),
    "ck_envelopes_id_length": ({"id": "x"},),
    "ck_envelopes_sequence": ({"sequence": 0}, {"sequence": -1}),
    "ck_envelopes_direction": ({"direction": "to_press"},),
    "ck_envelopes_sealed_unless_withdrawn": (
        {"sealed": None},
        {"withdrawn": True},
    ),
    "ck_envelopes_sealed": ({"sealed": b""},),
    "ck_envelopes_only_own_withdrawn": (
        {"direction": "to_informant", "withdrawn": True, "sealed": None},
    ),
    "ck_blobs_id_length": ({"id": "x"},),
    "ck_blobs_position": ({"position": -1},),
    "ck_blobs_sealed_size": ({"sealed_size": 0},),
    "ck_filing_leaves_position": ({"position": -1},),
    "ck_filing_leaves_entry_length": ({"entry": b"e" * 31}, {"entry": b""}),
    "ck_filing_state_only": ({"id": 2},),
    "ck_filing_state_frontier": ({"frontier": bytes(7)},),
    "ck_filing_state_note": ({"note": ""},),
    "ck_filing_cosignatures_size": ({"size": 0},),
    "ck_filing_cosignatures_note": ({"note": ""},),
}


def insert(store: Database, table: str, **changes: Any) -> None:
    with store.transaction() as db:
        if table == "filing_state":
            # The one row is there from the beginning.
            db.execute(sa.delete(TABLES[table]))
        db.execute(sa.insert(TABLES[table]).values({**ROWS[table], **changes}))


def fill(store: Database) -> None:
    for table in ROWS:
        insert(store, table)


def test_every_check_of_the_models_is_tried_here() -> None:
    checks = {
        str(constraint.name)
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    assert checks == set(VIOLATIONS)
    assert set(TABLES) == set(ROWS)


@pytest.mark.parametrize("name", sorted(VIOLATIONS))
def test_the_database_itself_refuses_a_row_that_breaks_a_rule(store: Database, name: str) -> None:
    table = next(table for table in TABLES if name.startswith(f"ck_{table}_"))
    fill_before(store, table)
    for broken in VIOLATIONS[name]:
        with pytest.raises(IntegrityError, match=name):
            insert(store, table, **broken)
    insert(store, table)


def fill_before(store: Database, table: str) -> None:
    """Put in what the rows of a table refer to."""
    for other in {
        "grants": ["mailboxes"],
        "envelopes": ["mailboxes"],
        "blobs": ["mailboxes", "envelopes"],
    }.get(table, []):
        insert(store, other)


TWICE: list[tuple[str, dict[str, Any]]] = [
    ("mailboxes", {"locator_hash": b"i" * 32, "dossier_id": "ef" * 16}),
    ("mailboxes", {"id": "ef" * 16, "dossier_id": "ef" * 16}),
    ("mailboxes", {"id": "ef" * 16, "locator_hash": b"i" * 32}),
    ("grants", {}),
    ("envelopes", {"sequence": 2}),
    ("envelopes", {"id": "ef" * 16}),
    ("blobs", {"position": 1}),
    ("blobs", {"id": "ef" * 16}),
    ("sessions", {}),
    ("filing_leaves", {"entry": b"f" * 32}),
    ("filing_leaves", {"position": 1}),
    ("filing_cosignatures", {}),
]


@pytest.mark.parametrize("place", range(len(TWICE)))
def test_nothing_is_there_twice_that_must_be_there_once(store: Database, place: int) -> None:
    """F6. E3."""
    fill(store)
    table, changes = TWICE[place]
    with pytest.raises(IntegrityError):
        insert(store, table, **changes)


@pytest.mark.parametrize(
    ("table", "column"),
    [("grants", "mailbox_id"), ("envelopes", "mailbox_id"), ("blobs", "envelope_id")],
)
def test_nothing_belongs_to_what_is_not_there(store: Database, table: str, column: str) -> None:
    fill_before(store, table)
    with pytest.raises(IntegrityError):
        insert(store, table, **{column: "ef" * 16})


@pytest.mark.parametrize("table", sorted(ROWS))
def test_nothing_but_what_may_be_absent_is_absent(store: Database, table: str) -> None:
    fill_before(store, table)
    for column in TABLES[table].columns:
        if not column.nullable:
            with pytest.raises(IntegrityError):
                insert(store, table, **{column.name: None})


def test_what_belongs_to_a_mailbox_goes_with_it(store: Database) -> None:
    """F18."""
    fill(store)
    with store.transaction() as db:
        db.execute(sa.delete(TABLES["mailboxes"]))
    with store.reading() as db:
        for table in ("grants", "envelopes", "blobs"):
            assert db.scalar(sa.select(sa.func.count()).select_from(TABLES[table])) == 0


def test_no_column_holds_a_time() -> None:
    """E2. Days, and nothing finer."""
    for table in TABLES.values():
        for column in table.columns:
            assert not isinstance(column.type, sa.DateTime | sa.Time), f"{table.name}.{column.name}"


def test_no_column_counts_reports() -> None:
    """E3. E11. What is numbered are the letters within one thread, and the filing log.

    A log that proves something is numbered, and outlives what was deleted. It counts reports and cover together, and holds
    nothing that leads to a thread: `test_nothing_in_a_seized_store_leads_from_a_thread_to_its_entry`.
    """
    numbers = {
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if isinstance(column.type, sa.Integer)
    }
    assert numbers == {
        "envelopes.sequence",
        "blobs.position",
        "blobs.sealed_size",
        "filing_leaves.position",
        "filing_state.id",
        "filing_cosignatures.size",
    }
    assert not any(
        column.default is not None and column.default.is_sequence
        for table in TABLES.values()
        for column in table.columns
    )
    others = [table for table in TABLES.values() if not table.name.startswith("filing_")]
    keys = [key for table in others for key in table.primary_key.columns]
    assert all(isinstance(key.type, sa.String | sa.LargeBinary) for key in keys)
    log = [table for table in TABLES.values() if table not in others]
    assert not any(table.foreign_keys for table in log)
