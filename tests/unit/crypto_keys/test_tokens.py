"""The case token: two spellings of one secret, forgiving to read, and checked before anything slow."""

import hashlib
import unicodedata
from collections.abc import Callable

import pytest
from argon2.exceptions import HashingError
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import TokenError, TokenFault
from crypto.passwords import CHEAP, OWASP_MINIMUM, Profile
from crypto.tokens import (
    LIMIT,
    WORD_LANGUAGES,
    CaseToken,
    _folded,
    _wordlist,
    derive_mailbox_key,
    new_token,
    parse_token,
)

TOKEN = CaseToken(123456789012345678901234)
DIGITS = "12345 67890 12345 67890 12346"
ENGLISH = "boss cave sick candy almost ensure save foster"
RUSSIAN = "владелец газовый сотня всюду афиша интерес скрипка кривой"
SALT = bytes(range(16))
# Argon2 itself refuses these parameters: whoever gets as far as hashing gets a HashingError.
UNPAYABLE = Profile("unpayable", 0, 0, 0)

WORDS = {language: _wordlist(language) for language in WORD_LANGUAGES}
numbers = st.integers(0, LIMIT - 1)


def fault_of(text: str) -> TokenFault:
    with pytest.raises(TokenError) as refused:
        parse_token(text)
    return refused.value.kind


def log_in(text: str) -> None:
    derive_mailbox_key(parse_token(text), SALT, UNPAYABLE)


def check_of(digits: str) -> int:
    """Damm's walk, written out again with the table of his thesis as one number per row."""
    rows = [
        *("0317598642", "7092154863", "4206871359", "1750983426", "6123045978"),
        *("3674209581", "5869720134", "8945362017", "9438617205", "2581436790"),
    ]
    interim = 0
    for digit in digits:
        interim = int(rows[interim][int(digit)])
    return interim


def test_a_token_is_spelled_in_digits_and_in_words_exactly_so() -> None:
    assert TOKEN.digits() == DIGITS
    assert TOKEN.words("en") == ENGLISH
    assert TOKEN.words("ru") == RUSSIAN


def test_the_smallest_and_the_largest_token_keep_their_length() -> None:
    assert CaseToken(0).digits() == "00000 00000 00000 00000 00000"
    assert CaseToken(LIMIT - 1).digits() == "99999 99999 99999 99999 99990"
    for number in (0, LIMIT - 1):
        assert len(CaseToken(number).words("ru").split()) == 8
        assert parse_token(CaseToken(number).words("en")) == CaseToken(number)


@pytest.mark.parametrize("number", [-1, LIMIT, 2**80])
def test_a_number_that_is_not_below_ten_to_the_24th_is_no_token(number: int) -> None:
    with pytest.raises(ValueError, match="below"):
        CaseToken(number)


def test_the_check_digit_is_damms() -> None:
    assert check_of("572") == 4  # the example everybody gives
    for _ in range(50):
        digits = new_token().digits().replace(" ", "")
        assert int(digits[-1]) == check_of(digits[:-1])


