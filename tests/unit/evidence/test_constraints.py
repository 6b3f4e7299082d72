"""Each invariant of the evidence register that the database holds by itself, tried by name on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases.models import CaseReport
from casework.dossiers.models import EntryFile
from casework.evidence.models import AllegationEvidence, CustodyEvent, EvidenceItem
from casework.records import CaseworkModel
from portal.database import Database
from tests.support.offices import Stores, copied_files, emptied
from tests.unit.casework.test_constraints import (
    IDS,
    THERE,
    A,
    C,
    F,
    as_sqlite_says,
    named_rules,
    tried,
)

Row = dict[str, Any]
FILE = IDS["h"]
FIRST, NEW, BLOB, OTHER, UNKNOWN = ("1a" * 16, "2b" * 16, "3c" * 16, "4d" * 16, "6e" * 16)
THING: Row = {
    "id": NEW,
    "case_id": F,
    "number": 4,
    "kind": "physical",
    "sealed": b"s",
    "state": "held",
}
UPLOADED = THING | {"kind": "uploaded", "blob": OTHER}
ATTACHED = THING | {"kind": "attached", "report_id": C, "letter_file": FILE}
COPY = THING | {"kind": "copy", "blob": OTHER, "derived_from": 1}
EVENT: Row = {
    "item_id": FIRST,
    "number": 2,
    "action": "view",
    "member_id": A,
    "at": datetime(2026, 11, 24, tzinfo=UTC),
}
CITED: Row = {"case_id": F, "allegation": 1, "item": 2}
HERE: tuple[tuple[type[CaseworkModel], Row], ...] = (
    (EvidenceItem, UPLOADED | {"id": FIRST, "number": 1, "blob": BLOB}),
    (EvidenceItem, THING | {"id": OTHER, "number": 2}),
    (EvidenceItem, ATTACHED | {"id": BLOB, "number": 3}),
    (CustodyEvent, EVENT | {"number": 1, "action": "receive"}),
    (AllegationEvidence, CITED | {"item": 1}),
)
REFUSED: dict[str, tuple[type[CaseworkModel], Row]] = {
    "ck_evidence_items_id_length": (EvidenceItem, THING | {"id": "short"}),
    "ck_evidence_items_blob_length": (EvidenceItem, UPLOADED | {"blob": "short"}),
    "ck_evidence_items_kind": (EvidenceItem, THING | {"kind": "rumour"}),
    "ck_evidence_items_state": (EvidenceItem, THING | {"state": "lost"}),
    "ck_evidence_items_number": (EvidenceItem, THING | {"number": 0}),
    "ck_evidence_items_sealed": (EvidenceItem, THING | {"sealed": b""}),
    "ck_evidence_items_attached_report_id": (EvidenceItem, THING | {"report_id": C}),
    "ck_evidence_items_attached_letter_file": (EvidenceItem, THING | {"letter_file": FILE, "case_id": F, "number": 9}),
    "ck_evidence_items_own_blob": (EvidenceItem, THING | {"blob": OTHER}),
    "ck_evidence_items_copy_of": (EvidenceItem, THING | {"derived_from": 1}),
    "ck_evidence_items_copy_of_earlier": (EvidenceItem, COPY | {"derived_from": 4}),
    "ck_evidence_items_can_return": (EvidenceItem, UPLOADED | {"state": "returned", "blob": None}),
    "ck_evidence_items_can_destroy": (EvidenceItem, THING | {"kind": "attached", "state": "destroyed"}),
    "uq_evidence_items_case_id_number": (EvidenceItem, THING | {"number": 1}),
    "uq_evidence_items_case_id_letter_file": (EvidenceItem, ATTACHED),
    "uq_evidence_items_blob": (EvidenceItem, UPLOADED | {"blob": BLOB}),
    "pk_evidence_items": (EvidenceItem, THING | {"id": FIRST}),
    "fk_evidence_items_case_id_cases": (EvidenceItem, THING | {"case_id": UNKNOWN}),
    "fk_evidence_items_letter_file_entry_files": (EvidenceItem, ATTACHED | {"letter_file": UNKNOWN}),
    "fk_evidence_items_case_id_report_id_case_reports": (
        EvidenceItem, ATTACHED | {"report_id": UNKNOWN, "letter_file": IDS["a"]},
    ),
    "fk_evidence_items_case_id_derived_from_evidence_items": (EvidenceItem, COPY | {"number": 9, "derived_from": 8}),
    "ck_custody_events_action": (CustodyEvent, EVENT | {"action": "lose"}),
    "ck_custody_events_number": (CustodyEvent, EVENT | {"number": 0}),
    "ck_custody_events_received_first": (CustodyEvent, EVENT | {"action": "receive"}),
    "ck_custody_events_sealed": (CustodyEvent, EVENT | {"action": "export", "sealed": b""}),
    "ck_custody_events_reasoned": (CustodyEvent, EVENT | {"action": "destroy"}),
    "pk_custody_events": (CustodyEvent, EVENT | {"number": 1, "action": "receive"}),
    "fk_custody_events_item_id_evidence_items": (CustodyEvent, EVENT | {"item_id": UNKNOWN}),
    "fk_custody_events_member_id_members": (CustodyEvent, EVENT | {"member_id": UNKNOWN}),
    "pk_allegation_evidence": (AllegationEvidence, CITED | {"item": 1}),
    "fk_allegation_evidence_case_id_allegation_allegations": (AllegationEvidence, CITED | {"allegation": 7}),
    "fk_allegation_evidence_case_id_item_evidence_items": (AllegationEvidence, CITED | {"item": 7}),
}  # fmt: skip
TAKEN: dict[str, tuple[type[CaseworkModel], Row]] = {
    "a copy": (EvidenceItem, COPY),
    "a thing": (EvidenceItem, THING),
    "a returned thing": (EvidenceItem, THING | {"state": "returned"}),
    "a file that was returned to its report": (
        EvidenceItem,
        THING | {"kind": "attached", "state": "returned"},
    ),
    "a destroyed copy": (EvidenceItem, COPY | {"state": "destroyed", "blob": None}),
    "a look": (CustodyEvent, EVENT),
    "an export with its reason": (CustodyEvent, EVENT | {"action": "export", "sealed": b"s"}),
    "a second item of a finding": (AllegationEvidence, CITED),
}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with a case and some of its evidence; what a test does to it is undone."""
    template: Stores = request.getfixturevalue(f"{request.param}_template")
    on_files = request.param == "sqlite"
    folder = tmp_path_factory.mktemp("rows")
    stores = copied_files(template, folder) if on_files else emptied(template)
    database = Database(stores.casework)
    with database.transaction() as db:
        for model, row in (*THERE, *HERE):
            db.execute(sa.insert(model).values(**row))
    yield database
    database.engine.dispose()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_database_itself_refuses(database: Database, name: str) -> None:
    """F1. F5. F18."""
    refusal = tried(database, *REFUSED[name])
    assert refusal in {name, *as_sqlite_says(name, REFUSED[name][0])}


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_the_database_takes(database: Database, name: str) -> None:
    assert tried(database, *TAKEN[name]) == ""


def test_every_rule_the_models_name_is_tried() -> None:
    assert named_rules({model.__tablename__ for model, _ in HERE}) == set(REFUSED)


def test_a_file_is_let_go_of_by_nobody_while_an_item_holds_it(database: Database) -> None:
    """F18."""
    for held in (sa.delete(CaseReport), sa.delete(EntryFile)):
        with database.writing() as db, pytest.raises(sa.exc.IntegrityError):
            db.execute(held)
