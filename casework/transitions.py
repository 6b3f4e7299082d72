"""State machines are two flat tables: what leads where, and who may do it. These functions read them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)
Role = TypeVar("Role", bound=StrEnum)


class IllegalTransition(Exception):
    """This cannot be done in this state: somebody acted on an old page, or twice at once."""


def next_state(
    transitions: Mapping[tuple[State, Action], State], state: State, action: Action
) -> State:
    """Give the state an action leads to; raises IllegalTransition."""
    try:
        return transitions[state, action]
    except KeyError as error:
        raise IllegalTransition(f"{action} is not possible when {state}") from error


def possible_actions(
    transitions: Mapping[tuple[State, Action], State],
    permitted: Mapping[Action, frozenset[Role]],
    state: State,
    role: Role,
) -> frozenset[Action]:
    """Give what somebody in this role may do in this state: all that a page may offer."""
    return frozenset(
        action
        for (before, action) in transitions
        if before == state and role in permitted.get(action, frozenset())
    )
