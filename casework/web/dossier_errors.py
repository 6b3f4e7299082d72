"""Why something was not done to a case, in words."""

from collections.abc import Mapping

from flask_babel import gettext as _

from casework.cases.guard import (
    Barred,
    CaseError,
    NotAReader,
    NotReady,
    ReadersDiffer,
    RestsOnIt,
)
from casework.cases.states import CaseAction
from casework.destruction.service import DestructionError, Kept, OwnDestruction
from casework.dossiers.grants import GrantError, LastGrant, NotEligible, OwnRequest, Recused
from casework.evidence.service import Held
from casework.web.dossier_words import obstacle_words
from casework.web.evidence_words import hold_words


def case_error_words(error: CaseError, names: Mapping[str, str]) -> str:
    """Say why a case was not changed; `names` by id of member."""
    if isinstance(error, ReadersDiffer):
        people = ", ".join(sorted(names.get(one, one) for one in error.members))
        differing: str = _(
            "Whoever reads a case has to be able to read all its reports. This would not be so for: %(people)s.",
            people=people,
        )
        return differing
    if isinstance(error, NotReady):
        return " ".join(_lacking()[lack] for lack in error.lacks)
    if isinstance(error, Held):
        return hold_words(error.hold)
    if isinstance(error, Barred) and CaseAction.DESTROY_EVIDENCE in error.args:
        return str(_("Who works a case does not destroy its evidence. A colleague has to."))
    words: dict[type[CaseError], str] = {
        Barred: _(
            "Somebody else has to decide this: neither who works the case, nor who took its reports in, "
            "nor who asked for its end."
        ),
        NotAReader: _("They cannot read this case."),
        RestsOnIt: _(
            "A file of this report is registered as evidence. Return it to the report first."
        ),
    }
    return words[type(error)]


def grant_error_words(error: GrantError) -> str:
    """Say why somebody was not given, or not left without, access."""
    words: dict[type[GrantError], str] = {
        Recused: _("They are recused. That is final."),
        NotEligible: _("Their account is closed, or reads nothing."),
        OwnRequest: _("You asked for this. Someone else has to agree."),
        LastGrant: _("Nobody else could read it any more. Let somebody else read it first."),
    }
    return words[type(error)]


def destruction_error_words(error: DestructionError) -> str:
    """Say why a dossier is not destroyed."""
    if isinstance(error, Kept):
        return obstacle_words(error.obstacle)
    words: dict[type[DestructionError], str] = {
        OwnDestruction: _("You asked for this. Someone else has to agree."),
    }
    return words[type(error)]


def _lacking() -> dict[str, str]:
    return {
        "allegation": _("State at least one allegation first."),
        "finding": _("Each allegation needs a finding first."),
        "task": _("Finish or cancel the open tasks first."),
        "feedback": _(
            "Write to each informant what came of it, or say that they could not be reached."
        ),
        "reward": _("Decide whether a reward can be claimed, and say why if not."),
        "protection": _("Decide about the protection plan, and say why none is needed."),
        "risk": _("Decide which risk it concerns, and say why if none."),
    }