def test_tokens_are_drawn_over_the_whole_range_and_never_twice() -> None:
    """A5. E11."""
    drawn = {new_token().number for _ in range(2000)}
    assert len(drawn) == 2000
    # 2000 even draws leave a tenth of the range empty with probability 10 * 0.9^2000.
    assert {number * 10 // LIMIT for number in drawn} == set(range(10))


@settings(deadline=None)
@given(numbers)
def test_every_spelling_is_read_back(number: int) -> None:
    token = CaseToken(number)
    assert parse_token(token.digits()) == token
    for language in WORD_LANGUAGES:
        assert parse_token(token.words(language)) == token


def test_every_single_wrong_digit_is_noticed() -> None:
    """A5."""
    for token in (TOKEN, *(new_token() for _ in range(5))):
        digits = token.digits().replace(" ", "")
        wrong = [
            digits[:i] + other + digits[i + 1 :]
            for i in range(25)
            for other in "0123456789"
            if other != digits[i]
        ]
        assert len(wrong) == 25 * 9
        assert {fault_of(text) for text in wrong} == {TokenFault.CHECK}


def test_every_exchange_of_neighbours_is_noticed() -> None:
    for token in (TOKEN, *(new_token() for _ in range(20))):
        d = token.digits().replace(" ", "")
        wrong = [d[:i] + d[i + 1] + d[i] + d[i + 2 :] for i in range(24) if d[i] != d[i + 1]]
        assert wrong
        assert {fault_of(text) for text in wrong} == {TokenFault.CHECK}


def test_almost_every_wrong_word_is_noticed() -> None:
    """Eight check bits let one mistake of 256 through: of these 2047, about eight."""
    words = ENGLISH.split()
    wrong = [[*words[:3], other, *words[4:]] for other in WORDS["en"] if other != words[3]]
    read = [candidate for candidate in wrong if is_token(" ".join(candidate))]
    assert len(wrong) == 2047
    assert len(read) < 24


def is_token(text: str) -> bool:
    try:
        parse_token(text)
    except TokenError:
        return False
    return True


def spell(bits: int) -> str:
    return " ".join(WORDS["en"][bits >> 11 * i & 2047] for i in reversed(range(8)))


@pytest.mark.parametrize(
    ("number", "lawful"), [(LIMIT - 1, True), (LIMIT, False), (2**80 - 1, False)]
)
def test_words_whose_number_is_too_large_are_refused_though_their_check_fits(
    number: int, *, lawful: bool
) -> None:
    check = hashlib.sha256(b"ishonch/v1 token words" + number.to_bytes(10, "big")).digest()[0]
    assert is_token(spell(number << 8 | check)) is lawful


@pytest.mark.parametrize("language", WORD_LANGUAGES)
def test_a_list_has_2048_words_of_letters_that_stay_apart_however_they_are_typed(
    language: str,
) -> None:
    """A10. The mnemonic package carries one Russian word with a letter destroyed; ours is mended."""
    words = WORDS[language]
    assert len(words) == 2048
    assert [word for word in words if not word.isalpha() or word != word.lower()] == []
    assert [word for word in words if _folded(word) != word] == []
    assert len({word[:4] for word in words}) == 2048
    assert list(words) == sorted(words)


TYPED: dict[str, Callable[[str], str]] = {
    "without blanks": lambda t: t.replace(" ", ""),
    "with dashes": lambda t: t.replace(" ", "-"),
    "with long dashes": lambda t: t.replace(" ", " \u2014 "),
    "with minus signs and hyphens": lambda t: t.replace(" ", "\u2212", 2).replace(" ", "\u2011"),
    "with dots": lambda t: t.replace(" ", ". ") + ".",
    "on five lines": lambda t: t.replace(" ", "\r\n") + "\n",
    "with tabs and hard blanks": lambda t: t.replace(" ", "\t", 2).replace(" ", "\u00a0\u202f"),
    "digit by digit": " ".join,
    "in quotes": lambda t: f"\u00ab{t}\u00bb",
    "full width": lambda t: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in t),
    "Arabic-Indic": lambda t: _in_script(t, 0x0660),
    "Persian": lambda t: _in_script(t, 0x06F0),
    "Devanagari": lambda t: _in_script(t, 0x0966),
    "mathematical bold": lambda t: _in_script(t, 0x1D7CE),
    "circled": lambda t: _in_script(t, 0x2460 - 1).replace(chr(0x245F), "0"),
    "keycaps": lambda t: "".join(c + "\ufe0f\u20e3" if c.isdigit() else c for c in t),
    "underlined": lambda t: "".join(c + "\u0332" for c in t),
    "with zero-width blanks": lambda t: "\ufeff" + "\u200b".join(t),
    "between direction marks": lambda t: f"\u202b{t}\u202c\u200f",
    "with NUL": lambda t: t.replace(" ", "\0 ") + "\0",
    "Latin o, i": lambda t: t.replace("0", "o").replace("1", "i"),
    "Latin O, l": lambda t: t.replace("0", "O").replace("1", "l"),
    "Latin I, bar": lambda t: t.replace("1", "I", 1).replace("1", "|"),
    "Cyrillic о, і, з": lambda t: t.replace("0", "о").replace("1", "і").replace("3", "з"),
    "Cyrillic О, Ӏ, З": lambda t: t.replace("0", "О").replace("1", "Ӏ").replace("3", "З"),
    "Greek": lambda t: t.replace("0", "ο"),
}


