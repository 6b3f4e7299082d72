"""The case token: one secret number below 10^24, spelled as 25 digits or as eight words.

`docs/formats.md` says it in MUST language. The last digit is a Damm check, the words carry eight check bits, so a mistyped
token is refused here, before any slow work.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import mnemonic

from crypto.boxes import subkey
from crypto.errors import TokenError, TokenFault
from crypto.passwords import Profile, derive
from crypto.recipients import Identity

WORD_LANGUAGES = ("en", "ru")
LIMIT = 10**24

_DIGITS = 24
_GROUP = 5
_WORDS = 8
_WORD_BITS = 11
_NUMBER_BITS = 80
_CHECK_BITS = 8
_MAX_TYPED = 400
_LISTS = {"en": "english", "ru": "russian"}
# The totally anti-symmetric quasigroup of order 10 of Damm's thesis (2004): every single wrong digit and every
# exchange of neighbours changes the check.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
# Letters that hands write and eyes read as digits; Latin and Cyrillic.
_LOOK_ALIKE = str.maketrans("oOоОlLiI|зЗ", "00001111133")


@dataclass(frozen=True, slots=True, repr=False)
class CaseToken:
    """The secret an informant keeps, as a number below 10^24."""

    number: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < LIMIT:
            raise ValueError("a case token is a number below 10^24")

    def digits(self) -> str:
        """Spell it in digits: five groups of five, the last digit the check."""
        plain = f"{self.number:0{_DIGITS}d}"
        whole = plain + _damm(plain)
        return " ".join(whole[i : i + _GROUP] for i in range(0, len(whole), _GROUP))

    def words(self, language: str) -> str:
        """Spell it in eight words of the BIP-39 list of `language` ("en" or "ru")."""
        words = _wordlist(language)
        bits = self.number << _CHECK_BITS | _check_bits(self.number)
        return " ".join(
            words[bits >> _WORD_BITS * i & (1 << _WORD_BITS) - 1] for i in reversed(range(_WORDS))
        )


@dataclass(frozen=True, slots=True, repr=False)
class MailboxKey:
    """What a token opens: the locator finds the mailbox (32 bytes), the identity opens its letters."""

    locator: bytes
    identity: Identity


def new_token() -> CaseToken:
    """Draw a token from the system's generator: 79.7 bits."""
    return CaseToken(secrets.randbelow(LIMIT))


def parse_token(text: str) -> CaseToken:
    """Read either spelling, however it was typed; raises TokenError.

    Spaces, dashes, dots, line ends, case, full-width and other scripts' digits, and letters that look like digits do not matter.
    """
    if len(text) > _MAX_TYPED:
        raise TokenError(TokenFault.LENGTH)
    plain = unicodedata.normalize("NFKC", text)
    pieces = "".join(c if _is_written(c) else " " for c in plain if not _is_invisible(c)).split()
    if not pieces:
        raise TokenError(TokenFault.EMPTY)
    joined = "".join(pieces)
    if sum(c.isdecimal() for c in joined) * 2 > len(joined):
        return _from_digits(joined)
    return _from_words(pieces)


def derive_mailbox_key(token: CaseToken, salt: bytes, profile: Profile) -> MailboxKey:
    """Derive what the token opens. Costs one Argon2id, whether or not such a mailbox exists (A6)."""
    secret = derive(token.number.to_bytes(_NUMBER_BITS // 8, "big"), salt, profile)
    return MailboxKey(
        locator=subkey(secret, "ishonch/v1 locator"),
        identity=Identity(subkey(secret, "ishonch/v1 identity")),
    )


def _damm(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def _check_bits(number: int) -> int:
    message = b"ishonch/v1 token words" + number.to_bytes(_NUMBER_BITS // 8, "big")
    return hashlib.sha256(message).digest()[0]


def _is_written(char: str) -> bool:
    return char.isalnum() or char == "|" or unicodedata.combining(char) != 0


def _is_invisible(char: str) -> bool:
    """Zero-width and direction marks, and NUL: they vanish rather than part a group (A10, A11)."""
    return unicodedata.category(char) in {"Cf", "Cc"} and not char.isspace()


def _from_digits(joined: str) -> CaseToken:
    latin = joined.translate(_LOOK_ALIKE)
    digits = "".join(str(unicodedata.decimal(c, "?")) for c in latin)
    if "?" in digits:
        raise TokenError(TokenFault.UNREADABLE)
    if len(digits) != _DIGITS + 1:
        raise TokenError(TokenFault.LENGTH)
    if _damm(digits) != "0":
        raise TokenError(TokenFault.CHECK)
    return CaseToken(int(digits[:-1]))


def _from_words(pieces: list[str]) -> CaseToken:
    words = [_folded(piece) for piece in pieces]
    for language in WORD_LANGUAGES:
        places = {_folded(word): place for place, word in enumerate(_wordlist(language))}
        if all(word in places for word in words):
            return _from_places([places[word] for word in words])
    raise TokenError(TokenFault.UNREADABLE)


def _from_places(places: list[int]) -> CaseToken:
    if len(places) != _WORDS:
        raise TokenError(TokenFault.LENGTH)
    bits = 0
    for place in places:
        bits = bits << _WORD_BITS | place
    number = bits >> _CHECK_BITS
    if number >= LIMIT or _check_bits(number) != bits & (1 << _CHECK_BITS) - 1:
        raise TokenError(TokenFault.CHECK)
    return CaseToken(number)


def _folded(word: str) -> str:
    """Give one form to a word however it is typed: case, accents, and ё for е do not matter."""
    spread = unicodedata.normalize("NFKD", word.casefold().replace("\u0439", "\0"))
    bare = "".join(c for c in spread if not unicodedata.combining(c))
    return bare.replace("\0", "\u0439").replace("\u0451", "\u0435")


def _wordlist(language: str) -> list[str]:
    """Read one of the lists the mnemonic package carries (BIP-39; 2048 words)."""
    folder = Path(mnemonic.__file__).parent / "wordlist"
    words = (folder / f"{_LISTS[language]}.txt").read_text(encoding="utf-8").split()
    return [unicodedata.normalize("NFC", word) for word in words]
