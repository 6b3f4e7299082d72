"""The case token: one secret number below 10^24, spelled as 25 digits or as eight words.

`docs/formats-keys.md` says it in MUST language. The last digit is a Damm check, the words carry eight check bits, so a
mistyped token is refused here, before any slow work.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

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
# mnemonic 0.21 carries one Russian word with a letter destroyed ("сно" and two U+FFFD and "а"), which nobody could type.
_MENDED: dict[str, dict[int, str]] = {"en": {}, "ru": {1572: "снова"}}
_BREVE = "\u0306"
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
# Letters that hands write and eyes read as digits: Latin, Cyrillic, Greek.
_LOOK_ALIKE = str.maketrans(
    dict.fromkeys("oOоОοΟ", "0") | dict.fromkeys("lLiI|іІӀӏ", "1") | dict.fromkeys("зЗ", "3")
)


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

    Spaces, dashes, dots, line ends, case, full-width and other scripts' digits, and letters that look like digits do not
    matter (A10); nor do invisible characters and NUL (A11). Longer texts than any token are not looked at (A9).
    """
    if len(text) > _MAX_TYPED:
        raise TokenError(TokenFault.LENGTH)
    shown = (c for c in unicodedata.normalize("NFKC", text) if not _is_unseen(c))
    pieces = "".join(c if c.isalnum() or c == "|" else " " for c in shown).split()
    if not pieces:
        raise TokenError(TokenFault.EMPTY)
    joined = "".join(pieces)
    return _from_digits(joined) if any(c.isdecimal() for c in joined) else _from_words(pieces)


def derive_mailbox_key(token: CaseToken, salt: bytes, profile: Profile) -> MailboxKey:
    """Derive what the token opens from it and the instance's 16-byte salt.

    Costs one Argon2id, whether or not such a mailbox exists (A6).
    """
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


def _is_unseen(char: str) -> bool:
    """Zero-width and direction marks, NUL, underlines and stress marks: they vanish rather than part a group."""
    return unicodedata.category(char) in {"Cf", "Cc", "Mn", "Me"} and not char.isspace()


def _from_digits(joined: str) -> CaseToken:
    digits = "".join(str(unicodedata.decimal(c, "?")) for c in joined.translate(_LOOK_ALIKE))
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
        places = _places(language)
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
    """Give one form to a word however it is typed: case, accents, and ё for е, do not matter; the breve of й does."""
    spread = unicodedata.normalize("NFKD", word.casefold())
    bare = (c for c in spread if c == _BREVE or not unicodedata.combining(c))
    return unicodedata.normalize("NFC", "".join(bare))


@cache
def _wordlist(language: str) -> tuple[str, ...]:
    """Read one of the lists the mnemonic package carries (2048 words)."""
    file = resources.files("mnemonic") / "wordlist" / f"{_LISTS[language]}.txt"
    words = unicodedata.normalize("NFC", file.read_text(encoding="utf-8")).split()
    return tuple(_MENDED[language].get(place, word) for place, word in enumerate(words))


def _places(language: str) -> dict[str, int]:
    """Give each word's place; the words of both lists are in the form `_folded` gives."""
    return {word: place for place, word in enumerate(_wordlist(language))}
