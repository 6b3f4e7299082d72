"""The rules of destruction: pure functions of what they are given."""

from casework.cases.states import CaseState
from casework.destruction.states import ENDED_CASES, ENDED_REPORTS, Obstacle
from casework.dossiers.states import ReportState


def against_case(state: CaseState, *, on_hold: bool) -> Obstacle | None:
    """Say what stands against destroying a case, if anything does."""
    if on_hold:
        return Obstacle.HOLD
    return None if state in ENDED_CASES else Obstacle.OPEN


def against_report(
    state: ReportState, *, on_hold: bool, repeated: bool, letters_wait: bool
) -> Obstacle | None:
    """Say what stands against destroying a report: its cases go first, what repeats it, and letters on their way."""
    if on_hold:
        return Obstacle.HOLD
    if state == ReportState.LINKED:
        return Obstacle.IN_CASE
    if state not in ENDED_REPORTS:
        return Obstacle.OPEN
    if repeated:
        return Obstacle.REPEATED
    return Obstacle.LETTERS if letters_wait else None
