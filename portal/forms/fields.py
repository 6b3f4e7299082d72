"""What the forms of both sides share: how typed text is cleaned, and choices as tick boxes."""

import unicodedata
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, SelectMultipleField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

SHORT_TEXT = 10_000
LONG_TEXT = 200_000
# Unicode's Cc, for ever these 65; a line end and a tab are text.
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})


def clean(text: str | None) -> str | None:
    """Give typed text as it is kept: NFC, one kind of line end, no control characters, no blanks around it.

    A NUL or an escape sequence reaches neither a database nor a terminal (A11, C18). A field left out stays None.
    """
    if text is None:
        return None
    unified = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return unified.translate(_CONTROLS).strip()


def at_most(limit: int) -> Length:
    """Refuse longer text, naming the limit."""
    return Length(max=limit, message=lazy_gettext("This is longer than %(max)d characters."))


def entered(field: Field) -> str:
    """Give what was typed into a field that its validators have found filled in."""
    return str(field.data or "")


class Choice(SelectField):
    """One choice of a list; what is not on it is refused in the page's own language, which WTForms may not speak."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(gettext("Choose from the list.")) from error


class Checkboxes(SelectMultipleField):
    """Several choices as tick boxes: they work by keyboard and without JavaScript."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not on the list."""
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(gettext("Choose from the list.")) from error


class Form(FlaskForm):
    """A form of either side. CSRF is checked once, for every unsafe request, by the application itself."""

    class Meta(FlaskForm.Meta):
        csrf = False
