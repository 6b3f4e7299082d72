"""The rules of accounts: pure functions of what they are given."""

import hmac
import re
import unicodedata
from datetime import date, datetime, timedelta

import pyotp

from casework.staff.models import NAME_LENGTH
from casework.staff.states import Role
from portal.organisation import Position
from portal.roster import OVERSIGHT, SERVICE

INVITATION_DAYS = 7
# How long somebody who has just proved who they are is not asked again before what gives, takes or lets out.
PROOF_LASTS = timedelta(minutes=5)
STEP_SECONDS = 30
# A clock may go half a minute wrong either way.
_WINDOW = (0, -1, 1)
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_CODE = re.compile(r"[0-9]{6}")
# Who sits at no desk: the signed list of receivers can name neither.
WITHOUT_POSITION = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


def is_username(text: str) -> bool:
    """Whether it is 2 to 32 small Latin letters, digits, dots, dashes and underscores: no two such names look alike (C16)."""
    return _USERNAME.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether it can be shown as it is: nothing in it controls a terminal or turns the direction of the text (C15, C23)."""
    return 0 < len(text) <= NAME_LENGTH and text.isprintable() and text == text.strip()


def fits(role: Role, position: Position | None) -> bool:
    """Whether a role belongs to a position: who receives reports sits at their desk, and the head is the head."""
    if position is None:
        return role in WITHOUT_POSITION
    if position.desk == OVERSIGHT:
        return role == Role.OVERSIGHT
    return position.desk == SERVICE and role == (Role.HEAD if position.head else Role.INVESTIGATOR)


def invitation_end(today: date) -> date:
    """Give the last day on which an invitation of today works."""
    return today + timedelta(days=INVITATION_DAYS)


def is_code(text: str) -> bool:
    """Whether it is six digits, however a keyboard writes them: no password is that short."""
    return _CODE.fullmatch(_digits(text)) is not None


def is_recent(proved: datetime, now: datetime) -> bool:
    """Whether somebody has proved just now who they are; a moment that lies ahead means a clock turned back (F27)."""
    return timedelta() <= now - proved < PROOF_LASTS


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Find which thirty-second step a code belongs to, among the present one and its neighbours."""
    digits = _digits(code)
    if not _CODE.fullmatch(digits):
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    matching = [
        present + offset
        for offset in _WINDOW
        if hmac.compare_digest(totp.generate_otp(present + offset), digits)
    ]
    return matching[0] if matching else None


def _digits(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code).split())
