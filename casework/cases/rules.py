"""The rules of cases: pure functions of what they are given."""

from collections.abc import Collection, Iterable

from casework.cases.models import Allegation, Task
from casework.cases.states import (
    AFTER,
    ALWAYS,
    BARRED,
    PERMITTED,
    TRANSITIONS,
    WORK,
    CaseAction,
    CaseState,
    Relation,
    TaskState,
)
from casework.staff.states import Role


def may(action: CaseAction, role: Role, relations: Collection[Relation]) -> bool:
    """Whether somebody in this role who stands to the case in these ways may do it."""
    return (
        role in PERMITTED[action]
        and Relation.GRANTED in relations
        and BARRED.get(action, frozenset()).isdisjoint(relations)
    )


def can(action: CaseAction, state: CaseState, *, closing: bool) -> bool:
    """Whether a case in this state takes the action. While somebody has asked for its end, it stays as they saw it."""
    if action in ALWAYS:
        return True
    if action in {CaseAction.CLOSE, CaseAction.RETURN_CLOSURE}:
        return closing and state != CaseState.CLOSED
    if closing:
        return False
    if action in AFTER:
        return True
    if action == CaseAction.PROPOSE_CLOSURE:
        return (state, CaseAction.CLOSE) in TRANSITIONS
    return (state, action) in TRANSITIONS or (action in WORK and state != CaseState.CLOSED)


def missing_for_closure(allegations: Iterable[Allegation], tasks: Iterable[Task]) -> list[str]:
    """Say what a case lacks to be closed: "allegation" if there is none, "finding" for one without, "task" for an open one."""
    stated = list(allegations)
    lacks = [] if stated else ["allegation"]
    lacks += ["finding" for one in stated if one.finding is None][:1]
    return lacks + ["task" for task in tasks if task.state == TaskState.OPEN][:1]
