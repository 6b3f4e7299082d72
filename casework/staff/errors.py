"""What the office's accounts refuse."""


class StaffError(Exception):
    """The family."""


class UsernameRefused(StaffError):
    """A user name is 2 to 32 small Latin letters, digits, dots, dashes or underscores."""


class NameRefused(StaffError):
    """A full name is 1 to 120 characters that can be printed."""


class UsernameTaken(StaffError):
    """There is, or was, an account of this name."""


class PositionTaken(StaffError):
    """Somebody holds this position."""


class PositionUnfit(StaffError):
    """This position does not belong to this role."""


class InvitationRefused(StaffError):
    """No open invitation has this name and code, or its day has passed."""


class LoginRefused(StaffError):
    """The name and the password, or the recovery code, do not belong together; which of them is wrong stays unsaid."""


class CodeRefused(StaffError):
    """The six digits are not the present ones, or were used before."""


class LastAdministrator(StaffError):
    """Without an administrator nobody could ever be invited again."""


class NoAuditKey(StaffError):
    """Whoever does not hold the auditors' key cannot give it."""
