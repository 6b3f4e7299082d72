"""The members of the office, and their sessions.

A member's private key is here only wrapped: under their password, and under their printed recovery code. The secret of their
second factor is sealed to that key, so that a stolen database yields neither factor.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.records import ID_LENGTH, CaseworkModel, guard, has_bytes, is_id, new_id, one_of
from casework.staff.states import AccountState, Role
from crypto.recipients import RECIPIENT_BYTES
from portal.session_rows import HASH_BYTES, SessionColumns

USERNAME_LENGTH = 32
NAME_LENGTH = 120
POSITION_LENGTH = 64

_KEYS = ("recipient", "password_wrap", "recovery_wrap", "totp_sealed")


class Member(CaseworkModel):
    """An account: invited, then active with a key pair of its own, in the end disabled; never deleted."""

    __tablename__ = "members"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(username) >= 2", name="username"),
        CheckConstraint("length(name) >= 1", name="name"),
        one_of("role", Role, "role"),
        one_of("state", AccountState, "state"),
        has_bytes("recipient", RECIPIENT_BYTES, "recipient_length"),
        has_bytes("invitation_hash", HASH_BYTES, "invitation_hash_length"),
        # Neither of them has a desk, so the signed list of receivers can never name one.
        CheckConstraint(
            "(role IN ('administrator', 'auditor')) = (position IS NULL)", name="position"
        ),
        CheckConstraint(
            f"state <> 'active' OR ({' AND '.join(f'{key} IS NOT NULL' for key in _KEYS)})",
            name="active_has_keys",
        ),
        CheckConstraint(
            "(state = 'invited') = (invitation_hash IS NOT NULL)", name="invited_has_invitation"
        ),
        CheckConstraint(
            "(invitation_hash IS NULL) = (invitation_expires IS NULL)", name="invitation_expires"
        ),
        CheckConstraint("roster_key IS NULL OR role = 'administrator'", name="roster_key"),
        CheckConstraint("totp_step >= 0", name="totp_step"),
        has_bytes("next_recipient", RECIPIENT_BYTES, "next_recipient_length"),
        CheckConstraint("(next_recipient IS NULL) = (next_sealed IS NULL)", name="next_key"),
        CheckConstraint("former_until IS NULL OR former_sealed IS NOT NULL", name="former_until"),
        # Two people in one position would read what one of them was excluded from (F2).
        Index(
            "uq_members_position_in_use",
            "position",
            unique=True,
            sqlite_where=sa.text("state <> 'disabled'"),
            postgresql_where=sa.text("state <> 'disabled'"),
        ),
    )

    username: Mapped[str] = mapped_column(String(USERNAME_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(String(16))
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default_factory=new_id)
    position: Mapped[str | None] = mapped_column(String(POSITION_LENGTH), default=None)
    state: Mapped[str] = mapped_column(String(16), default=AccountState.INVITED)
    invitation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(HASH_BYTES), default=None)
    invitation_expires: Mapped[date | None] = mapped_column(default=None)
    recipient: Mapped[bytes | None] = mapped_column(LargeBinary(RECIPIENT_BYTES), default=None)
    password_wrap: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    recovery_wrap: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    # The last thirty-second step whose code was used: a code works once, and never after a later one (A19, A20).
    totp_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    roster_key: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    # A new key on its way: its public half, and the private one sealed to the present key, which alone opens anything until then.
    next_recipient: Mapped[bytes | None] = mapped_column(LargeBinary(RECIPIENT_BYTES), default=None)
    next_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    # The key before this one, sealed to this one, for reports that still come to it; and the day after which none can.
    former_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    former_until: Mapped[date | None] = mapped_column(default=None)


class StaffSession(SessionColumns, CaseworkModel):
    """A member's session in one browser; all of a member's end together when the account does (A13)."""

    __tablename__ = "sessions"

    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), index=True, kw_only=True
    )


# Who audits has never been anything else in this account, and never becomes it: what they read once, they would still hold.
_KEEPS = "'an account is an auditor''s for good, or never'"
guard(
    "members",
    sqlite=(
        (
            "CREATE TRIGGER members_auditor_for_good BEFORE UPDATE OF role ON members "
            "WHEN (NEW.role = 'auditor') <> (OLD.role = 'auditor') "
            f"BEGIN SELECT RAISE(ABORT, {_KEEPS}); END"
        ),
    ),
    postgresql=(
        (
            "CREATE OR REPLACE FUNCTION members_audit_for_good() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION {_KEEPS} USING ERRCODE = 'integrity_constraint_violation'; END $$"
        ),
        (
            "CREATE TRIGGER members_auditor_for_good BEFORE UPDATE OF role ON members "
            "FOR EACH ROW WHEN ((NEW.role = 'auditor') <> (OLD.role = 'auditor')) "
            "EXECUTE FUNCTION members_audit_for_good()"
        ),
    ),
)
