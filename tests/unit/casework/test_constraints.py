"""Each invariant the casework database holds by itself, tried by name on both engines."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.dossiers.models import Arrival, Dossier, Entry, EntryFile, Grant, Offer, Trial
from casework.records import CaseworkModel
from casework.staff.models import Member, StaffSession
from portal.database import Database
from tests.support.offices import Stores, copied_files, emptied

DAY = date(2026, 11, 24)
KEY = b"k" * 1216
IDS = {name: f"{number:032x}" for number, name in enumerate("abcdefghik", start=1)}
A, B, C, D, E, F = (IDS[name] for name in "abcdef")
Row = dict[str, Any]
_OF_COLUMNS = (sa.UniqueConstraint, sa.PrimaryKeyConstraint, sa.Index)

HEAD: Row = {
    "id": A,
    "username": "head",
    "name": "Head",
    "role": "head",
    "position": "head",
    "state": "active",
    "recipient": KEY,
    "password_wrap": b"w",
    "recovery_wrap": b"w",
    "totp_sealed": b"t",
    "totp_step": 0,
}
INVITED: Row = {
    "id": F,
    "username": "invited",
    "name": "Invited",
    "role": "investigator",
    "position": "investigator-1",
    "state": "invited",
    "invitation_hash": b"h" * 32,
    "invitation_expires": DAY,
    "totp_step": 0,
}
DOSSIER: Row = {
    "id": C,
    "mailbox_id": D,
    "recipient": KEY,
    "mailbox_recipient": KEY,
    "received_on": DAY,
    "public_state": "received",
}
LETTER: Row = {
    "id": E,
    "dossier_id": C,
    "number": 1,
    "sealed": b"s",
    "state": "received",
    "written_on": DAY,
    "has_files": False,
}
REPLY = LETTER | {"id": IDS["g"], "number": 2, "state": "queued", "author_id": A}
THERE: tuple[tuple[type[CaseworkModel], Row], ...] = (
    (Member, HEAD),
    (Member, HEAD | {"id": B, "username": "boss", "position": "investigator-2"}),
    (Dossier, DOSSIER),
    (Entry, LETTER),
    (EntryFile, {"id": IDS["h"], "entry_id": E, "position": 0, "sealed_size": 1}),
    (Offer, {"id": IDS["i"], "dossier_id": C, "sealed": b"o"}),
    (Grant, {"dossier_id": C, "member_id": A, "sealed": b"g"}),
    (Trial, {"dossier_id": C, "member_id": A}),
    (Arrival, {"entry_id": E}),
    (StaffSession, {"id_hash": b"i" * 32, "box": b"b", "day": DAY, "member_id": A}),
)
NEW = IDS["k"]
# What the database must refuse, by the name of what refuses it: the table, and a row that breaks this one rule alone.
REFUSED: dict[str, tuple[type[CaseworkModel], Row]] = {
    "ck_members_id_length": (Member, INVITED | {"id": "short"}),
    "ck_members_username": (Member, INVITED | {"username": "a"}),
    "ck_members_name": (Member, INVITED | {"name": ""}),
    "ck_members_role": (Member, INVITED | {"role": "god"}),
    "ck_members_state": (Member, INVITED | {"state": "asleep", "invitation_hash": None, "invitation_expires": None}),
    "ck_members_recipient_length": (Member, INVITED | {"recipient": b"k"}),
    "ck_members_invitation_hash_length": (Member, INVITED | {"invitation_hash": b"h"}),
    "ck_members_position": (Member, INVITED | {"position": None}),
    "ck_members_active_has_keys": (Member, HEAD | {"id": F, "username": "new", "position": "risk-officer", "totp_sealed": None}),
    "ck_members_invited_has_invitation": (Member, INVITED | {"invitation_hash": None, "invitation_expires": None}),
    "ck_members_invitation_expires": (Member, INVITED | {"invitation_expires": None}),
    "ck_members_roster_key": (Member, INVITED | {"roster_key": b"r"}),
    "ck_members_totp_step": (Member, INVITED | {"totp_step": -1}),
    "uq_members_username": (Member, INVITED | {"username": "head"}),
    "uq_members_position_in_use": (Member, INVITED | {"position": "head"}),
    "pk_members": (Member, INVITED | {"id": A}),
    "ck_dossiers_id_length": (Dossier, DOSSIER | {"id": "short", "mailbox_id": NEW}),
    "ck_dossiers_mailbox_id_length": (Dossier, DOSSIER | {"id": NEW, "mailbox_id": "short"}),
    "ck_dossiers_recipient_length": (Dossier, DOSSIER | {"id": NEW, "mailbox_id": NEW, "recipient": b"k"}),
    "ck_dossiers_mailbox_recipient_length": (Dossier, DOSSIER | {"id": NEW, "mailbox_id": NEW, "mailbox_recipient": b"k"}),
    "ck_dossiers_public_state": (Dossier, DOSSIER | {"id": NEW, "mailbox_id": NEW, "public_state": "lost"}),
    "uq_dossiers_mailbox_id": (Dossier, DOSSIER | {"id": NEW}),
    "pk_dossiers": (Dossier, DOSSIER | {"mailbox_id": NEW}),
    "ck_offers_id_length": (Offer, {"id": "short", "dossier_id": C, "sealed": b"o"}),
    "ck_offers_sealed": (Offer, {"id": NEW, "dossier_id": C, "sealed": b""}),
    "pk_offers": (Offer, {"id": IDS["i"], "dossier_id": C, "sealed": b"o"}),
    "fk_offers_dossier_id_dossiers": (Offer, {"id": NEW, "dossier_id": NEW, "sealed": b"o"}),
    "ck_grants_sealed": (Grant, {"dossier_id": C, "member_id": B, "sealed": b""}),
    "pk_grants": (Grant, {"dossier_id": C, "member_id": A, "sealed": b"g"}),
    "fk_grants_dossier_id_dossiers": (Grant, {"dossier_id": NEW, "member_id": A, "sealed": b"g"}),
    "fk_grants_member_id_members": (Grant, {"dossier_id": C, "member_id": NEW, "sealed": b"g"}),
    "pk_trials": (Trial, {"dossier_id": C, "member_id": A}),
    "fk_trials_dossier_id_dossiers": (Trial, {"dossier_id": NEW, "member_id": A}),
    "fk_trials_member_id_members": (Trial, {"dossier_id": C, "member_id": NEW}),
    "ck_entries_id_length": (Entry, REPLY | {"id": "short"}),
    "ck_entries_sealed": (Entry, REPLY | {"sealed": b""}),
    "ck_entries_number": (Entry, REPLY | {"number": 0}),
    "ck_entries_state": (Entry, REPLY | {"state": "lost", "author_id": None}),
    "ck_entries_author": (Entry, REPLY | {"author_id": None}),
    "ck_entries_second_person": (Entry, REPLY | {"approved_by": A}),
    "ck_entries_approved": (Entry, REPLY | {"state": "held", "number": None, "approved_by": B}),
    "ck_entries_files_need_approval": (Entry, REPLY | {"has_files": True}),
    "ck_entries_withdrawn_on": (Entry, LETTER | {"id": NEW, "number": 2, "withdrawn_on": DAY}),
    "ck_entries_in_thread": (Entry, REPLY | {"state": "held"}),
    "ck_entries_public_state": (Entry, REPLY | {"public_state": "lost"}),
    "uq_entries_dossier_id_number": (Entry, REPLY | {"number": 1}),
    "pk_entries": (Entry, REPLY | {"id": E}),
    "fk_entries_dossier_id_dossiers": (Entry, REPLY | {"dossier_id": NEW}),
    "fk_entries_author_id_members": (Entry, REPLY | {"author_id": NEW}),
    "fk_entries_approved_by_members": (Entry, REPLY | {"approved_by": NEW}),
    "ck_entry_files_id_length": (EntryFile, {"id": "short", "entry_id": E, "position": 1, "sealed_size": 1}),
    "ck_entry_files_position": (EntryFile, {"id": NEW, "entry_id": E, "position": -1, "sealed_size": 1}),
    "ck_entry_files_sealed_size": (EntryFile, {"id": NEW, "entry_id": E, "position": 1, "sealed_size": 0}),
    "uq_entry_files_entry_id_position": (EntryFile, {"id": NEW, "entry_id": E, "position": 0, "sealed_size": 1}),
    "pk_entry_files": (EntryFile, {"id": IDS["h"], "entry_id": E, "position": 1, "sealed_size": 1}),
    "fk_entry_files_entry_id_entries": (EntryFile, {"id": NEW, "entry_id": NEW, "position": 1, "sealed_size": 1}),
    "pk_arrivals": (Arrival, {"entry_id": E}),
    "fk_arrivals_entry_id_entries": (Arrival, {"entry_id": NEW}),
    "pk_sessions": (StaffSession, {"id_hash": b"i" * 32, "box": b"b", "day": DAY, "member_id": A}),
    "fk_sessions_member_id_members": (StaffSession, {"id_hash": b"j" * 32, "box": b"b", "day": DAY, "member_id": NEW}),
}  # fmt: skip
# Rows at the edge of a rule, which the database must take.
TAKEN: dict[str, tuple[type[CaseworkModel], Row]] = {
    "an invitation": (Member, INVITED),
    "an administrator with the key": (
        Member,
        HEAD
        | {
            "id": F,
            "username": "adm",
            "role": "administrator",
            "position": None,
            "roster_key": b"r",
        },
    ),
    "a second administrator": (
        Member,
        HEAD | {"id": F, "username": "adm", "role": "administrator", "position": None},
    ),
    "a closed account in a position somebody holds": (
        Member,
        HEAD | {"id": F, "username": "old", "state": "disabled"},
    ),
    "a text reply": (Entry, REPLY),
    "a reply with files that was approved": (
        Entry,
        REPLY | {"has_files": True, "approved_by": B, "state": "delivered"},
    ),
    "a reply with files that waits": (
        Entry,
        REPLY | {"has_files": True, "state": "held", "number": None},
    ),
    "a letter taken back": (
        Entry,
        LETTER | {"id": NEW, "number": 2, "state": "withdrawn", "withdrawn_on": DAY},
    ),
    "a letter with files": (Entry, LETTER | {"id": NEW, "number": 2, "has_files": True}),
}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with a row or two in each table; what a test does to it is undone."""
    template: Stores = request.getfixturevalue(f"{request.param}_template")
    if request.param == "sqlite":
        yield from _filled(copied_files(template, tmp_path_factory.mktemp("rows")).casework)
    else:
        yield from _filled(emptied(template).casework)


