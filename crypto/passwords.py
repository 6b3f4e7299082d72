"""Argon2id profiles, and a member's identity wrapped under a password or a recovery code.

There is no password hash: a password is right if the wrap opens (docs/adr/0003). Format: docs/formats-keys.md, section 3.
"""

import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from argon2.low_level import Type, hash_secret_raw

from crypto.boxes import OVERHEAD, open_box, seal_box
from crypto.errors import OpenError, PasswordError, RecoveryCodeError
from crypto.recipients import SEED_BYTES, Identity


@dataclass(frozen=True, slots=True)
class Profile:
    """What one Argon2id costs: KiB of memory, passes, lanes. Two that cost the same are the same, whatever their names."""

    name: str = field(compare=False)
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

_HEAD = re.compile(
    rb"ishonch/wrap/v1 argon2id m=([1-9]\d{0,5}),t=([1-9]),p=([1-9]) ([0-9a-f]{32})\n"
)
_MAX_KIB, _MAX_PASSES, _MAX_LANES = 256 * 1024, 8, 8
_KIB_PER_LANE = 8
_BOX_BYTES = SEED_BYTES + OVERHEAD
# What people begin with when a password must be long: it counts for nothing. Longer ones stand before their parts.
_COMMON = (
    *("1234567890", "0987654321", "123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t"),
    *("йцукенгшщзхъ", "йцукенгшщз", "фывапролджэ", "ячсмитьбю", "password", "пароль"),
    *("iloveyou", "welcome", "letmein", "ishonch", "qwerty", "йцукен", "123456", "admin", "parol"),
)
_ENOUGH_LETTERS = 5
_TELLING_NAME = 3

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOL_BITS = 5
_CODE_SYMBOLS = 26
_CODE_CHECKS = 2
_GROUP = 4
_MAX_TYPED = 400
_BLANK = {"Pd", "Zs", "Mn"}
# What is read for a symbol: Crockford's own, and the Cyrillic capitals nobody can tell from Latin ones.
_LOOK_ALIKE = str.maketrans("OILАВСЕНКМРТХУОІ", "011ABCEHKMPTXY01")


class PasswordFault(StrEnum):
    """Why a new password is refused."""

    SHORT = "short"
    LONG = "long"
    NAME = "name"
    COMMON = "common"


def derive(secret: bytes, salt: bytes, profile: Profile) -> bytes:
    """Run Argon2id (RFC 9106, version 1.3): 32 bytes."""
    # On processors with AVX-512, OpenSSL's ChaCha20-Poly1305 leaves the upper halves of the vector registers in use, and
    # Argon2's SSE2 code then takes half as long again (measured: 33 ms for 22). SHA-512 leaves them clean.
    hashlib.sha512(b"").digest()
    return hash_secret_raw(
        secret, salt, profile.time_cost, profile.memory_kib, profile.parallelism, 32, Type.ID
    )


def password_problem(password: str, username: str) -> PasswordFault | None:
    """Say what is wrong with a new password, if anything.

    It needs 12 characters, and as many beside the user name if it holds that; and it is more than one of the passwords
    everybody tries first, or a few characters over and over.
    """
    if _is_long(password):
        return PasswordFault.LONG
    plain = _normal(password).casefold()
    if len(_normal(password)) < MIN_PASSWORD_LENGTH:
        return PasswordFault.SHORT
    name = _normal(username).casefold()
    bare = plain.replace(name, "") if len(name) >= _TELLING_NAME else plain
    if len(bare) < min(MIN_PASSWORD_LENGTH, len(plain)):
        return PasswordFault.NAME
    for word in _COMMON:
        plain = plain.replace(word, "")
    return PasswordFault.COMMON if len(set(plain)) < _ENOUGH_LETTERS else None


def wrap_identity(identity: Identity, password: str, profile: Profile) -> bytes:
    """Wrap a member's key: version, parameters and salt in one line of text, then the sealed seed."""
    if not _is_bearable(profile):
        raise ValueError("no reader would spend what this profile costs")
    salt = os.urandom(SALT_BYTES)
    head = _head(profile, salt)
    return head + seal_box(derive(_secret(password), salt, profile), identity.seed, head)


