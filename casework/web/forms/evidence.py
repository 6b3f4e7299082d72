"""The forms around a case's evidence."""

from collections.abc import Sequence
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError

from casework.web.forms.folded import FoldedForm, obligatory
from portal.forms.fields import Checkboxes, Choice

Choices = Sequence[tuple[str, str]]


class RegisterForm(FoldedForm):
    """Where something came from, and what it is. The files, if it has any, come last."""

    source = obligatory(StringField, _l("Where it came from"), _l("Say where it came from."))
    description = obligatory(TextAreaField, _l("What it is"), _l("Say what it is."))


class CopyForm(FoldedForm):
    """Nothing to fill in."""


class ReasonForm(FoldedForm):
    """Why something is done with an item."""

    words = obligatory(TextAreaField, _l("Reason"), _l("Say why."))


class ExportForm(FoldedForm):
    """Which items leave the office, and why."""

    items = Checkboxes(_l("Items"))
    words = obligatory(TextAreaField, _l("For whom, and why"), _l("Say for whom, and why."))

    @classmethod
    def of(cls, items: Choices) -> Self:
        """Make the form with the items the case holds."""
        form = cls(prefix="export")
        form.items.choices = items
        return form

    def validate_items(self, field: Any) -> None:
        """Refuse an empty archive."""
        if not field.data:
            raise ValidationError(_("Choose at least one item."))


class CiteForm(FoldedForm):
    """Which finding rests on an item."""

    allegation = Choice(_l("Allegation"))

    @classmethod
    def of(cls, number: int, allegations: Choices) -> Self:
        """Make the form of the item of this number."""
        form = cls(prefix=f"cite{number}")
        form.allegation.choices = allegations
        return form
