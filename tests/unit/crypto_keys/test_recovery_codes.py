"""The printed recovery code: the other password of a member's key."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import PasswordError, RecoveryCodeError
from crypto.passwords import (
    CHEAP,
    new_recovery_code,
    normalise_recovery_code,
    unwrap_identity,
    wrap_identity,
)
from crypto.recipients import Identity

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE = "0G1Y-E10F-7Q27-Z67F-337D-EKXZ-QN6A"


def is_code(text: str) -> bool:
    try:
        normalise_recovery_code(text)
    except RecoveryCodeError:
        return False
    return True


def test_a_code_is_seven_groups_of_four_and_new_each_time() -> None:
    """A5. 26 of the 28 symbols are random: 130 bits."""
    codes = {new_recovery_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4] * 7
        assert set(code) <= {*SYMBOLS, "-"}
        assert normalise_recovery_code(code) == code
    assert {code[0] for code in codes} == set(SYMBOLS)


def test_a_code_printed_long_ago_is_still_read() -> None:
    """Another check here, and every printed code is waste paper."""
    assert normalise_recovery_code(CODE) == CODE


WAYS: dict[str, Callable[[str], str]] = {
    "small": str.lower,
    "with blanks": lambda t: f" {t.replace('-', ' ')}\n",
    "in one": lambda t: t.replace("-", ""),
    "with long dashes": lambda t: t.replace("-", " \u2014 "),
    "O for 0": lambda t: t.replace("0", "O"),
    "small o, i, l": lambda t: t.replace("0", "o").replace("1", "i", 1).replace("1", "l"),
    "full width": lambda t: "".join(chr(ord(c) + 0xFEE0) for c in t),
    "Cyrillic": lambda t: t.translate(str.maketrans("0EAKXY1", "ОЕАКХУІ")),
    "zero-width blanks": "\u200b".join,
    "with NUL": lambda t: t + "\0",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_code_is_read_however_it_is_typed(way: Callable[[str], str]) -> None:
    """A10. A11."""
    assert way(CODE) != CODE
    assert normalise_recovery_code(way(CODE)) == CODE


def test_almost_every_wrong_symbol_is_noticed() -> None:
    """Ten check bits let one mistake of 1024 through."""
    plain = CODE.replace("-", "")
    wrong = [
        plain[:place] + other + plain[place + 1 :]
        for place in range(28)
        for other in SYMBOLS
        if other != plain[place]
    ]
    assert len([text for text in wrong if is_code(text)]) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        CODE[:-1],
        CODE + "A",
        CODE.replace("Q", "U", 1),
        CODE.replace("Q", "*", 1),
        CODE + CODE,
        "0" * 10_000_000,
        "\ufdfa" * 1_000_000,
        CODE + " " * 400,
        "\ud800" * 28,
        "七" * 28,
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    """A9. A11. Before any slow work: nothing here knows of a profile."""
    assert not is_code(text)


def test_a_mistyped_code_is_refused_where_a_wrong_password_is() -> None:
    with pytest.raises(PasswordError):
        normalise_recovery_code(CODE[:-1] + "B")


@given(st.text(max_size=60) | st.text(SYMBOLS, min_size=28, max_size=28))
def test_any_text_is_a_code_or_refused_in_one_way(text: str) -> None:
    if is_code(text):
        assert normalise_recovery_code(normalise_recovery_code(text)) == normalise_recovery_code(
            text
        )


def test_a_code_opens_the_key_wrapped_under_it() -> None:
    identity = Identity.generate()
    wrapped = wrap_identity(identity, CODE, CHEAP)
    assert unwrap_identity(wrapped, normalise_recovery_code(CODE.lower())) == identity
