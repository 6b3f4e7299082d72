"""Whole files: what is sealed opens for those it was sealed to, unchanged or not at all."""

import io
import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crypto.age import (
    Sealer,
    _begin,
    _file_key,
    _read_header,
    seal,
    seal_stream,
    sealed_length,
    unseal,
    unseal_stream,
)
from crypto.recipients import Identity
from tests.unit.crypto_age.oracle import (
    CHUNK,
    FILE_KEY,
    IDENTITY,
    NONCE,
    OTHER,
    VERSION,
    file_of,
    header_of,
    payload_key,
    split,
    stanza,
    stanza_for,
    stream_of,
)
from tests.unit.crypto_age.reading import refuses, trickle

THIRD = Identity(bytes(range(64, 96)))
PEOPLE = (IDENTITY, OTHER, THIRD)
RECIPIENT = IDENTITY.recipient
TEXT = "Ular pudratchidan pul olishdi. Кто об этом знает? 内部.".encode()
SEALED = seal(TEXT, [RECIPIENT])
SEALED_TO_TWO = seal(TEXT, [RECIPIENT, OTHER.recipient])


@settings(deadline=None)
@given(st.binary(max_size=500), st.integers(1, 3))
def test_what_is_sealed_opens_for_each_it_was_sealed_to(plaintext: bytes, people: int) -> None:
    sealed = seal(plaintext, [person.recipient for person in PEOPLE[:people]])
    assert len(sealed) == sealed_length(len(plaintext), people)
    assert [unseal(sealed, person) for person in PEOPLE[:people]] == [plaintext] * people


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]), max_size=5))
@example([CHUNK, CHUNK])
@example([CHUNK - 1, 1, 1])
def test_it_does_not_matter_in_what_pieces_a_file_is_sealed(sizes: list[int]) -> None:
    sink, numbers = io.BytesIO(), itertools.count()
    sealer = Sealer([RECIPIENT], sink)
    pieces = [bytes([next(numbers)]) * size for size in sizes]
    for piece in pieces:
        sealer.write(piece)
    sealer.close()
    assert unseal(sink.getvalue(), IDENTITY) == b"".join(pieces)
    assert len(sink.getvalue()) == sealed_length(sum(sizes), 1)


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK * 16, CHUNK * 16 + 1, CHUNK * 33])
def test_a_stream_is_sealed_and_opened_whole(size: int) -> None:
    plaintext = (TEXT * (size // len(TEXT) + 1))[:size]
    sink = io.BytesIO()
    seal_stream(io.BytesIO(plaintext), sink, [RECIPIENT])
    chunks = list(unseal_stream(io.BytesIO(sink.getvalue()), IDENTITY))
    assert b"".join(chunks) == plaintext
    assert all(len(chunk) <= CHUNK for chunk in chunks)


def test_a_file_may_arrive_a_byte_at_a_time() -> None:
    assert b"".join(unseal_stream(trickle(SEALED, 1), IDENTITY)) == TEXT


def test_a_file_is_what_the_specification_says() -> None:
    """Written once more in the tests, plainly, and read by the code; written by the code and compared byte for byte."""
    sink = io.BytesIO()
    chunks = _begin([RECIPIENT, OTHER.recipient], sink, file_key=FILE_KEY, nonce=NONCE)
    chunks.write(TEXT)
    chunks.close()
    header, rest = split(sink.getvalue())
    stanzas = [stanza(a, body) for a, body in _read_header(io.BytesIO(header)).stanzas]
    assert header == header_of(VERSION + b"".join(stanzas))
    assert rest == NONCE + stream_of(TEXT, payload_key())
    assert unseal(file_of([stanza_for(RECIPIENT)], TEXT), IDENTITY) == TEXT


def test_nobody_else_opens_a_file() -> None:
    assert refuses(SEALED, OTHER) == b""
    assert refuses(SEALED_TO_TWO, THIRD) == b""


def test_a_file_for_nobody_is_not_made() -> None:
    sink = io.BytesIO()
    with pytest.raises(ValueError, match="nobody"):
        Sealer([], sink)
    assert sink.getvalue() == b""


def test_a_sealed_file_shows_neither_the_text_nor_for_whom_it_is() -> None:
    for size in range(4, 20):
        assert TEXT[:size] not in SEALED_TO_TWO
    assert RECIPIENT.raw[:32] not in SEALED
    assert str(RECIPIENT).encode()[:40] not in SEALED


@pytest.mark.parametrize("bit", range(8))
def test_a_bit_changed_anywhere_is_refused(bit: int) -> None:
    """F10."""
    for place in range(len(SEALED)):
        changed = bytearray(SEALED)
        changed[place] ^= 1 << bit
        assert refuses(bytes(changed), IDENTITY) == b"", f"bit {bit} of byte {place}"


def test_a_bit_changed_in_somebody_elses_stanza_is_refused() -> None:
    """F10."""
    start, end = (place + 1 for place in stanza_ends(SEALED_TO_TWO))
    for place in range(start, end):
        changed = bytearray(SEALED_TO_TWO)
        changed[place] ^= 1
        assert refuses(bytes(changed), IDENTITY) == b""


def stanza_ends(sealed: bytes) -> tuple[int, int]:
    """Find the line feeds that end the first stanza and the second."""
    first = sealed.index(b"\n-> ", sealed.index(b"\n-> ") + 1)
    return first, sealed.index(b"\n--- ")


def test_a_file_cut_anywhere_is_refused() -> None:
    """F10."""
    for end in range(len(SEALED)):
        assert refuses(SEALED[:end], IDENTITY) == b""


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=100))
@example(b"\0")
@example(b"\n")
@example(SEALED)
def test_a_file_with_anything_after_it_is_refused(more: bytes) -> None:
    """F10."""
    assert refuses(SEALED + more, IDENTITY) == b""
    assert refuses(more + SEALED, IDENTITY) == b""


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_anything_that_is_no_file_is_refused(garbage: bytes) -> None:
    assert refuses(garbage, IDENTITY) == b""
    assert refuses(VERSION + garbage, IDENTITY) == b""


