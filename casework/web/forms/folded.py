"""A form that stays folded on its page: several stand there, and each finds what was typed into it by its prefix."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from portal.forms.fields import SHORT_TEXT, Form, at_most, clean


def obligatory(kind: type[StringField], label: Any, missing: Any) -> Any:
    """Make a field of text that has to be filled in; `missing` says so where it was not."""
    return kind(label, filters=[clean], validators=[DataRequired(missing), at_most(SHORT_TEXT)])


class FoldedForm(Form):
    """Made with a prefix of its own; a page made anew with a request that brought it shows it unfolded."""

    @property
    def is_sent(self) -> bool:
        """Whether this request brought it."""
        return any(name.startswith(self._prefix) for name in request.form)


class WordsForm(FoldedForm):
    """Why something is done."""

    words = obligatory(TextAreaField, _l("In your own words"), _l("Say why."))
