"""The rules of cases: pure functions of what they are given."""

from collections.abc import Collection, Iterable, Mapping

from casework.cases.models import Allegation, Task
from casework.cases.states import (
    AFTER,
    ALWAYS,
    BARRED,
    DECISIONS,
    PERMITTED,
    REASONED,
    TRANSITIONS,
    WORK,
    CaseAction,
    CaseState,
    Feedback,
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


def missing_for_closure(
    allegations: Iterable[Allegation],
    tasks: Iterable[Task],
    decisions: Mapping[str, str | None],
    reasons: Mapping[str, str],
    *,
    feedback: Feedback,
    told: bool,
) -> list[str]:
    """Say what a case lacks to be closed.

    "allegation" if there is none, "finding" for one without, "task" for an open one, "feedback" where it is said to be sent and
    was not (`told`), and each of the DECISIONS that was not taken, or gives no reason where it needs one.
    """
    stated = list(allegations)
    lacks = [] if stated else ["allegation"]
    lacks += ["finding" for one in stated if one.finding is None][:1]
    lacks += ["task" for task in tasks if task.state == TaskState.OPEN][:1]
    lacks += ["feedback"] if feedback == Feedback.SENT and not told else []
    return lacks + [name for name in DECISIONS if not is_decided(name, decisions, reasons)]


def is_decided(name: str, decisions: Mapping[str, str | None], reasons: Mapping[str, str]) -> bool:
    """Whether one of the DECISIONS was taken, with its reason where it needs one."""
    taken = decisions.get(name)
    if taken is None:
        return False
    return taken not in REASONED[name] or bool(reasons.get(name))
