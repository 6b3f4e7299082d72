"""What the forms of both sides share: how typed text is cleaned, and choices as tick boxes."""

import unicodedata

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

SHORT_TEXT = 10_000


def clean(text: str | None) -> str | None:
    """Give typed text as it is kept: NFC, one kind of line end, no control characters, no blanks around it.

    A NUL or an escape sequence reaches neither a database nor a terminal (A11, C18). A field left out stays None.
    """
    if text is None:
        return None
    unified = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


def at_most(limit: int) -> Length:
    """Refuse longer text, naming the limit."""
    return Length(max=limit, message=lazy_gettext("This is longer than %(max)d characters."))


class Checkboxes(SelectMultipleField):
    """Several choices as tick boxes: they work by keyboard and without JavaScript."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Form(FlaskForm):
    """A form of either side. CSRF is checked once, for every unsafe request, by the application itself."""

    class Meta(FlaskForm.Meta):
        csrf = False
