"""What the office calls things about reports and cases in a page."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from casework.cases.states import (
    CaseState,
    Feedback,
    Finding,
    Outcome,
    Priority,
    Protection,
    Reward,
    RiskLink,
    TaskState,
)
from casework.destruction.states import DestructionReason, Obstacle
from casework.dossiers.states import NoteKind, ReportState, Route, SetAside
from portal.views.words import State


def report_state_words(state: str) -> State:
    """Name where the service stands with a report."""
    words = {
        ReportState.NEW: _("Not yet taken up"),
        ReportState.ACKNOWLEDGED: _("Receipt confirmed"),
        ReportState.TRIAGE: _("In triage"),
        ReportState.INFO_REQUESTED: _("Waiting for the informant"),
        ReportState.ACCEPTED: _("Accepted"),
        ReportState.LINKED: _("In a case"),
        ReportState.MERGED: _("Merged into another report"),
        ReportState.REROUTED: _("Passed on"),
        ReportState.SET_ASIDE: _("Set aside"),
        ReportState.CONCLUDED: _("Its case was destroyed"),
    }
    return State(state, words[ReportState(state)])


def set_aside_words(reason: str) -> str:
    """Name a reason for not following a report up."""
    words: dict[SetAside, str] = {
        SetAside.NO_FACTS: _("No facts that could be checked"),
        SetAside.OUT_OF_SCOPE: _("Not a matter for the service"),
        SetAside.LABOUR_DISPUTE: _("A labour dispute"),
        SetAside.ALREADY_DECIDED: _("Already examined and decided"),
        SetAside.STATUTE_LIMIT: _("The time limit has passed"),
        SetAside.WITHDRAWN: _("The informant took it back"),
    }
    return words[SetAside(reason)]


def route_words(route: str) -> str:
    """Name those whose business a report is."""
    words: dict[Route, str] = {
        Route.HUMAN_RESOURCES: _("Human resources"),
        Route.SAFETY: _("Occupational safety"),
        Route.APPEALS: _("The office for appeals"),
        Route.LAW_ENFORCEMENT: _("A law-enforcement body"),
    }
    return words[Route(route)]


def priority_words(priority: str) -> str:
    """Name how soon a case is worked on."""
    words: dict[Priority, str] = {
        Priority.HIGH: _("High"),
        Priority.NORMAL: _("Medium"),
        Priority.LOW: _("Low"),
    }
    return words[Priority(priority)]


def case_state_words(state: str) -> State:
    """Name where a case stands."""
    words = {
        CaseState.OPENED: _("Opened"),
        CaseState.REVIEW: _("Preliminary review"),
        CaseState.INSPECTION: _("Service inspection"),
        CaseState.RESOLUTION: _("Resolved by the management"),
        CaseState.AUDIT: _("Audit"),
        CaseState.REFERRAL: _("Referred"),
        CaseState.CLOSED: _("Closed"),
    }
    return State(state, words[CaseState(state)])


def finding_words(finding: str) -> str:
    """Name what became of an allegation."""
    words: dict[Finding, str] = {
        Finding.SUBSTANTIATED: _("Substantiated"),
        Finding.PARTLY: _("Partly substantiated"),
        Finding.UNSUBSTANTIATED: _("Unsubstantiated"),
        Finding.INCONCLUSIVE: _("Could not be established"),
        Finding.REFUTED: _("Knowingly false"),
        Finding.NOT_INVESTIGATED: _("Not examined"),
    }
    return words[Finding(finding)]


def task_state_words(state: str) -> State:
    """Name where a task stands."""
    words = {
        TaskState.OPEN: _("To be done"),
        TaskState.DONE: _("Done"),
        TaskState.CANCELLED: _("Cancelled"),
    }
    return State(state, words[TaskState(state)])


def outcome_words(outcome: str) -> str:
    """Name with what a case closes."""
    words: dict[Outcome, str] = {
        Outcome.MEASURES: _("Measures were taken"),
        Outcome.NO_ACTION: _("No measures are needed"),
        Outcome.REFERRED: _("The materials were referred"),
    }
    return words[Outcome(outcome)]


def feedback_words(feedback: str) -> str:
    """Say whether the informant heard of the outcome."""
    words: dict[Feedback, str] = {
        Feedback.SENT: _("They were told the outcome"),
        Feedback.UNREACHABLE: _("They could not be reached"),
    }
    return words[Feedback(feedback)]


def reward_words(reward: str) -> str:
    """Say whether a reward can be claimed."""
    words: dict[Reward, str] = {
        Reward.ELIGIBLE: _("The informant can claim a reward"),
        Reward.INELIGIBLE: _("No reward can be claimed"),
        Reward.DECLINED: _("The informant wants no reward"),
    }
    return words[Reward(reward)]


def protection_words(protection: str) -> str:
    """Say whether those who spoke are protected by a plan."""
    words: dict[Protection, str] = {
        Protection.ACTIVE: _("A protection plan is at work"),
        Protection.WAIVED: _("No protection plan is needed"),
    }
    return words[Protection(protection)]


def risk_words(risk: str) -> str:
    """Say what a case says of the risks."""
    words: dict[RiskLink, str] = {
        RiskLink.REVIEW: _("A known risk is assessed again"),
        RiskLink.NEW: _("A new risk is proposed"),
        RiskLink.NONE: _("It concerns no risk"),
    }
    return words[RiskLink(risk)]


DECISION_WORDS: Mapping[str, Callable[[str], str]] = {
    "reward": reward_words,
    "protection": protection_words,
    "risk": risk_words,
}


def destruction_words(reason: str) -> str:
    """Say why nothing of a dossier is to be kept."""
    words: dict[DestructionReason, str] = {
        DestructionReason.RETENTION: _("The time it may be kept is over"),
        DestructionReason.MISTAKE: _("Filed by mistake, or as a test"),
        DestructionReason.COURT_ORDER: _("A court has ordered it"),
    }
    return words[DestructionReason(reason)]


def obstacle_words(obstacle: str) -> str:
    """Say what stands against destroying a dossier."""
    words: dict[Obstacle, str] = {
        Obstacle.HOLD: _("It has to be kept until the hold is lifted."),
        Obstacle.IN_CASE: _("It belongs to a case. The case has to be destroyed first."),
        Obstacle.REPEATED: _(
            "Another report was merged into it. That one has to be destroyed first."
        ),
        Obstacle.OPEN: _("It has not come to its end yet."),
        Obstacle.LETTERS: _(
            "A letter is still on its way to the informant. Try again in a minute."
        ),
    }
    return words[Obstacle(obstacle)]


def hold_words(hold: str) -> str:
    """Say what became of a hold."""
    words: dict[str, str] = {"set": _("Has to be kept"), "lifted": _("The hold was lifted")}
    return words[hold]


def note_kind_words(kind: str) -> str:
    """Name what a note is."""
    words: dict[NoteKind, str] = {
        NoteKind.SUMMARY: _("Summary"),
        NoteKind.PARTY: _("Somebody concerned"),
        NoteKind.REASON: _("Reason"),
        NoteKind.NOTE: _("Note"),
    }
    return words[NoteKind(kind)]
