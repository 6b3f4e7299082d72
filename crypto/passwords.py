"""Argon2id profiles, and a member's identity wrapped under a password or a recovery code.

There is no password hash: a password is right if the wrap opens (docs/adr/0003).
"""

import base64
import os
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from argon2.low_level import Type, hash_secret_raw

from crypto.boxes import open_box, seal_box
from crypto.errors import OpenError, PasswordError
from crypto.recipients import SEED_BYTES, Identity


@dataclass(frozen=True, slots=True)
class Profile:
    """What one Argon2id costs: KiB of memory, passes, lanes."""

    name: str
    memory_kib: int
    time_cost: int
    parallelism: int


# OWASP Password Storage Cheat Sheet: 19 MiB, t=2, p=1. For case tokens, whose 80 bits carry the security.
OWASP_MINIMUM = Profile("owasp-minimum", 19 * 1024, 2, 1)
# RFC 9106, section 4, second recommended option: 64 MiB, t=3, p=4. For passwords people choose.
RFC9106_SECOND = Profile("rfc9106-second", 64 * 1024, 3, 4)
# For tests only: settings refuse it unless they say they are testing.
CHEAP = Profile("cheap", 8, 1, 1)
PROFILES = {profile.name: profile for profile in (OWASP_MINIMUM, RFC9106_SECOND, CHEAP)}

SALT_BYTES = 16
MAX_PASSWORD_BYTES = 1024
MIN_PASSWORD_LENGTH = 12

_VERSION = b"ishonch/wrap/v1"
_RECOVERY_BYTES = 20
_COMMON = ("password", "qwerty", "123456", "ishonch", "admin", "parol", "пароль", "йцукен")


class PasswordFault(StrEnum):
    """Why a new password is refused."""

    SHORT = "short"
    LONG = "long"
    NAME = "name"
    COMMON = "common"


def derive(secret: bytes, salt: bytes, profile: Profile) -> bytes:
    """Run Argon2id (RFC 9106, version 1.3): 32 bytes."""
    return hash_secret_raw(
        secret, salt, profile.time_cost, profile.memory_kib, profile.parallelism, 32, Type.ID
    )


def password_problem(password: str, username: str) -> PasswordFault | None:
    """Say what is wrong with a new password, if anything."""
    text = _normal(password)
    plain = text.casefold()
    if len(text) < MIN_PASSWORD_LENGTH:
        return PasswordFault.SHORT
    if len(text.encode()) > MAX_PASSWORD_BYTES:
        return PasswordFault.LONG
    if (
        username
        and username.casefold() in plain
        and len(plain) < MIN_PASSWORD_LENGTH + len(username)
    ):
        return PasswordFault.NAME
    rest = plain
    for word in _COMMON:
        rest = rest.replace(word, "")
    return PasswordFault.COMMON if len(set(rest)) < 5 else None  # noqa: PLR2004 - a handful of letters


def wrap_identity(identity: Identity, password: str, profile: Profile) -> bytes:
    """Wrap a member's key: version, profile and salt in one line of text, then the sealed seed."""
    salt = os.urandom(SALT_BYTES)
    head = _head(profile, salt)
    return head + seal_box(derive(_secret(password), salt, profile), identity.seed, head)


def unwrap_identity(wrapped: bytes, password: str) -> Identity:
    """Open a wrapped key; raises PasswordError, and costs one Argon2id unless the password is absurdly long (A9)."""
    profile, salt, head, box = _parse(wrapped)
    try:
        return Identity(open_box(derive(_secret(password), salt, profile), box, head))
    except OpenError as error:
        raise PasswordError from error


def needs_rehash(wrapped: bytes, profile: Profile) -> bool:
    """Say whether the wrap was made with other parameters than `profile` (A27)."""
    found, *_ = _parse(wrapped)
    return found != profile


def decoy_wrap(profile: Profile) -> bytes:
    """Make a wrap nobody has the password to, to spend the same on an unknown name as on a known one (A1)."""
    return wrap_identity(Identity.generate(), secrets.token_urlsafe(SEED_BYTES), profile)


def new_recovery_code() -> str:
    """Make a code to print: 160 bits, base32, eight groups of four."""
    text = base64.b32encode(os.urandom(_RECOVERY_BYTES)).decode()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def normalise_recovery_code(text: str) -> str:
    """Read a typed recovery code: blanks, dashes and case do not matter, and 0, 1 and 8 are the letters they resemble."""
    plain = unicodedata.normalize("NFKC", text[:MAX_PASSWORD_BYTES]).upper()
    letters = plain.translate(str.maketrans("018", "OIB"))
    kept = "".join(c for c in letters if c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return "-".join(kept[i : i + 4] for i in range(0, len(kept), 4))


def _normal(password: str) -> str:
    """Give one form to what keyboards spell in several (A10)."""
    return unicodedata.normalize("NFKC", password)


def _secret(password: str) -> bytes:
    if len(password) > MAX_PASSWORD_BYTES:
        raise PasswordError
    secret = _normal(password).encode("utf-8", "surrogatepass")
    if len(secret) > MAX_PASSWORD_BYTES:
        raise PasswordError
    return secret


def _head(profile: Profile, salt: bytes) -> bytes:
    return b"%s %s %s\n" % (_VERSION, profile.name.encode(), salt.hex().encode())


def _parse(wrapped: bytes) -> tuple[Profile, bytes, bytes, bytes]:
    """Take a wrap apart. Profiles go by name, so a hostile row cannot ask for a terabyte."""
    line, newline, box = wrapped.partition(b"\n")
    parts = line.split(b" ")
    try:
        _, name, salt_hex = parts
        profile, salt = PROFILES[name.decode("ascii")], bytes.fromhex(salt_hex.decode("ascii"))
    except (ValueError, KeyError) as error:
        raise PasswordError from error
    if _head(profile, salt) != line + newline or len(salt) != SALT_BYTES:
        raise PasswordError
    return profile, salt, line + newline, box
