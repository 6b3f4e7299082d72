"""The forms around conflicts of interest."""

from collections.abc import Sequence
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from casework.interests.states import Tie
from casework.web.forms.folded import obligatory
from casework.web.words import tie_words
from portal.forms.fields import Choice, Form

Choices = Sequence[tuple[str, str]]


class DeclarationForm(Form):
    """What ties whom to which unit."""

    about = Choice(_l("Whom it is about"))
    unit = Choice(_l("Unit"))
    tie = Choice(_l("What ties them to it"))
    words = obligatory(
        TextAreaField, _l("With whom, and since when or until when"), _l("Say with whom.")
    )

    @classmethod
    def of(cls, people: Choices, units: Choices, *, empty: bool = False) -> Self:
        """Make the form with those it may be about and the organisation's units; `empty`, whatever the request brought."""
        form = cls(formdata=None) if empty else cls()
        form.about.choices = people
        form.unit.choices = units
        form.tie.choices = [(one.value, tie_words(one)) for one in Tie]
        return form


class ConflictForm(Form):
    """Why somebody works on something in spite of what ties them to it."""

    conflict = obligatory(
        TextAreaField, _l("Why it goes on all the same"), _l("Say why, or do something else.")
    )
