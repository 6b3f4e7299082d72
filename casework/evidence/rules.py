"""The rules of the evidence register: pure functions of what they are given."""

from collections.abc import Collection

from casework.cases.states import CaseAction
from casework.evidence.states import (
    KINDS,
    TRANSITIONS,
    CustodyAction,
    Hold,
    ItemKind,
    ItemState,
)

# What it is to the case: acts that are barred for somebody, or not possible in a closed case, are so by its own tables.
CASE_ACTION = {
    CustodyAction.RECEIVE: CaseAction.REGISTER_EVIDENCE,
    CustodyAction.VIEW: CaseAction.VIEW_EVIDENCE,
    CustodyAction.EXPORT: CaseAction.EXPORT_EVIDENCE,
    CustodyAction.COPY: CaseAction.COPY_EVIDENCE,
    CustodyAction.RETURN: CaseAction.RETURN_EVIDENCE,
    CustodyAction.DESTROY: CaseAction.DESTROY_EVIDENCE,
}


def can(action: CustodyAction, kind: ItemKind, state: ItemState) -> bool:
    """Whether an item of this kind in this state takes the action."""
    return kind in KINDS[action] and (state, action) in TRANSITIONS


def offered(
    kind: ItemKind, state: ItemState, allowed: Collection[CaseAction]
) -> frozenset[CustodyAction]:
    """Give what a page may offer for an item to whom the case allows these actions."""
    return frozenset(
        action
        for action in CustodyAction
        if can(action, kind, state) and CASE_ACTION[action] in allowed
    )


def hold_of(kind: ItemKind, *, cited: bool) -> Hold | None:
    """Say what keeps an item from being destroyed, if anything does."""
    if kind == ItemKind.ATTACHED:
        return Hold.REPORT
    return Hold.FINDING if cited else None
