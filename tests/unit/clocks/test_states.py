"""The life of a clock, walked whole: what is not written in the tables cannot happen."""

from itertools import product

import pytest

from casework.clocks.rules import offered
from casework.clocks.states import (
    AUTOMATIC,
    OPEN,
    PERMITTED,
    REASONS,
    RULES,
    TRANSITIONS,
    ClockAction,
    ClockKind,
    ClockState,
    Reason,
    RuleName,
)
from casework.staff.states import Role
from casework.transitions import IllegalTransition, next_state, possible_actions

LEADS = {
    ("running", "pause"): "paused",
    ("running", "extend"): "running",
    ("running", "recount"): "running",
    ("running", "explain"): "running",
    ("running", "meet"): "met",
    ("running", "stop"): "stopped",
    ("paused", "resume"): "running",
    ("paused", "extend"): "paused",
    ("paused", "recount"): "paused",
    ("paused", "explain"): "paused",
    ("paused", "meet"): "met",
    ("paused", "stop"): "stopped",
}
READERS = {"head", "investigator", "oversight"}
MAY = dict.fromkeys(("pause", "resume", "recount", "explain", "meet", "stop"), READERS) | {
    "extend": {"head", "oversight"},
    "start": set(),
}
MOVES = list(product(ClockState, ClockAction))


@pytest.mark.parametrize(("state", "action"), MOVES)
def test_each_action_leads_from_each_state_where_it_should_or_nowhere(
    state: ClockState, action: ClockAction
) -> None:
    expected = LEADS.get((state.value, action.value))
    if expected is not None:
        assert next_state(TRANSITIONS, state, action) == expected
        return
    with pytest.raises(IllegalTransition, match=f"{action} is not possible when {state}"):
        next_state(TRANSITIONS, state, action)


@pytest.mark.parametrize(("state", "action", "role"), list(product(ClockState, ClockAction, Role)))
def test_a_page_offers_what_is_possible_to_those_who_may(
    state: ClockState, action: ClockAction, role: Role
) -> None:
    expected = (state.value, action.value) in LEADS and role.value in MAY[action.value]
    assert (action in possible_actions(TRANSITIONS, PERMITTED, state, role)) == expected


@pytest.mark.parametrize(("kind", "state", "role"), list(product(ClockKind, ClockState, Role)))
def test_what_a_kind_can_never_do_is_not_offered(
    kind: ClockKind, state: ClockState, role: Role
) -> None:
    possible = possible_actions(TRANSITIONS, PERMITTED, state, role)
    never = {"acknowledge": {"pause", "extend"}, "discipline": {"extend"}}.get(kind.value, set())
    assert offered(kind, state, role) == possible - never - {"explain"}
    assert offered(kind, state, role, late=True) == possible - {"pause", "extend"}


def test_what_is_over_stays_over() -> None:
    assert {state for state, _ in TRANSITIONS} == OPEN


def test_every_act_says_its_reasons_and_every_reason_has_an_act() -> None:
    assert REASONS.keys() == set(ClockAction)
    assert frozenset().union(*REASONS.values()) == set(Reason)


def test_every_kind_has_rules_and_every_rule_one_kind() -> None:
    assert RULES.keys() == set(ClockKind)
    assert sorted(name for names in RULES.values() for name in names) == sorted(RuleName)
    for kind, names in RULES.items():
        assert RuleName(kind) in names


def test_no_machine_moves_a_deadline() -> None:
    assert sorted(AUTOMATIC) == ["meet", "resume", "start"]
