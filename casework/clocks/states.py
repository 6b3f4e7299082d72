"""The life of a clock, and the words for what it measures, by which rule, and why it was moved."""

from collections.abc import Mapping
from enum import StrEnum

from casework.staff.states import READERS, Role


class ClockKind(StrEnum):
    """What has to be done in time, and what it is counted from."""

    ACKNOWLEDGE = "acknowledge"  # tell the informant that the report is here; from its receipt
    TRIAGE = "triage"  # decide what becomes of it; from its receipt
    PRELIMINARY_REVIEW = (
        "preliminary_review"  # decide whether to inspect; from the opening of the case
    )
    FEEDBACK = "feedback"  # tell the informant what was done; from the acknowledgement
    DISCIPLINE = "discipline"  # the last lawful day of a penalty; from the earliest alleged date


class RuleName(StrEnum):
    """One deadline of a rule set."""

    ACKNOWLEDGE = "acknowledge"
    TRIAGE = "triage"
    TRIAGE_DANGER = "triage_danger"
    PRELIMINARY_REVIEW = "preliminary_review"
    FEEDBACK = "feedback"
    DISCIPLINE = "discipline"
    DISCIPLINE_AUDIT = "discipline_audit"


class Unit(StrEnum):
    """What a deadline is counted in."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


class ClockState(StrEnum):
    """Where a clock stands.

    There is no state for "missed": a deadline passes by itself, and a row that had to be told so would be wrong until then.
    """

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    STOPPED = "stopped"


class ClockAction(StrEnum):
    """What happens to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    RECOUNT = "recount"
    EXPLAIN = "explain"
    MEET = "meet"
    STOP = "stop"


class Reason(StrEnum):
    """Why; a code, for the words of a reason would name somebody and belong into sealed text."""

    # a pause
    AWAITING_INFORMANT = "awaiting_informant"
    CRIMINAL_PROCEEDINGS = "criminal_proceedings"
    # an extension, or lateness
    COMPLEXITY = "complexity"
    AWAITING_OTHERS = "awaiting_others"
    WORKLOAD = "workload"
    ABSENCE = "absence"
    TECHNICAL = "technical"
    LEARNED_TOO_LATE = "learned_too_late"
    # counting anew
    DANGER = "danger"
    NO_DANGER = "no_danger"
    DATE_CORRECTED = "date_corrected"
    AUDIT_GROUND = "audit_ground"
    CALENDAR_CHANGED = "calendar_changed"
    # the end without the deed
    CLOSED = "closed"
    MERGED = "merged"
    REROUTED = "rerouted"
    NOT_APPLICABLE = "not_applicable"


# START is not here: it is how a clock comes to be.
TRANSITIONS: Mapping[tuple[ClockState, ClockAction], ClockState] = {
    (ClockState.RUNNING, ClockAction.PAUSE): ClockState.PAUSED,
    (ClockState.RUNNING, ClockAction.EXTEND): ClockState.RUNNING,
    (ClockState.RUNNING, ClockAction.RECOUNT): ClockState.RUNNING,
    (ClockState.RUNNING, ClockAction.EXPLAIN): ClockState.RUNNING,
    (ClockState.RUNNING, ClockAction.MEET): ClockState.MET,
    (ClockState.RUNNING, ClockAction.STOP): ClockState.STOPPED,
    (ClockState.PAUSED, ClockAction.RESUME): ClockState.RUNNING,
    (ClockState.PAUSED, ClockAction.EXTEND): ClockState.PAUSED,
    (ClockState.PAUSED, ClockAction.RECOUNT): ClockState.PAUSED,
    (ClockState.PAUSED, ClockAction.EXPLAIN): ClockState.PAUSED,
    (ClockState.PAUSED, ClockAction.MEET): ClockState.MET,
    (ClockState.PAUSED, ClockAction.STOP): ClockState.STOPPED,
}
_EXTENDERS = frozenset({Role.HEAD, Role.OVERSIGHT})