def _in_script(text: str, zero: int) -> str:
    return "".join(chr(zero + int(c)) if c.isdigit() else c for c in text)


@pytest.mark.parametrize("way", TYPED.values(), ids=TYPED)
def test_digits_are_read_however_they_are_typed(way: Callable[[str], str]) -> None:
    """A10. A11."""
    assert way(DIGITS) != DIGITS
    assert parse_token(way(DIGITS)) == TOKEN


SAID: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "as a sentence": lambda t: t.capitalize() + ".",
    "on eight lines": lambda t: t.replace(" ", "\n"),
    "with commas": lambda t: t.replace(" ", ", "),
    "with dashes": lambda t: t.replace(" ", "-"),
    "spread": lambda t: unicodedata.normalize("NFKD", t),
    "with soft hyphens": lambda t: t.replace("a", "a\u00ad").replace("о", "о\u00ad"),
    "with hard blanks": lambda t: t.replace(" ", "\u00a0"),
    "with zero-width marks": lambda t: "\u200e" + t.replace(" ", " \u200d"),
    "with a stress mark": lambda t: t.replace("о", "о\u0301") + "\u0301",
    "with NUL": "\0".join,
}


@pytest.mark.parametrize("way", SAID.values(), ids=SAID)
@pytest.mark.parametrize("words", [ENGLISH, RUSSIAN], ids=WORD_LANGUAGES)
def test_words_are_read_however_they_are_typed(way: Callable[[str], str], words: str) -> None:
    """A10. A11."""
    assert way(words) != words or way is SAID["spread"]
    assert parse_token(way(words)) == TOKEN


def test_a_short_i_typed_as_two_characters_is_the_same_letter() -> None:
    """A10."""
    spread = unicodedata.normalize("NFD", RUSSIAN)
    assert len(spread) > len(RUSSIAN)
    assert parse_token(spread) == TOKEN


def test_yo_is_read_as_ye() -> None:
    """A10. None of the list's words is written with yo, but people write it."""
    assert parse_token(RUSSIAN.replace("интерес", "интерёс").replace("всюду", "ВСЮДУ")) == TOKEN


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", TokenFault.EMPTY),
        (" \u200b-\n.\0", TokenFault.EMPTY),
        ("12345", TokenFault.LENGTH),
        (DIGITS[:-1], TokenFault.LENGTH),
        (DIGITS + "6", TokenFault.LENGTH),
        (DIGITS[:-1] + "x", TokenFault.UNREADABLE),
        (DIGITS[:-1] + "六", TokenFault.UNREADABLE),
        (DIGITS.replace("67890", "6789०\u0301x"), TokenFault.UNREADABLE),
        ("salom", TokenFault.UNREADABLE),
        (ENGLISH.rsplit(" ", 1)[0], TokenFault.LENGTH),
        (ENGLISH + " zoo", TokenFault.LENGTH),
        (ENGLISH.replace("boss", "bosss"), TokenFault.UNREADABLE),
        (ENGLISH.replace("boss", "владелец"), TokenFault.UNREADABLE),
        (ENGLISH.replace("boss", "12345"), TokenFault.UNREADABLE),
        (ENGLISH.replace("a", "\u0430"), TokenFault.UNREADABLE),
        (RUSSIAN.replace("й", "и"), TokenFault.UNREADABLE),
        (ENGLISH.replace("boss", "zoo"), TokenFault.CHECK),
        ("\ud800" * 25, TokenFault.EMPTY),
        ("1\ud800" * 25, TokenFault.CHECK),
    ],
)
def test_what_is_wrong_is_told_apart(text: str, fault: TokenFault) -> None:
    assert fault_of(text) is fault


