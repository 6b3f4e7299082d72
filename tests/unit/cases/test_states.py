"""The lives of a report, a case and a task, walked whole: what is not written here cannot happen."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain, combinations, product
from typing import Any

import pytest

from casework.cases import states as cases
from casework.cases.rules import can, may
from casework.cases.states import CaseAction, CaseState, Relation, TaskAction, TaskState
from casework.dossiers import states as dossiers
from casework.dossiers.states import ReportAction, ReportState
from casework.staff.states import Role
from casework.transitions import IllegalTransition, next_state

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
MACHINES: tuple[tuple[Mapping[Any, Any], Mapping[tuple[str, str], str], Any, Any], ...] = (
    (dossiers.REPORT_TRANSITIONS, REPORTS, ReportState, ReportAction),
    (cases.TRANSITIONS, CASES, CaseState, CaseAction),
    (cases.TASK_TRANSITIONS, TASKS, TaskState, TaskAction),
)
MOVES = [
    pytest.param(table, state, action, expected.get((state, action)), id=f"{state}-{action}")
    for table, expected, states, actions in MACHINES
    for state, action in product(states, actions)
]
READERS = {Role.HEAD, Role.INVESTIGATOR, Role.OVERSIGHT}
# Who may not, though they read the case.
BARRED = {"close": {"owner", "triaged", "proposed"}, "return_closure": {"proposed"}}
# What can be done in each state beside its moves: a note always; nothing else in a closed case, or while its end is asked for.
ANYWHERE = {"write_note"}
AT_WORK = {
    "assign",
    "link_report",
    "state_allegation",
    "find",
    "set_task",
    "finish_task",
}
CLOSABLE = {state for state, action in CASES if action == "close"}


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


def relations() -> list[frozenset[Relation]]:
    """Give every way somebody can stand to a case."""
    every = list(Relation)
    sets = chain.from_iterable(combinations(every, many) for many in range(len(every) + 1))
    return [frozenset(one) for one in sets]


@pytest.mark.parametrize("action", list(CaseAction))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_in_each_relation_may_do_what_the_table_says_and_nothing_else(
    role: Role, action: CaseAction
) -> None:
    """F1. F8. The forbidden pairs, walked whole."""
    for related in relations():
        expected = (
            role in READERS
            and "granted" in related
            and not BARRED.get(action, set()) & {str(one) for one in related}
        )
        assert may(action, role, related) == expected, related


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("state", list(CaseState))
def test_each_state_takes_its_moves_and_its_work_and_nothing_while_its_end_is_asked_for(
    state: CaseState, *, closing: bool
) -> None:
    moves = {action for before, action in CASES if before == state} - {"close"}
    if closing:
        expected = ANYWHERE | (set() if state == "closed" else {"close", "return_closure"})
    elif state == "closed":
        expected = ANYWHERE | moves
    else:
        expected = ANYWHERE | AT_WORK | moves
        expected |= {"propose_closure"} if state in CLOSABLE else set()
    assert {action for action in CaseAction if can(action, state, closing=closing)} == expected
