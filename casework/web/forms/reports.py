"""The forms around a report."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from casework.dossiers.states import LetterPurpose
from portal.forms.fields import LONG_TEXT, SHORT_TEXT, Choice, Form, at_most, clean

# Anything a browser or a telephone would offer to open: a scheme, www, four numbers, a name with a path behind it, or one
# with a known kind of ending. Too much is asked rather than too little.
_ADDRESS = re.compile(
    r"\w://|\bwww\.|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w-]\.[a-z]{2,}[/:]"
    r"|[\w-]\.(?:com|net|org|info|ru|uz|kz|su|de|uk|eu|cn|io|me|ly|gl|cc|co|app|dev|link|site|online|xyz|top|onion|рф)\b",
    re.IGNORECASE,
)
# What the organisation's letters leave open.
GAP = "[…]"


class SearchForm(Form):
    """Words to look for, in the reports this member may read."""

    q = StringField(_l("Search"), filters=[clean], validators=[at_most(SHORT_TEXT)])


class ReplyForm(Form):
    """A reply to the informant. The hidden fields come first, so that they are read before any file."""

    submission = HiddenField()
    draft = HiddenField()
    letter = Choice(_l("A letter to begin with"), default="")
    text = TextAreaField(_l("Reply"), filters=[clean], validators=[at_most(LONG_TEXT)])
    purpose = Choice(_l("What the letter is"), default="")
    confirm_address = BooleanField(
        _l("Send it with the web address. Whoever runs that site can see who opens it.")
    )

    @classmethod
    def of(cls, letters: Sequence[tuple[str, str]] = (), *, empty: bool = False) -> "ReplyForm":
        """Make the form with its lists, the letters from the organisation; `empty`, whatever the request brought."""
        form = cls(formdata=None) if empty else cls()
        form.letter.choices = [("", _("None of them")), *letters]
        form.purpose.choices = [
            ("", _("A message")),
            (
                LetterPurpose.QUESTION,
                _("A question: the informant sees that we wait for an answer"),
            ),
            (LetterPurpose.OUTCOME, _("Feedback: it says what came of the report")),
        ]
        return form

    @property
    def told(self) -> LetterPurpose | None:
        """What the letter is for, if it is more than a message."""
        return LetterPurpose(self.purpose.data) if self.purpose.data else None

    @property
    def has_address(self) -> bool:
        """Whether the text leads to some other site."""
        plain = unicodedata.normalize("NFKC", self.text.data or "").replace("。", ".")
        return _ADDRESS.search(plain) is not None

    def begin_with(self, letter: str) -> None:
        """Put a letter's text after what was typed; the choice is made anew."""
        self.text.data = "\n\n".join(part for part in (self.text.data, letter) if part)
        self.letter.data = ""

    def validate_text(self, field: Any) -> None:
        """Hold back a letter that was not filled in."""
        if GAP in (field.data or ""):
            raise ValidationError(_("Fill in the gaps first, or take them out: %(gap)s", gap=GAP))

    def validate_confirm_address(self, field: Any) -> None:
        """Hold back a reply that could lead an informant into a trap, until its author says again that it is meant (F20)."""
        if self.has_address and not field.data:
            raise ValidationError(
                _(
                    "There is a web address in the reply. If the informant opens it, that site sees them. "
                    "Take it out, or tick below that you mean it."
                )
            )