def test_exchanged_words_are_refused() -> None:
    first, second, *rest = ENGLISH.split()
    assert fault_of(" ".join([second, first, *rest])) is TokenFault.CHECK


@pytest.mark.parametrize("piece", ["1", "zoo ", "\u200b", "\ufdfa", "\0"])
def test_ten_megabytes_are_refused_unread(piece: str) -> None:
    """A9. Each would take other faults if it were looked at."""
    assert fault_of(piece * (10_000_000 // len(piece))) is TokenFault.LENGTH


@settings(deadline=None)
@given(st.text(max_size=500))
def test_any_text_is_a_token_or_refused_in_one_way(text: str) -> None:
    """A10. A11."""
    if is_token(text):
        assert is_token(parse_token(text).digits())


def test_a_wrong_check_digit_is_refused_before_any_kdf() -> None:
    """A5. A9."""
    with pytest.raises(HashingError):
        log_in(DIGITS)
    with pytest.raises(TokenError):
        log_in(DIGITS[:-1] + "7")


def test_wrong_check_bits_are_refused_before_any_kdf() -> None:
    """A5. A9."""
    with pytest.raises(HashingError):
        log_in(ENGLISH)
    with pytest.raises(TokenError):
        log_in(ENGLISH.replace("foster", "zoo"))


def test_a_token_opens_exactly_this_mailbox() -> None:
    """A5. Another value here, and every token in people's hands is worthless."""
    key = derive_mailbox_key(TOKEN, SALT, OWASP_MINIMUM)
    assert key.locator.hex() == LOCATOR
    assert key.identity.seed.hex() == IDENTITY


LOCATOR = "8f3c6cc3a94a7067d69e0f2cdd64becdd1006bfc6f442275197ac65480745ff9"
IDENTITY = "edfbdb5d38c1c70a0c446ecd2e6b320236450c8ecc8d60e9faaec117352b61d4"


def test_another_implementation_derives_the_same_mailbox() -> None:
    """A5."""
    argon = Argon2id(salt=SALT, length=32, iterations=2, lanes=1, memory_cost=19456)
    secret = argon.derive(TOKEN.number.to_bytes(10, "big"))
    for label, value in (("locator", LOCATOR), ("identity", IDENTITY)):
        expand = HKDF(SHA256(), 32, None, f"ishonch/v1 {label}".encode())
        assert expand.derive(secret).hex() == value


def test_another_token_salt_or_profile_opens_another_mailbox() -> None:
    """A5."""
    other = Profile("other", 16, 1, 1)
    keys = [
        derive_mailbox_key(TOKEN, SALT, CHEAP),
        derive_mailbox_key(CaseToken(TOKEN.number + 1), SALT, CHEAP),
        derive_mailbox_key(TOKEN, bytes(16), CHEAP),
        derive_mailbox_key(TOKEN, SALT, other),
    ]
    halves = [half for key in keys for half in (key.locator, key.identity.seed)]
    assert len(set(halves)) == len(halves)


def test_a_token_does_not_show_itself_in_a_trace() -> None:
    """A28."""
    key = derive_mailbox_key(TOKEN, SALT, CHEAP)
    shown = f"{TOKEN!r} {TOKEN} {key!r} {TokenError(TokenFault.CHECK)!r}"
    assert str(TOKEN.number) not in shown
    assert key.locator.hex() not in shown
    assert repr(key.locator) not in shown
