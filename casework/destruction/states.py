"""Why a dossier is destroyed, and what stands against it."""

from enum import StrEnum

from casework.cases.states import CaseState
from casework.dossiers.states import ReportState


class DestructionReason(StrEnum):
    """Why nothing of a dossier is to be kept."""

    RETENTION = "retention"
    MISTAKE = "mistake"
    COURT_ORDER = "court_order"


class Obstacle(StrEnum):
    """Why a dossier cannot be destroyed now."""

    HOLD = "hold"
    # A case before its reports, and a report before the one it repeats.
    IN_CASE = "in_case"
    REPEATED = "repeated"
    OPEN = "open"
    LETTERS = "letters"


# What has come to its end, so that nothing is lost that somebody still works on.
ENDED_REPORTS = frozenset(
    {
        ReportState.MERGED,
        ReportState.REROUTED,
        ReportState.SET_ASIDE,
        ReportState.CONCLUDED,
    }
)
ENDED_CASES = frozenset({CaseState.CLOSED})
