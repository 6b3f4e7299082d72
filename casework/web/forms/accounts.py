"""The forms of signing in, enrolling, recovering, and administering accounts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, ValidationError

from casework.staff.models import NAME_LENGTH
from casework.staff.rules import fits
from casework.staff.states import Role
from casework.web.forms.folded import FoldedForm
from casework.web.words import password_fault_words, role_words
from crypto.passwords import MAX_PASSWORD_BYTES, password_problem
from portal.forms.fields import Choice, Form, at_most, clean
from portal.organisation import Organisation, Position

_SHORT = 200


def _username(text: str | None) -> str | None:
    """Spell a user name as it is stored: keyboards put a capital in front, and blanks behind."""
    return text.strip().lower() if text else text


def _printed(text: str | None) -> str | None:
    """Give a name as it can be printed: on one line, without marks that turn its direction or cannot be seen (C15)."""
    words = (clean(text) or "").split()
    return " ".join("".join(c for c in word if c.isprintable()) for word in words)


class LoginForm(Form):
    """User name and password. A password beyond any limit is refused before it costs anything (A9)."""

    username = StringField(
        _l("User name"),
        filters=[_username],
        validators=[InputRequired(_l("Enter your user name.")), at_most(_SHORT)],
    )
    password = PasswordField(
        _l("Password"),
        validators=[InputRequired(_l("Enter your password.")), at_most(MAX_PASSWORD_BYTES)],
    )


class CodeForm(Form):
    """The second factor."""

    code = StringField(
        _l("Six digits"),
        validators=[InputRequired(_l("Enter the six digits.")), at_most(_SHORT)],
    )


class StepUpForm(Form):
    """Either factor once more."""

    step_up = PasswordField(
        _l("Your password, or the six digits"),
        validators=[
            InputRequired(_l("Enter your password, or the six digits.")),
            at_most(MAX_PASSWORD_BYTES),
        ],
    )


class NewPasswordForm(Form):
    """A code from paper, and a new password, twice."""

    username = StringField(
        _l("User name"),
        filters=[_username],
        validators=[InputRequired(_l("Enter your user name.")), at_most(_SHORT)],
    )
    code = StringField(
        _l("Invitation code"),
        validators=[InputRequired(_l("Enter the code.")), at_most(_SHORT)],
    )
    password = PasswordField(
        _l("New password"), validators=[InputRequired(_l("Choose a password."))]
    )
    again = PasswordField(_l("The same password again"))

    def validate_password(self, field: Any) -> None:
        """Refuse what is easily guessed."""
        _refuse_guessable(field.data, self.username.data or "")

    def validate_again(self, field: Any) -> None:
        """Refuse a slip of the finger, which would lock the key for ever."""
        _refuse_slip(self.password.data, field.data)


class PasswordForm(FoldedForm):
    """A new password for the member at work, twice."""

    password = PasswordField(
        _l("New password"), validators=[InputRequired(_l("Choose a password."))]
    )
    again = PasswordField(_l("The same password again"))
    username = ""

    @classmethod
    def of(cls, prefix: str, username: str) -> "PasswordForm":
        """Make the form of this prefix for somebody of this user name."""
        form = cls(prefix=prefix)
        form.username = username
        return form

    def validate_password(self, field: Any) -> None:
        """Refuse what is easily guessed."""
        _refuse_guessable(field.data, self.username)

    def validate_again(self, field: Any) -> None:
        """Refuse a slip of the finger."""
        _refuse_slip(self.password.data, field.data)


class RecoveryForm(NewPasswordForm):
    """The printed recovery code, and a new password."""

    code = StringField(
        _l("Recovery code"),
        validators=[InputRequired(_l("Enter the code.")), at_most(_SHORT)],
    )


class InvitationForm(Form):
    """A new account."""

    username = StringField(
        _l("User name"),
        filters=[_username],
        validators=[InputRequired(_l("Enter a user name.")), at_most(_SHORT)],
    )
    name = StringField(
        _l("Full name"),
        filters=[_printed],
        validators=[InputRequired(_l("Enter a name.")), at_most(NAME_LENGTH)],
    )
    role = Choice(_l("Role"))
    position = Choice(_l("Position"), default="")
    positions: dict[str, Position]

    @classmethod
    def of(
        cls, organisation: Organisation, language: str, *, empty: bool = False
    ) -> "InvitationForm":
        """Make the form with the organisation's positions, worded in `language`; `empty`, whatever the request brought."""
        form = cls(formdata=None) if empty else cls()
        form.role.choices = [(role.value, role_words(role)) for role in Role]
        form.position.choices = [
            ("", _("None: the account reads nothing")),
            *((p.id, organisation.text(p.label, language)) for p in organisation.positions),
        ]
        form.positions = {position.id: position for position in organisation.positions}
        return form

    def validate_position(self, field: Any) -> None:
        """Hold the role to its desk: only who sits at one receives reports, and the head is the head."""
        position = self.positions.get(field.data or "")
        if self.role.data in set(Role) and not fits(Role(self.role.data), position):
            raise ValidationError(_("This position does not belong to this role."))


def _refuse_guessable(password: str, username: str) -> None:
    if fault := password_problem(password, username):
        raise ValidationError(password_fault_words(fault))


def _refuse_slip(password: str | None, again: str | None) -> None:
    if again != password:
        raise ValidationError(_("The two passwords differ."))
