"""What the office calls things in a page."""

from flask_babel import gettext as _

from casework.dossiers.states import DossierKind
from casework.interests.states import Tie
from casework.people.leaving import Sole
from casework.staff.errors import (
    LastAdministrator,
    NameRefused,
    NoAuditKey,
    PositionTaken,
    PositionUnfit,
    StaffError,
    UsernameRefused,
    UsernameTaken,
)
from casework.staff.states import AccountState, Role
from crypto.passwords import MIN_PASSWORD_LENGTH, PasswordFault
from portal.errors import TooMany
from portal.views.words import State


def role_words(role: str) -> str:
    """Name a role."""
    words: dict[Role, str] = {
        Role.HEAD: _("Head of the service"),
        Role.INVESTIGATOR: _("Investigator"),
        Role.OVERSIGHT: _("Oversight desk"),
        Role.ADMINISTRATOR: _("Administrator"),
        Role.AUDITOR: _("Auditor"),
    }
    return words[Role(role)]


def desk_words(desk: str) -> str:
    """Name a desk that receives reports."""
    words: dict[str, str] = {"service": _("The service"), "oversight": _("Oversight desk")}
    return words[desk]


def tie_words(tie: str) -> str:
    """Name what ties somebody to a unit."""
    words: dict[Tie, str] = {
        Tie.RELATED: _("Somebody close works there"),
        Tie.REPORTS_TO: _("Answers to somebody there"),
        Tie.FORMERLY_WORKED: _("Formerly worked there"),
    }
    return words[Tie(tie)]


def sole_words(sole: Sole) -> str:
    """Say how much only one member can read, and of which kind."""
    kinds: dict[DossierKind, str] = {
        DossierKind.REPORT: _("reports"),
        DossierKind.CASE: _("cases"),
    }
    counted = [f"{kinds[kind]}: {count}" for kind, count in sorted(sole.dossiers.items())]
    if sole.unclaimed:
        counted.append(_("reports nobody has found yet: %(count)s", count=sole.unclaimed))
    words: str = _(
        "Only they can read this, and it would be lost: %(what)s. "
        "First they let a colleague read it; what nobody has found yet comes when those who receive reports sign in.",
        what=", ".join(counted),
    )
    return words


def account_state_words(state: str) -> State:
    """Name an account's state."""
    words = {
        AccountState.INVITED: _("Invited"),
        AccountState.ACTIVE: _("Active"),
        AccountState.DISABLED: _("Disabled"),
    }
    return State(state, words[AccountState(state)])


def staff_error_words(error: StaffError) -> str:
    """Say why an account was not made or closed."""
    words: dict[type[StaffError], str] = {
        UsernameRefused: _(
            "A user name has 2 to 32 small Latin letters, digits, dots, dashes or underscores."
        ),
        NameRefused: _("Enter a name."),
        UsernameTaken: _("There is already an account of this name."),
        PositionTaken: _("Somebody holds this position already."),
        PositionUnfit: _("This position does not belong to this role."),
        LastAdministrator: _(
            "This is the only administrator. Invite another one first, and wait until they have enrolled."
        ),
        NoAuditKey: _(
            "You do not hold the auditors' key yourself. Another auditor gives it to you."
        ),
    }
    return words[type(error)]


def password_fault_words(fault: PasswordFault) -> str:
    """Say what is wrong with a new password."""
    words: dict[PasswordFault, str] = {
        PasswordFault.SHORT: _(
            "At least %(number)s characters. Four words are easy to remember.",
            number=MIN_PASSWORD_LENGTH,
        ),
        PasswordFault.LONG: _("This is too long."),
        PasswordFault.NAME: _("Your user name does not count as part of the password."),
        PasswordFault.COMMON: _("This would be among the first to be tried. Take four words."),
    }
    return words[fault]


def wait_words(error: TooMany) -> str:
    """Say how long to wait after too many tries."""
    words: str = _(
        "Too many tries. Wait %(seconds)s seconds. Nothing is locked.", seconds=error.retry_after
    )
    return words
