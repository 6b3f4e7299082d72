"""The form in which somebody asks that a dossier be destroyed."""

from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from casework.destruction.states import DestructionReason
from casework.web.dossier_words import destruction_words
from casework.web.forms.folded import FoldedForm, WordsForm
from portal.forms.fields import Choice


class DestructionForm(FoldedForm):
    """Why nothing of it is to be kept."""

    reason = Choice(
        _l("Reason"), default="", validators=[DataRequired(_l("Choose from the list."))]
    )

    @classmethod
    def of(cls) -> Self:
        """Make the form with its list."""
        form = cls(prefix="destruction")
        form.reason.choices = [
            ("", _("Not said")),
            *((one.value, destruction_words(one)) for one in DestructionReason),
        ]
        return form


class HoldForm(WordsForm):
    """Why a dossier has to be kept, or no longer has to."""