# An extension is the head's, or for what the oversight desk keeps, that desk's: so for a service inspection (ZRU-788, art. 49).
PERMITTED: Mapping[ClockAction, frozenset[Role]] = {
    ClockAction.PAUSE: READERS,
    ClockAction.RESUME: READERS,
    ClockAction.EXTEND: _EXTENDERS,
    ClockAction.RECOUNT: READERS,
    ClockAction.EXPLAIN: READERS,
    ClockAction.MEET: READERS,
    ClockAction.STOP: READERS,
}
# What the office's own work does without anybody pressing a button.
AUTOMATIC = frozenset({ClockAction.START, ClockAction.RESUME, ClockAction.MEET})
OPEN = frozenset({ClockState.RUNNING, ClockState.PAUSED})

RULES: Mapping[ClockKind, frozenset[RuleName]] = {
    ClockKind.ACKNOWLEDGE: frozenset({RuleName.ACKNOWLEDGE}),
    ClockKind.TRIAGE: frozenset({RuleName.TRIAGE, RuleName.TRIAGE_DANGER}),
    ClockKind.PRELIMINARY_REVIEW: frozenset({RuleName.PRELIMINARY_REVIEW}),
    ClockKind.FEEDBACK: frozenset({RuleName.FEEDBACK}),
    ClockKind.DISCIPLINE: frozenset({RuleName.DISCIPLINE, RuleName.DISCIPLINE_AUDIT}),
}
_WAITING = frozenset({Reason.AWAITING_INFORMANT})
_PROCEEDINGS = frozenset({Reason.CRIMINAL_PROCEEDINGS})
# What each kind waits for. A receipt is acknowledged whatever happens. The limit of a penalty is the law's, which leaves out
# the time of criminal proceedings and nothing else: sickness and leave stop only the month from detection (Labour Code,
# art. 314).
PAUSES: Mapping[ClockKind, frozenset[Reason]] = {
    ClockKind.ACKNOWLEDGE: frozenset(),
    ClockKind.TRIAGE: _WAITING,
    ClockKind.PRELIMINARY_REVIEW: _WAITING | _PROCEEDINGS,
    ClockKind.FEEDBACK: _WAITING | _PROCEEDINGS,
    ClockKind.DISCIPLINE: _PROCEEDINGS,
}
# What may come to nothing by somebody's word: an informant who cannot be reached hears of nothing. All else is done, or is late.
STOPPABLE = frozenset({ClockKind.FEEDBACK})
# Nobody in the office can give more time for the other two.
EXTENDABLE = frozenset({ClockKind.TRIAGE, ClockKind.PRELIMINARY_REVIEW, ClockKind.FEEDBACK})
_LATENESS = frozenset(
    {
        Reason.COMPLEXITY,
        Reason.AWAITING_INFORMANT,
        Reason.AWAITING_OTHERS,
        Reason.WORKLOAD,
        Reason.ABSENCE,
        Reason.TECHNICAL,
        Reason.LEARNED_TOO_LATE,
    }
)
REASONS: Mapping[ClockAction, frozenset[Reason]] = {
    ClockAction.START: frozenset(),
    ClockAction.PAUSE: _WAITING | _PROCEEDINGS,
    ClockAction.RESUME: frozenset(),
    ClockAction.EXTEND: frozenset(
        {Reason.COMPLEXITY, Reason.AWAITING_INFORMANT, Reason.AWAITING_OTHERS}
    ),
    ClockAction.RECOUNT: frozenset(
        {
            Reason.DANGER,
            Reason.NO_DANGER,
            Reason.DATE_CORRECTED,
            Reason.AUDIT_GROUND,
            Reason.CALENDAR_CHANGED,
        }
    ),
    ClockAction.EXPLAIN: _LATENESS,
    ClockAction.MEET: _LATENESS,  # only where it is late, and was not explained before
    ClockAction.STOP: frozenset(
        {Reason.CLOSED, Reason.MERGED, Reason.REROUTED, Reason.NOT_APPLICABLE}
    ),
}