def unwrap_identity(wrapped: bytes, password: str) -> Identity:
    """Open a wrapped key; raises PasswordError.

    Costs one Argon2id, unless the password is absurdly long (A9) or the wrap cannot be one of ours.
    """
    profile, salt = _parse(wrapped)
    head, box = wrapped[:-_BOX_BYTES], wrapped[-_BOX_BYTES:]
    try:
        return Identity(open_box(derive(_secret(password), salt, profile), box, head))
    except OpenError as error:
        raise PasswordError from error


def needs_rehash(wrapped: bytes, profile: Profile) -> bool:
    """Say whether the wrap was made with other parameters than `profile` (A27); raises PasswordError if it is none."""
    found, _ = _parse(wrapped)
    return found != profile


def decoy_wrap(profile: Profile) -> bytes:
    """Make a wrap nobody has the password to, to spend the same on an unknown name as on a known one (A1).

    Making it costs nothing, so it may be made at each attempt.
    """
    return _head(profile, os.urandom(SALT_BYTES)) + os.urandom(_BOX_BYTES)


def new_recovery_code() -> str:
    """Make a code to print: 130 bits and a check of 10, in seven groups of four."""
    return _grouped(_checked("".join(secrets.choice(_SYMBOLS) for _ in range(_CODE_SYMBOLS))))


def normalise_recovery_code(text: str) -> str:
    """Give a typed recovery code the form it was printed in, the password of its wrap; raises RecoveryCodeError.

    Blanks, dashes, case and look-alikes do not matter (A10). A mistyped one is refused before any slow work (A9).
    """
    if len(text) > _MAX_TYPED:
        raise RecoveryCodeError
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKE)
    kept = "".join(c for c in plain if c.isprintable() and unicodedata.category(c) not in _BLANK)
    code = kept[:_CODE_SYMBOLS]
    if not set(code) <= set(_SYMBOLS) or kept != _checked(code) or len(code) != _CODE_SYMBOLS:
        raise RecoveryCodeError
    return _grouped(kept)


def _checked(code: str) -> str:
    digest = hashlib.sha256(b"ishonch/v1 recovery code" + code.encode()).digest()
    bits = int.from_bytes(digest[:2], "big") >> 16 - _CODE_CHECKS * _SYMBOL_BITS
    return code + _SYMBOLS[bits >> _SYMBOL_BITS] + _SYMBOLS[bits & (1 << _SYMBOL_BITS) - 1]


def _grouped(code: str) -> str:
    return "-".join(code[i : i + _GROUP] for i in range(0, len(code), _GROUP))


def _normal(password: str) -> str:
    """Give one form to what keyboards spell in several (A10)."""
    return unicodedata.normalize("NFKC", password)


def _is_long(password: str) -> bool:
    """Whether it is beyond the limit, before or after normalising; the longest are not normalised at all (A9)."""
    return len(password) > MAX_PASSWORD_BYTES or len(_encoded(password)) > MAX_PASSWORD_BYTES


def _encoded(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


def _secret(password: str) -> bytes:
    if _is_long(password):
        raise PasswordError
    return _encoded(password)


def _head(profile: Profile, salt: bytes) -> bytes:
    cost = f"m={profile.memory_kib},t={profile.time_cost},p={profile.parallelism}"
    return f"ishonch/wrap/v1 argon2id {cost} {salt.hex()}\n".encode()


def _parse(wrapped: bytes) -> tuple[Profile, bytes]:
    """Read a wrap's head. What it may ask for is bounded: a hostile row cannot demand a terabyte or a week."""
    found = _HEAD.fullmatch(wrapped[:-_BOX_BYTES])
    if found is None:
        raise PasswordError
    profile = Profile("", int(found[1]), int(found[2]), int(found[3]))
    if not _is_bearable(profile):
        raise PasswordError
    return profile, bytes.fromhex(found[4].decode())


def _is_bearable(profile: Profile) -> bool:
    return (
        1 <= profile.time_cost <= _MAX_PASSES
        and 1 <= profile.parallelism <= _MAX_LANES
        and _KIB_PER_LANE * profile.parallelism <= profile.memory_kib <= _MAX_KIB
    )
