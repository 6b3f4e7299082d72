"""What both sides call things in a page: states, and the answers of a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask import g
from flask_babel import gettext as _

from portal.clock import add_months
from portal.i18n import LANGUAGE_NAMES
from portal.mailbox.models import Mailbox, PublicState
from portal.organisation import Organisation


@dataclass(frozen=True, slots=True)
class State:
    """A state as a page shows it."""

    key: str
    words: str


def state_words(state: str) -> State:
    """Name a public state."""
    words = {
        PublicState.RECEIVED: _("Received"),
        PublicState.IN_REVIEW: _("Being examined"),
        PublicState.QUESTION: _("We have a question"),
        PublicState.CLOSED: _("Finished"),
    }
    return State(state, words[PublicState(state)])


def next_step(
    mailbox: Mailbox, organisation: Organisation, *, arrived: bool
) -> tuple[str, date | None]:
    """Say what happens next, and by when; `arrived`: the service has collected the report, whether or not anybody read it."""
    clocks = organisation.clocks
    if mailbox.public_state == PublicState.CLOSED:
        return _("This is finished. You can still write to us here."), None
    if mailbox.public_state == PublicState.QUESTION:
        return _("We have asked you something. Please answer below, if you can do so safely."), None
    if mailbox.acknowledged_on is None:
        due = mailbox.received_on + timedelta(days=clocks.acknowledge_days)
        if arrived:
            return _(
                "Your report has reached the service. We will confirm here that it was read."
            ), due
        return _("We will confirm here that we have read your report."), due
    due = add_months(mailbox.acknowledged_on, clocks.feedback_months)
    return _("We are examining it and will tell you here what came of it."), due


def answer_list(answers: Mapping[str, str], organisation: Organisation) -> list[tuple[str, str]]:
    """Give a report's answers as (question, answer), in the form's order, ids as their labels."""
    language = g.language
    labelled = {"category": organisation.categories, "unit": organisation.units}
    positions = [
        organisation.label(organisation.positions, position, language)
        for position in answers.get("concerned", "").split(",")
        if position
    ]
    questions = {
        "category": _("What it is about"),
        "unit": _("Unit"),
        "place": _("Where"),
        "period": _("When"),
        "people": _("Who is involved"),
        "source": _("How it is known"),
    }
    given = [
        (
            words,
            organisation.label(labelled[name], answers[name], language)
            if name in labelled
            else answers[name],
        )
        for name, words in questions.items()
        if answers.get(name)
    ]
    return given + ([(_("Concerns in the service"), ", ".join(positions))] if positions else [])


def language_name(code: str) -> str:
    """Name a language in itself."""
    return LANGUAGE_NAMES.get(code, code)
