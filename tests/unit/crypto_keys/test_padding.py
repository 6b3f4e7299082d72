"""Padmé: little longer, and far fewer lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import OpenError
from crypto.padding import pad, padme_length, tail, unpad

lengths = st.integers(0, 2**40)


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        *[(0, 0), (1, 1), (2, 2), (7, 7), (8, 8), (9, 10), (100, 104), (1000, 1024), (1025, 1088)],
        *[(10**6, 1015808), (600 * 1024, 622592), (2**29 + 1, 2**29 + 2**24), (2**30, 2**30)],
    ],
)
def test_padme_follows_the_formula_of_the_paper(length: int, padded: int) -> None:
    assert padme_length(length) == padded


@given(lengths)
def test_padding_adds_at_most_twelve_percent(length: int) -> None:
    """E8."""
    assert length <= padme_length(length) <= length * 1.12


@given(lengths)
def test_a_padded_length_is_kept(length: int) -> None:
    """E8."""
    assert padme_length(padme_length(length)) == padme_length(length)


@given(lengths, lengths)
def test_a_longer_message_never_looks_shorter(one: int, other: int) -> None:
    """E8."""
    assert (padme_length(one) <= padme_length(other)) or one > other


@given(st.integers(10, 40))
def test_lengths_collapse(exponent: int) -> None:
    """E8. Of all lengths between two powers of two only as many are left as the exponent has bits to write."""
    low = 2**exponent
    step = low >> exponent.bit_length()
    left = {padme_length(low + n * step // 4) for n in range(4 * low // step)}
    assert len(left) == 2 ** exponent.bit_length() + 1
    assert low // len(left) >= 2 ** (exponent - 7)


@given(st.binary(max_size=3000))
def test_a_message_comes_back(message: bytes) -> None:
    padded = pad(message)
    assert unpad(padded) == message
    assert len(padded) == padme_length(8 + len(message))


def test_a_message_is_framed_exactly_so() -> None:
    assert pad(b"") == bytes(8)
    assert pad(b"salom") == bytes(7) + b"\5salom" + bytes(1)


@given(st.binary(max_size=400))
def test_only_what_pad_makes_is_taken(padded: bytes) -> None:
    """F10."""
    try:
        message = unpad(padded)
    except OpenError:
        return
    assert pad(message) == padded


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        bytes(7),
        pad(b"salom") + b"\0",
        pad(b"salom") + bytes(2),
        pad(b"salom")[:-1],
        pad(b"salom")[:-1] + b"\1",
        bytes(7) + b"\6salom",
        bytes(7) + b"\7salom\0",
        b"\xff" * 8 + b"salom\0",
    ],
)
def test_a_damaged_padding_is_refused(damaged: bytes) -> None:
    """F10."""
    with pytest.raises(OpenError):
        unpad(damaged)


@given(st.integers(0, 64 * 1024 * 1024))
def test_a_file_gets_its_tail_in_small_blocks(length: int) -> None:
    """E8."""
    blocks = list(tail(length))
    assert length + sum(map(len, blocks)) == padme_length(length)
    assert all(0 < len(block) <= 64 * 1024 for block in blocks)
    assert not any(any(block) for block in blocks)