def _filled(url: str) -> Iterator[Database]:
    database = Database(url)
    with database.transaction() as db:
        for model, row in THERE:
            db.execute(sa.insert(model).values(**row))
    yield database
    database.engine.dispose()


def tried(database: Database, model: type[CaseworkModel], row: Row) -> str:
    """Try to insert a row; give the name of what refused it, or nothing."""
    with database.writing() as db:
        try:
            db.execute(sa.insert(model).values(**row))
        except IntegrityError as error:
            return _name(error)
        finally:
            db.rollback()
    return ""


def _name(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return str(diagnosis.constraint_name) if diagnosis else str(error.orig)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_database_itself_refuses(database: Database, name: str) -> None:
    """F2. F5. F20."""
    refusal = tried(database, *REFUSED[name])
    assert refusal in {name, *as_sqlite_says(name, REFUSED[name][0])}


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_the_database_takes(database: Database, name: str) -> None:
    assert tried(database, *TAKEN[name]) == ""


def test_every_rule_the_models_name_is_tried() -> None:
    """Those of accounts and dossiers; other rooms try theirs in their own tests."""
    tables = {model.__tablename__ for model, _ in THERE}
    assert named_rules(tables) == set(REFUSED)


def named_rules(tables: Collection[str]) -> set[str]:
    """Give the name of every rule of some tables."""
    return {
        str(rule.name)
        for name in tables
        for rule in _rules(CaseworkModel.metadata.tables[name])
        if not isinstance(rule, sa.Index) or rule.unique
    }


def _rules(table: sa.Table) -> tuple[sa.Constraint | sa.Index, ...]:
    return (*table.constraints, *table.indexes)


def as_sqlite_says(name: str, model: type[CaseworkModel]) -> set[str]:
    """SQLite names its CHECKs, the columns of what is unique, and of foreign keys nothing."""
    if name.startswith("ck_"):
        return {f"CHECK constraint failed: {name}"}
    if name.startswith("fk_"):
        return {"FOREIGN KEY constraint failed"}
    table = model.metadata.tables[model.__tablename__]
    (columns,) = (
        [f"{table.name}.{column.name}" for column in rule.columns]
        for rule in _rules(table)
        if rule.name == name and isinstance(rule, _OF_COLUMNS)
    )
    return {f"UNIQUE constraint failed: {', '.join(columns)}"}
