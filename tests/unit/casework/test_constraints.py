"""Each invariant the casework database holds by itself, tried by name on both engines."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.cases.models import Allegation, Case, CaseReport, Closure, Task
from casework.destruction.models import Destruction, LegalHold
from casework.dossiers.models import (
    Arrival,
    Dossier,
    Entry,
    EntryFile,
    Grant,
    GrantRequest,
    Note,
    Offer,
    Report,
    Trial,
)
from casework.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState
from casework.records import CaseworkModel
from casework.staff.models import Member, StaffSession
from casework.witness.models import WitnessState
from portal.database import Database
from tests.support.offices import Stores, copied_files, emptied

DAY = date(2026, 11, 24)
KEY = b"k" * 1216
IDS = {name: f"{number:032x}" for number, name in enumerate("abcdefghik", start=1)}
A, B, C, D, E, F = (IDS[name] for name in "abcdef")
SPARE, UNKNOWN = "5" * 32, "6" * 32
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
REPORT: Row = {
    "id": C,
    "kind": "report",
    "mailbox_id": D,
    "recipient": KEY,
    "mailbox_recipient": KEY,
    "received_on": DAY,
    "public_state": "received",
    "state": "new",
    "version": 1,
}
GRANT: Row = {"dossier_id": C, "member_id": A, "sealed": b"g", "recused": False}
NOTE: Row = {
    "dossier_id": C,
    "number": 1,
    "version": 1,
    "kind": "note",
    "sealed": b"n",
    "author_id": A,
    "written_at": datetime(2026, 11, 24, tzinfo=UTC),
}
CASE: Row = {
    "id": F,
    "opened_on": DAY,
    "opened_by": A,
    "owner_id": A,
    "state": "opened",
    "priority": "normal",
    "danger": False,
    "version": 1,
}
LINK: Row = {"case_id": F, "report_id": C, "linked_by": A, "linked_on": DAY}
ALLEGATION: Row = {
    "id": IDS["g"],
    "case_id": F,
    "number": 1,
    "sealed": b"s",
    "stated_by": A,
    "stated_on": DAY,
}
FOUND: Row = {"finding": "substantiated", "reasons": b"r", "found_by": A, "found_on": DAY}
TASK: Row = {
    "id": IDS["h"],
    "case_id": F,
    "sealed": b"s",
    "owner_id": A,
    "due_on": DAY,
    "set_by": A,
    "state": "open",
}
CLOSURE: Row = {
    "id": IDS["i"],
    "case_id": F,
    "outcome": "measures",
    "feedback": "sent",
    "sealed": b"s",
    "proposed_by": A,
    "proposed_on": DAY,
    "reward": "eligible",
    "protection": "active",
    "risk": "review",
}
HOLD: Row = {"dossier_id": C, "set_by": A, "set_on": DAY}
DESTROYED: Row = {
    "dossier_id": "7" * 32,
    "kind": "report",
    "reason": "retention",
    "asked_by": A,
    "asked_on": DAY,
    "confirmed_by": B,
    "destroyed_on": DAY,
    "mailbox_id": "7" * 32,
}
DECIDED: Row = {"decided_by": B, "decided_on": DAY, "approved": True}
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
LEDGER_ENTRY: Row = {
    "number": 1,
    "body": b"{}",
    "leaf": b"l" * 32,
    "subject": A,
    "act": "task.set",
    "at": datetime(2026, 11, 24, tzinfo=UTC),
}
CHECKPOINT: Row = {"size": 2, "note": "n", "made_on": DAY}
STATE: Row = {"id": 2, "size": 0, "frontier": bytes(8)}
WITNESS: Row = {"id": 2, "frontier": bytes(8)}
THERE: tuple[tuple[type[CaseworkModel], Row], ...] = (
    (Member, HEAD),
    (Member, HEAD | {"id": B, "username": "boss", "position": "investigator-2"}),
    (Report, REPORT),
    (Entry, LETTER),
    (EntryFile, {"id": IDS["h"], "entry_id": E, "position": 0, "sealed_size": 1}),
    (Offer, {"id": IDS["i"], "dossier_id": C, "sealed": b"o"}),
    (Grant, GRANT),
    (GrantRequest, {"dossier_id": C, "member_id": B, "asked_by": A}),
    (Note, NOTE),
    (Dossier, {"id": F, "kind": "case", "recipient": KEY}),
    (Dossier, {"id": SPARE, "kind": "case", "recipient": KEY}),
    (Case, CASE),
    (CaseReport, LINK),
    (Allegation, ALLEGATION),
    (Task, TASK),
    (Closure, CLOSURE),
    (LegalHold, HOLD),
    (Destruction, DESTROYED),
    (Trial, {"dossier_id": C, "member_id": A}),
    (Arrival, {"entry_id": E}),
    (StaffSession, {"id_hash": b"i" * 32, "box": b"b", "day": DAY, "member_id": A}),
    (LedgerEntry, LEDGER_ENTRY | {"number": 0}),
    (LedgerCheckpoint, CHECKPOINT | {"size": 1}),
)
NEW = IDS["k"]
OTHER = REPORT | {"id": NEW, "mailbox_id": NEW}
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
    "ck_dossiers_id_length": (Report, REPORT | {"id": "short", "mailbox_id": NEW}),
    "ck_dossiers_mailbox_id_length": (Report, REPORT | {"id": NEW, "mailbox_id": "short"}),
    "ck_dossiers_recipient_length": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "recipient": b"k"}),
    "ck_dossiers_mailbox_recipient_length": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "mailbox_recipient": b"k"}),
    "ck_dossiers_public_state": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "public_state": "lost"}),
    "ck_dossiers_kind": (Report, {"id": NEW, "recipient": KEY, "kind": "gossip"}),
    "ck_dossiers_state": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "state": "lost"}),
    "ck_dossiers_version": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "version": 0}),
    "ck_dossiers_report_mailbox_id": (Report, REPORT | {"id": NEW, "mailbox_id": None}),
    "ck_dossiers_report_mailbox_recipient": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "mailbox_recipient": None}),
    "ck_dossiers_report_received_on": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "received_on": None}),
    "ck_dossiers_report_public_state": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "public_state": None}),
    "ck_dossiers_report_state": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "state": None}),
    "ck_dossiers_report_version": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "version": None}),
    "ck_dossiers_duplicate_of_another": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "state": "merged", "duplicate_of": NEW}),
    "ck_dossiers_merged_into": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "duplicate_of": C}),
    "fk_dossiers_duplicate_of_dossiers": (Report, OTHER | {"state": "merged", "duplicate_of": UNKNOWN}),
    "fk_dossiers_triaged_by_members": (Report, REPORT | {"id": NEW, "mailbox_id": NEW, "triaged_by": NEW}),
    "uq_dossiers_mailbox_id": (Report, REPORT | {"id": NEW}),
    "pk_dossiers": (Report, REPORT | {"mailbox_id": NEW}),
    "ck_offers_id_length": (Offer, {"id": "short", "dossier_id": C, "sealed": b"o"}),
    "ck_offers_sealed": (Offer, {"id": NEW, "dossier_id": C, "sealed": b""}),
    "pk_offers": (Offer, {"id": IDS["i"], "dossier_id": C, "sealed": b"o"}),
    "fk_offers_dossier_id_dossiers": (Offer, {"id": NEW, "dossier_id": NEW, "sealed": b"o"}),
    "ck_grants_sealed": (Grant, GRANT | {"dossier_id": C, "member_id": B, "sealed": b""}),
    "ck_grants_recused_has_no_key": (Grant, GRANT | {"member_id": B, "recused": True}),
    "ck_grants_second_person": (Grant, GRANT | {"member_id": B, "given_by": A, "confirmed_by": A}),
    "ck_grants_given_by_another": (Grant, GRANT | {"member_id": B, "given_by": B}),
    "fk_grants_given_by_members": (Grant, GRANT | {"member_id": B, "given_by": NEW}),
    "fk_grants_confirmed_by_members": (Grant, GRANT | {"member_id": B, "given_by": A, "confirmed_by": NEW}),
    "ck_grant_requests_asked_by_another": (GrantRequest, {"dossier_id": C, "member_id": A, "asked_by": A}),
    "pk_grant_requests": (GrantRequest, {"dossier_id": C, "member_id": B, "asked_by": A}),
    "fk_grant_requests_dossier_id_dossiers": (GrantRequest, {"dossier_id": NEW, "member_id": A, "asked_by": B}),
    "fk_grant_requests_member_id_members": (GrantRequest, {"dossier_id": C, "member_id": NEW, "asked_by": A}),
    "fk_grant_requests_asked_by_members": (GrantRequest, {"dossier_id": C, "member_id": A, "asked_by": NEW}),
    "ck_notes_number": (Note, NOTE | {"number": 0}),
    "ck_notes_version": (Note, NOTE | {"version": 0}),
    "ck_notes_kind": (Note, NOTE | {"version": 2, "kind": "secret"}),
    "ck_notes_sealed": (Note, NOTE | {"version": 2, "sealed": b""}),
    "pk_notes": (Note, NOTE),
    "fk_notes_dossier_id_dossiers": (Note, NOTE | {"dossier_id": NEW}),
    "fk_notes_author_id_members": (Note, NOTE | {"version": 2, "author_id": NEW}),
    "pk_grants": (Grant, GRANT | {"dossier_id": C, "member_id": A, "sealed": b"g"}),
    "fk_grants_dossier_id_dossiers": (Grant, GRANT | {"dossier_id": NEW, "member_id": A, "sealed": b"g"}),
    "fk_grants_member_id_members": (Grant, GRANT | {"dossier_id": C, "member_id": NEW, "sealed": b"g"}),
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
    "ck_entries_purpose": (Entry, REPLY | {"purpose": "lost"}),
    "ck_entries_purpose_of_ours": (Entry, LETTER | {"purpose": "question"}),
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
    "ck_cases_state": (Case, CASE | {"id": SPARE, "state": "lost"}),
    "ck_cases_priority": (Case, CASE | {"id": SPARE, "priority": "someday"}),
    "ck_cases_urgency": (Case, CASE | {"id": SPARE, "urgency": 6}),
    "ck_cases_version": (Case, CASE | {"id": SPARE, "version": 0}),
    "ck_cases_closed_on": (Case, CASE | {"id": SPARE, "state": "closed"}),
    "ck_cases_closed_after_opened": (Case, CASE | {"id": SPARE, "state": "closed", "closed_on": date(2026, 11, 23)}),
    "pk_cases": (Case, CASE),
    "fk_cases_id_dossiers": (Case, CASE | {"id": UNKNOWN}),
    "fk_cases_opened_by_members": (Case, CASE | {"id": SPARE, "opened_by": UNKNOWN}),
    "fk_cases_owner_id_members": (Case, CASE | {"id": SPARE, "owner_id": UNKNOWN}),
    "pk_case_reports": (CaseReport, LINK),
    "fk_case_reports_case_id_cases": (CaseReport, LINK | {"case_id": SPARE}),
    "fk_case_reports_report_id_dossiers": (CaseReport, LINK | {"report_id": UNKNOWN}),
    "fk_case_reports_linked_by_members": (CaseReport, LINK | {"report_id": SPARE, "linked_by": UNKNOWN}),
    "ck_allegations_id_length": (Allegation, ALLEGATION | {"number": 2, "id": "short"}),
    "ck_allegations_number": (Allegation, ALLEGATION | {"id": NEW, "number": 0}),
    "ck_allegations_sealed": (Allegation, ALLEGATION | {"id": NEW, "number": 2, "sealed": b""}),
    "ck_allegations_finding": (Allegation, ALLEGATION | FOUND | {"id": NEW, "number": 2, "finding": "guilty"}),
    "ck_allegations_finding_reasons": (Allegation, ALLEGATION | FOUND | {"id": NEW, "number": 2, "reasons": None}),
    "ck_allegations_finding_found_by": (Allegation, ALLEGATION | FOUND | {"id": NEW, "number": 2, "found_by": None}),
    "ck_allegations_finding_found_on": (Allegation, ALLEGATION | FOUND | {"id": NEW, "number": 2, "found_on": None}),
    "pk_allegations": (Allegation, ALLEGATION | {"number": 2}),
    "uq_allegations_case_id_number": (Allegation, ALLEGATION | {"id": NEW}),
    "fk_allegations_case_id_cases": (Allegation, ALLEGATION | {"id": NEW, "case_id": SPARE}),
    "fk_allegations_stated_by_members": (Allegation, ALLEGATION | {"id": NEW, "number": 2, "stated_by": UNKNOWN}),
    "fk_allegations_found_by_members": (Allegation, ALLEGATION | FOUND | {"id": NEW, "number": 2, "found_by": UNKNOWN}),
    "ck_tasks_id_length": (Task, TASK | {"id": "short"}),
    "ck_tasks_sealed": (Task, TASK | {"id": NEW, "sealed": b""}),
    "ck_tasks_state": (Task, TASK | {"id": NEW, "state": "late", "ended_by": A, "ended_on": DAY}),
    "ck_tasks_ended_by": (Task, TASK | {"id": NEW, "state": "done"}),
    "ck_tasks_ended_on": (Task, TASK | {"id": NEW, "state": "done", "ended_by": A}),
    "pk_tasks": (Task, TASK),
    "fk_tasks_case_id_cases": (Task, TASK | {"id": NEW, "case_id": SPARE}),
    "fk_tasks_owner_id_members": (Task, TASK | {"id": NEW, "owner_id": UNKNOWN}),
    "fk_tasks_set_by_members": (Task, TASK | {"id": NEW, "set_by": UNKNOWN}),
    "fk_tasks_ended_by_members": (Task, TASK | {"id": NEW, "state": "done", "ended_by": UNKNOWN, "ended_on": DAY}),
    "ck_closures_id_length": (Closure, CLOSURE | DECIDED | {"id": "short"}),
    "ck_closures_sealed": (Closure, CLOSURE | DECIDED | {"id": NEW, "sealed": b""}),
    "ck_closures_outcome": (Closure, CLOSURE | DECIDED | {"id": NEW, "outcome": "glory"}),
    "ck_closures_feedback": (Closure, CLOSURE | DECIDED | {"id": NEW, "feedback": "maybe"}),
    "ck_closures_reward": (Closure, CLOSURE | DECIDED | {"id": NEW, "reward": "half"}),
    "ck_closures_protection": (Closure, CLOSURE | DECIDED | {"id": NEW, "protection": "luck"}),
    "ck_closures_risk": (Closure, CLOSURE | DECIDED | {"id": NEW, "risk": "some"}),
    "ck_closures_decided_protection": (Closure, CLOSURE | DECIDED | {"id": NEW, "protection": None}),
    "ck_closures_decided_risk": (Closure, CLOSURE | DECIDED | {"id": NEW, "risk": None}),
    "ck_closures_second_person": (Closure, CLOSURE | DECIDED | {"id": NEW, "decided_by": A}),
    "ck_closures_approved": (Closure, CLOSURE | DECIDED | {"id": NEW, "approved": None}),
    "ck_closures_decided_on": (Closure, CLOSURE | DECIDED | {"id": NEW, "decided_on": None}),
    "uq_closures_pending": (Closure, CLOSURE | {"id": NEW}),
    "pk_closures": (Closure, CLOSURE | DECIDED),
    "fk_closures_case_id_cases": (Closure, CLOSURE | {"id": NEW, "case_id": SPARE}),
    "fk_closures_proposed_by_members": (Closure, CLOSURE | DECIDED | {"id": NEW, "proposed_by": UNKNOWN}),
    "fk_closures_decided_by_members": (Closure, CLOSURE | DECIDED | {"id": NEW, "decided_by": UNKNOWN}),
    "pk_legal_holds": (LegalHold, HOLD),
    "fk_legal_holds_dossier_id_dossiers": (LegalHold, HOLD | {"dossier_id": NEW}),
    "fk_legal_holds_set_by_members": (LegalHold, HOLD | {"dossier_id": F, "set_by": UNKNOWN}),
    "ck_destructions_dossier_id_length": (Destruction, DESTROYED | {"dossier_id": "short"}),
    "ck_destructions_kind": (Destruction, DESTROYED | {"dossier_id": NEW, "kind": "plan", "mailbox_id": None}),
    "ck_destructions_reason": (Destruction, DESTROYED | {"dossier_id": NEW, "reason": "shame"}),
    "ck_destructions_second_person": (Destruction, DESTROYED | {"dossier_id": NEW, "confirmed_by": A}),
    "ck_destructions_destroyed_on": (Destruction, DESTROYED | {"dossier_id": NEW, "destroyed_on": None}),
    "ck_destructions_mailbox_id_length": (Destruction, DESTROYED | {"dossier_id": NEW, "mailbox_id": "short"}),
    "ck_destructions_mailbox": (Destruction, DESTROYED | {"dossier_id": NEW, "kind": "case"}),
    "pk_destructions": (Destruction, DESTROYED),
    "fk_destructions_asked_by_members": (Destruction, DESTROYED | {"dossier_id": NEW, "asked_by": UNKNOWN}),
    "fk_destructions_confirmed_by_members": (Destruction, DESTROYED | {"dossier_id": NEW, "confirmed_by": UNKNOWN}),
    "ck_members_next_recipient_length": (Member, INVITED | {"next_recipient": b"short", "next_sealed": b"s"}),
    "ck_members_next_key": (Member, INVITED | {"next_sealed": b"s"}),
    "ck_members_former_until": (Member, INVITED | {"former_until": DAY}),
    "ck_grants_recused_has_no_next_key": (
        Grant, GRANT | {"member_id": B, "sealed": None, "recused": True, "next_sealed": b"s"},
    ),
    "ck_ledger_entries_number": (LedgerEntry, LEDGER_ENTRY | {"number": -1}),
    "ck_ledger_entries_body": (LedgerEntry, LEDGER_ENTRY | {"body": b""}),
    "ck_ledger_entries_subject": (LedgerEntry, LEDGER_ENTRY | {"subject": ""}),
    "ck_ledger_entries_sealed": (LedgerEntry, LEDGER_ENTRY | {"sealed": b""}),
    "ck_ledger_entries_leaf_length": (LedgerEntry, LEDGER_ENTRY | {"leaf": b"l" * 31}),
    "pk_ledger_entries": (LedgerEntry, LEDGER_ENTRY | {"number": 0}),
    "ck_ledger_state_only": (LedgerState, STATE),
    "ck_ledger_state_size": (LedgerState, STATE | {"id": 1, "size": -1}),
    "ck_ledger_state_frontier": (LedgerState, STATE | {"id": 1, "frontier": bytes(7)}),
    "pk_ledger_state": (LedgerState, STATE | {"id": 1}),
    "ck_ledger_checkpoints_size": (LedgerCheckpoint, CHECKPOINT | {"size": -1}),
    "ck_ledger_checkpoints_note": (LedgerCheckpoint, CHECKPOINT | {"note": ""}),
    "pk_ledger_checkpoints": (LedgerCheckpoint, CHECKPOINT | {"size": 1}),
    "ck_witness_state_only": (WitnessState, WITNESS),
    "ck_witness_state_frontier": (WitnessState, WITNESS | {"id": 1, "frontier": bytes(7)}),
    "ck_witness_state_note": (WitnessState, WITNESS | {"id": 1, "note": ""}),
    "ck_witness_state_fault": (WitnessState, WITNESS | {"id": 1, "fault": "tired"}),
    "pk_witness_state": (WitnessState, WITNESS | {"id": 1}),
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
    "a recusal": (Grant, GRANT | {"member_id": B, "sealed": None, "recused": True}),
    "a confirmed grant": (Grant, GRANT | {"member_id": B, "given_by": A}),
    "a merged report": (
        Report,
        REPORT | {"id": NEW, "mailbox_id": NEW, "state": "merged", "duplicate_of": C},
    ),
    "a closed case": (
        Case,
        CASE | {"id": SPARE, "state": "closed", "closed_on": DAY},
    ),
    "an allegation with its finding": (
        Allegation,
        ALLEGATION | FOUND | {"id": NEW, "number": 2},
    ),
    "a task that is done": (
        Task,
        TASK | {"id": NEW, "state": "done", "ended_by": B, "ended_on": DAY},
    ),
    "an earlier closure beside one that waits": (Closure, CLOSURE | DECIDED | {"id": NEW}),
    "a closure of before these things were decided": (
        Closure,
        CLOSURE | DECIDED | {"id": NEW, "reward": None, "protection": None, "risk": None},
    ),
    "a request to destroy that waits": (
        Destruction,
        DESTROYED
        | {"dossier_id": NEW, "confirmed_by": None, "destroyed_on": None, "mailbox_id": None},
    ),
    "a report whose case was destroyed": (
        Report,
        REPORT | {"id": NEW, "mailbox_id": NEW, "state": "concluded"},
    ),
    "a second version of a note": (Note, NOTE | {"version": 2}),
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
    "the next entry of the ledger": (LedgerEntry, LEDGER_ENTRY),
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
    """Those of the tables tried here; other rooms try theirs in their own tests."""
    tables = {model.__tablename__ for model, _ in (*THERE, *REFUSED.values())}
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
