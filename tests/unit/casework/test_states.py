"""The office's state machines, walked whole: what is not written in the table cannot happen."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from casework.cases import states as cases
from casework.cases.states import CaseAction, CaseState, TaskAction, TaskState
from casework.dossiers import states as dossiers
from casework.dossiers.states import EntryAction, EntryState, ReportAction, ReportState
from casework.evidence import states as evidence
from casework.evidence.states import CustodyAction, ItemState
from casework.staff import states as staff
from casework.staff.states import AccountAction, AccountState, Action, Role
from casework.transitions import IllegalTransition, next_state, possible_actions

ACCOUNTS = {
    ("invited", "enrol"): "active",
    ("invited", "disable"): "disabled",
    ("active", "disable"): "disabled",
}
ENTRIES = {
    ("received", "withdraw"): "withdrawn",
    ("held", "approve"): "queued",
    ("held", "discard"): "discarded",
    ("queued", "deliver"): "delivered",
}
REPORTS = {
    ("new", "acknowledge"): "acknowledged",
    ("new", "begin_triage"): "triage",
    ("acknowledged", "begin_triage"): "triage",
    ("triage", "ask"): "info_requested",
    ("info_requested", "hear"): "triage",
    ("triage", "accept"): "accepted",
    ("triage", "merge"): "merged",
    ("triage", "reroute"): "rerouted",
    ("triage", "set_aside"): "set_aside",
    ("info_requested", "set_aside"): "set_aside",
    ("accepted", "link"): "linked",
    ("linked", "link"): "linked",
    ("linked", "unlink"): "accepted",
    ("linked", "conclude"): "concluded",
    ("concluded", "reopen"): "triage",
    ("merged", "reopen"): "triage",
    ("rerouted", "reopen"): "triage",
    ("set_aside", "reopen"): "triage",
}
CASES = {
    ("opened", "begin_review"): "preliminary_review",
    ("preliminary_review", "order_inspection"): "service_inspection",
    ("preliminary_review", "resolve"): "admin_resolution",
    ("preliminary_review", "audit"): "audit",
    ("preliminary_review", "refer"): "referral",
    ("preliminary_review", "close"): "closed",
    ("admin_resolution", "order_inspection"): "service_inspection",
    ("admin_resolution", "refer"): "referral",
    ("admin_resolution", "close"): "closed",
    ("audit", "order_inspection"): "service_inspection",
    ("audit", "refer"): "referral",
    ("audit", "close"): "closed",
    ("service_inspection", "refer"): "referral",
    ("service_inspection", "close"): "closed",
    ("referral", "close"): "closed",
    ("closed", "reopen"): "preliminary_review",
}
TASKS = {("open", "finish"): "done", ("open", "cancel"): "cancelled"}
EVIDENCE = {
    ("held", "view"): "held",
    ("held", "export"): "held",
    ("held", "copy"): "held",
    ("held", "return"): "returned",
    ("held", "destroy"): "destroyed",
}
READERS = {"head", "investigator", "oversight"}
MAY = {
    "read_reports": READERS,
    "collect_post": READERS,
    "reply": READERS,
    "approve_reply": READERS,
    "triage_report": READERS,
    "read_cases": READERS,
    "work_case": READERS,
    "share_dossier": READERS,
    "end_case": READERS,
    "destroy_dossier": READERS,
    "declare_interest": READERS,
    "manage_staff": {"administrator"},
    "sign_roster": {"administrator"},
    "read_ledger": {"auditor"},
    "export_ledger": {"auditor"},
    "share_audit_key": {"auditor"},
}
MACHINES: tuple[tuple[Mapping[Any, Any], Mapping[tuple[str, str], str], Any, Any], ...] = (
    (staff.TRANSITIONS, ACCOUNTS, AccountState, AccountAction),
    (dossiers.TRANSITIONS, ENTRIES, EntryState, EntryAction),
    (dossiers.REPORT_TRANSITIONS, REPORTS, ReportState, ReportAction),
    (cases.TRANSITIONS, CASES, CaseState, CaseAction),
    (cases.TASK_TRANSITIONS, TASKS, TaskState, TaskAction),
    (evidence.TRANSITIONS, EVIDENCE, ItemState, CustodyAction),
)
MOVES = [
    pytest.param(table, state, action, expected.get((state, action)), id=f"{state}-{action}")
    for table, expected, states, actions in MACHINES
    for state, action in product(states, actions)
]


@pytest.mark.parametrize(("table", "state", "action", "expected"), MOVES)
def test_each_action_leads_from_each_state_where_it_should_or_nowhere(
    table: Mapping[tuple[StrEnum, StrEnum], StrEnum],
    state: StrEnum,
    action: StrEnum,
    expected: str | None,
) -> None:
    if expected is not None:
        assert next_state(table, state, action) == expected
        return
    with pytest.raises(IllegalTransition, match=f"{action} is not possible when {state}"):
        next_state(table, state, action)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_is_there_for_and_nothing_else(role: Role, action: Action) -> None:
    """F3."""
    assert (role in staff.PERMITTED[action]) == (role.value in MAY[action.value])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(EntryState))
def test_a_page_offers_what_is_possible_to_those_who_may(state: EntryState, role: Role) -> None:
    offered = possible_actions(dossiers.TRANSITIONS, dossiers.PERMITTED, state, role)
    expected = {"approve", "discard"} if state == "held" and role.value in READERS else set()
    assert offered == expected


def test_nobody_in_the_office_withdraws_or_delivers() -> None:
    assert dossiers.PERMITTED.keys() == {EntryAction.APPROVE, EntryAction.DISCARD}


def test_a_closed_account_never_opens_again() -> None:
    assert not [state for state, _ in staff.TRANSITIONS if state == AccountState.DISABLED]
