"""What the office calls things about reports and cases in a page."""

from flask_babel import gettext as _

from casework.dossiers.states import ReportState, Route, SetAside
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
