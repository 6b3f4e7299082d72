"""The form in which the end of a case is asked for."""

from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, ValidationError

from casework.cases.closing import Proposal
from casework.cases.rules import is_decided
from casework.cases.states import DECISIONS, Feedback, Outcome, Protection, Reward, RiskLink
from casework.web.dossier_words import DECISION_WORDS, feedback_words, outcome_words
from casework.web.forms.folded import FoldedForm, obligatory
from portal.forms.fields import SHORT_TEXT, Choice, at_most, clean, entered


def _decision(label: Any) -> Any:
    return Choice(label, default="", validators=[DataRequired(_l("Choose from the list."))])


def _reason(label: Any) -> Any:
    return TextAreaField(label, filters=[clean], validators=[at_most(SHORT_TEXT)])


class ClosureForm(FoldedForm):
    """With what a case is to close, and what is decided with it; each decision that needs a reason has a field for it."""

    outcome = Choice(_l("Outcome"))
    words = obligatory(
        TextAreaField, _l("What was found, and what is done about it"), _l("Say what was found.")
    )
    feedback = _decision(_l("What the informant was told"))
    reward = _decision(_l("Reward"))
    reward_reason = _reason(_l("If no reward: why"))
    protection = _decision(_l("Protection against retaliation"))
    protection_reason = _reason(_l("If no plan: why"))
    risk = _decision(_l("Risks"))
    risk_reason = _reason(_l("If no risk: why"))

    @classmethod
    def of(cls) -> Self:
        """Make the form with its lists."""
        form, nothing = cls(prefix="closure"), ("", _("Not decided yet"))
        form.outcome.choices = [(one.value, outcome_words(one)) for one in Outcome]
        form.feedback.choices = [
            nothing,
            *((one.value, feedback_words(one)) for one in Feedback),
        ]
        for name, codes in DECISIONS.items():
            form[name].choices = [
                nothing,
                *((one.value, DECISION_WORDS[name](one)) for one in codes),
            ]
        return form

    def proposal(self) -> Proposal:
        """Give what was filled in."""
        return Proposal(
            outcome=Outcome(self.outcome.data),
            feedback=Feedback(self.feedback.data),
            reward=Reward(self.reward.data),
            protection=Protection(self.protection.data),
            risk=RiskLink(self.risk.data),
            words=entered(self.words),
            reasons=self._reasons(),
        )

    def validate_reward_reason(self, field: Any) -> None:
        """Ask for the reason of a decision that needs one."""
        self._ask_why(field)

    def validate_protection_reason(self, field: Any) -> None:
        """Likewise."""
        self._ask_why(field)

    def validate_risk_reason(self, field: Any) -> None:
        """Likewise."""
        self._ask_why(field)

    def _ask_why(self, field: Any) -> None:
        name = field.short_name.removesuffix("_reason")
        chosen = self[name].data
        if chosen and not is_decided(name, {name: chosen}, self._reasons()):
            raise ValidationError(_("Say why."))

    def _reasons(self) -> dict[str, str]:
        given = {name: entered(self[f"{name}_reason"]) for name in DECISIONS}
        return {name: words for name, words in given.items() if words}
