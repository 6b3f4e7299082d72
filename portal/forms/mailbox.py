"""The forms around the case token and the mailbox it opens."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from crypto.errors import TokenError, TokenFault
from crypto.tokens import CaseToken, parse_token
from portal.forms.fields import LONG_TEXT, Form, at_most, clean

FAULTS = {
    TokenFault.EMPTY: _l("Type your code."),
    TokenFault.UNREADABLE: _l("This is not a code of ours. It is 25 digits, or eight words."),
    TokenFault.LENGTH: _l("Some digits or words are missing, or there are too many."),
    TokenFault.CHECK: _l("There is a mistake in the code. Compare it with what you wrote down."),
}


class TokenForm(Form):
    """The case token in either spelling. A mistyped one is named here, before any slow work."""

    token = StringField(_l("Your code"))
    parsed: CaseToken

    def validate_token(self, field: Any) -> None:
        """Parse what was typed; the token is then in `parsed`."""
        try:
            self.parsed = parse_token(field.data or "")
        except TokenError as error:
            raise ValidationError(FAULTS[error.kind]) from error


class MessageForm(Form):
    """A later message: text, files, or both. The hidden fields come first, so that they are read before any file."""

    submission = HiddenField()
    draft = HiddenField()
    text = TextAreaField(_l("Your message"), filters=[clean], validators=[at_most(LONG_TEXT)])


class ReturnForm(TokenForm):
    """The way in; whoever was shut out while they were writing brings their message along."""

    text = TextAreaField(_l("Your message"), filters=[clean], validators=[at_most(LONG_TEXT)])