def test_a_stanza_taken_away_added_or_moved_is_refused() -> None:
    """F10. Whoever was struck out would not know; whoever was written in would not be known."""
    header, rest = split(SEALED_TO_TWO)
    first, second = (
        b"-> " + part for part in header.split(b"\n--- ")[0].removeprefix(VERSION).split(b"-> ")[1:]
    )
    second += b"\n"
    end = header[header.index(b"--- ") :]
    assert VERSION + first + second + end == header
    for stanzas in (first, second + first, first + second + second, first + first + second):
        assert refuses(VERSION + stanzas + end + rest, IDENTITY) == b""


def test_header_nonce_and_payload_of_two_files_do_not_mix() -> None:
    """F9. F10. Not even those of the same text for the same person."""
    (header, rest), (other_header, other_rest) = split(SEALED), split(seal(TEXT, [RECIPIENT]))
    mixed = [header + other_rest, other_header + rest, header + other_rest[:16] + rest[16:]]
    for sealed in mixed:
        assert refuses(sealed, IDENTITY) == b""


def test_every_file_has_keys_and_nonces_of_its_own() -> None:
    """F11."""
    files = [split(seal(TEXT, [RECIPIENT])) for _ in range(200)]
    headers = [_read_header(io.BytesIO(header)) for header, _ in files]
    assert len({_file_key(header, IDENTITY) for header in headers}) == 200
    assert len({header.stanzas[0][0][1] for header in headers}) == 200
    assert len({rest[:16] for _, rest in files}) == 200
    assert len({rest[16:] for _, rest in files}) == 200


def test_each_person_of_a_file_gets_an_encapsulation_of_their_own() -> None:
    """F11."""
    header = _read_header(io.BytesIO(seal(TEXT, [RECIPIENT] * 3)))
    assert len({arguments[1] for arguments, _ in header.stanzas}) == 3
    assert len({body for _, body in header.stanzas}) == 3
