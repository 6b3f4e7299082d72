"""The forms around a time limit. Each has the limit's kind in its prefix: only one of a kind is open on a page."""

from collections.abc import Iterable
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, TextAreaField
from wtforms.validators import NumberRange

from casework.clocks.models import Clock
from casework.clocks.rules import MAX_AMOUNT
from casework.clocks.states import PAUSES, REASONS, ClockAction, ClockKind, Reason
from casework.web.clock_words import amount_words, reason_words
from casework.web.forms.folded import FoldedForm, WordsForm, obligatory
from portal.forms.fields import Choice


class ReasonForm(FoldedForm):
    """Why a time limit waits, or why something is late: of a list, and in one's own words."""

    reason = Choice(_l("Reason"))
    words = obligatory(TextAreaField, _l("In your own words"), _l("Say why."))

    @classmethod
    def of(cls, action: ClockAction, clock: Clock) -> Self:
        """Make the form with the reasons that fit."""
        form = cls(prefix=f"{action}_{clock.kind}")
        form.reason.choices = [(one.value, reason_words(one)) for one in _fitting(action, clock)]
        return form


class ExtendForm(ReasonForm):
    """How much more time, and why."""

    amount = IntegerField(
        validators=[NumberRange(1, MAX_AMOUNT, _l("Give a whole number from 1 to 366."))]
    )

    @classmethod
    def of(cls, action: ClockAction, clock: Clock) -> Self:
        """Make the form with the unit the clock counts in."""
        form = super().of(action, clock)
        form.amount.label.text = amount_words(clock.unit)
        return form


def form_for(action: ClockAction, clock: Clock) -> Any:
    """Make the form that an act on a clock asks for; None where a button will do."""
    if action == ClockAction.STOP:
        return WordsForm(prefix=f"{action}_{clock.kind}")
    kinds = {
        ClockAction.PAUSE: ReasonForm,
        ClockAction.EXPLAIN: ReasonForm,
        ClockAction.EXTEND: ExtendForm,
    }
    return kinds[action].of(action, clock) if action in kinds else None


def _fitting(action: ClockAction, clock: Clock) -> Iterable[Reason]:
    found = REASONS[action]
    if action == ClockAction.PAUSE:
        found &= PAUSES[ClockKind(clock.kind)]
    return [reason for reason in Reason if reason in found]
