"""Who may do what with a case, and when: every role, relation, state and action. The moves are walked with all others."""

from itertools import chain, combinations

import pytest

from casework.cases.rules import can, may
from casework.cases.states import CaseAction, CaseState, Relation
from casework.staff.states import Role
from tests.unit.casework.test_states import CASES

READERS = {Role.HEAD, Role.INVESTIGATOR, Role.OVERSIGHT}
# Who may not, though they read the case.
BARRED = {
    "close": {"owner", "triaged", "proposed"},
    "return_closure": {"proposed"},
    "destroy_evidence": {"owner"},
}
# What can be done in each state beside its moves: notes, and looking, always; work not in a closed case. Evidence goes back
# when a case is over, but nothing is changed while its end is asked for.
ANYWHERE = {"write_note", "view_evidence", "export_evidence"}
UNLESS_ASKED = {"return_evidence", "destroy_evidence"}
AT_WORK = {
    "assign",
    "link_report",
    "state_allegation",
    "find",
    "set_task",
    "finish_task",
    "rewrite_note",
    "register_evidence",
    "copy_evidence",
    "cite_evidence",
}
CLOSABLE = {state for state, action in CASES if action == "close"}


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
    """F1. F3. The forbidden pairs, walked whole."""
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
        expected = ANYWHERE | UNLESS_ASKED | moves
    else:
        expected = ANYWHERE | UNLESS_ASKED | AT_WORK | moves
        expected |= {"propose_closure"} if state in CLOSABLE else set()
    assert {action for action in CaseAction if can(action, state, closing=closing)} == expected
