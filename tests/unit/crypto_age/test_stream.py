"""The payload: chunks in their order, each under its own nonce, the last one marked."""

import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crypto.stream import ChunkSealer, open_chunks
from tests.unit.crypto_age.oracle import (
    CHUNK,
    SEALED_CHUNK,
    authentic_part,
    chunks_of,
    nonce_of,
    payload_key,
    seal_chunk,
    stream_of,
)
from tests.unit.crypto_age.reading import refused, trickle

KEY = payload_key()
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 5]


def pattern(length: int) -> bytes:
    """Give bytes that no chunk and no part of a chunk has in common with another."""
    return b"".join(number.to_bytes(4, "big") for number in range(length // 4 + 1))[:length]


SECRET = pattern(3 * CHUNK + 5)
SEALED = stream_of(SECRET, KEY)
CHUNKS = chunks_of(SEALED)


def sealed_in_pieces(plaintext: bytes, cuts: list[int]) -> bytes:
    sink = io.BytesIO()
    sealer = ChunkSealer(KEY, sink)
    for start, end in zip([0, *cuts], [*cuts, len(plaintext)], strict=True):
        sealer.write(plaintext[start:end])
    sealer.close()
    return sink.getvalue()


def opened(sealed: bytes) -> bytes:
    return b"".join(open_chunks(KEY, io.BytesIO(sealed)))


@pytest.mark.parametrize("length", EDGES)
def test_a_stream_of_any_length_is_sealed_as_the_specification_says(length: int) -> None:
    """F11: chunk i is what bare ChaCha20-Poly1305 makes under nonce i, so no nonce comes twice."""
    plaintext = SECRET[:length]
    assert sealed_in_pieces(plaintext, []) == stream_of(plaintext, KEY)
    assert opened(stream_of(plaintext, KEY)) == plaintext


lengths = st.sampled_from(EDGES).flatmap(lambda edge: st.integers(max(0, edge - 2), edge))
offsets = st.integers(0, len(SECRET)) | st.sampled_from(EDGES)


@settings(deadline=None, max_examples=60)
@given(lengths, st.lists(offsets, max_size=8))
@example(2 * CHUNK, [CHUNK])
@example(2 * CHUNK, [CHUNK, CHUNK])
@example(2 * CHUNK, [1, CHUNK, CHUNK + 1])
def test_it_does_not_matter_how_a_stream_is_written(length: int, cuts: list[int]) -> None:
    plaintext = SECRET[:length]
    written = sealed_in_pieces(plaintext, sorted(min(cut, length) for cut in cuts))
    assert written == stream_of(plaintext, KEY)


@settings(deadline=None, max_examples=30)
@given(lengths, st.sampled_from([1000, 4096, 65535, 65536, 65551, 65552, 65553, 10**6]))
def test_it_does_not_matter_how_a_stream_is_read(length: int, most: int) -> None:
    plaintext = SECRET[:length]
    source = trickle(stream_of(plaintext, KEY), most)
    assert b"".join(open_chunks(KEY, source)) == plaintext


def test_a_source_that_gives_a_byte_at_a_time_is_read_whole() -> None:
    assert b"".join(open_chunks(KEY, trickle(stream_of(b"salom", KEY), 1))) == b"salom"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_can_be_written(kind: Callable[[bytes], bytes]) -> None:
    assert sealed_in_pieces(kind(SECRET), []) == SEALED


def test_a_stream_wider_than_bytes_is_sealed_by_its_bytes() -> None:
    sink = io.BytesIO()
    sealer = ChunkSealer(KEY, sink)
    sealer.write(memoryview(SECRET[: CHUNK * 2]).cast("I"))
    sealer.close()
    assert opened(sink.getvalue()) == SECRET[: CHUNK * 2]


def test_equal_chunks_are_sealed_unequally() -> None:
    """F11."""
    chunks = chunks_of(sealed_in_pieces(bytes(CHUNK * 20), []))
    assert len(set(chunks)) == 20


def test_a_chunk_opens_under_its_own_nonce_and_no_other() -> None:
    """F10. F11."""
    for place in range(6):
        for last in (False, True):
            sealed = seal_chunk(KEY, place, b"x", last=last)
            if (place, last) == (0, True):
                assert opened(sealed) == b"x"
            else:
                assert refused(open_chunks(KEY, io.BytesIO(sealed))) == b""


class FullDisk:
    """Keeps what it is given, and refuses one write, as a disk does that is full for a moment."""

    def __init__(self, refuse: int) -> None:
        self.given: list[bytes] = []
        self._refuse = refuse

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.given.append(bytes(data))
        if len(self.given) == self._refuse:
            raise OSError


@pytest.mark.parametrize("refuse", [1, 2, 3])
def test_a_writer_that_goes_on_after_an_error_never_uses_a_nonce_again(refuse: int) -> None:
    """F11. Two plaintexts under one nonce would give both away; a stream that opens for nobody does not."""
    disk = FullDisk(refuse)
    sealer = ChunkSealer(KEY, disk)
    for start in range(0, len(SECRET), CHUNK + 1):
        with suppress(OSError):
            sealer.write(SECRET[start : start + CHUNK + 1])
    sealer.close()
    used = [nonces_of(chunk) for chunk in disk.given]
    assert [len(nonces) for nonces in used] == [1] * len(disk.given)
    assert len({nonce for nonces in used for nonce in nonces}) == len(disk.given) >= 4


def nonces_of(chunk: bytes) -> list[bytes]:
    """Find the nonces a chunk is authentic under."""
    tried = [nonce_of(number, last=last) for number in range(9) for last in (False, True)]
    return [nonce for nonce in tried if is_authentic(chunk, nonce)]


def is_authentic(chunk: bytes, nonce: bytes) -> bool:
    try:
        ChaCha20Poly1305(KEY).decrypt(nonce, chunk, None)
    except InvalidTag:
        return False
    return True


def test_a_closed_stream_takes_nothing_more() -> None:
    """A chunk after the last one would make a file that opens for nobody."""
    sink = io.BytesIO()
    sealer = ChunkSealer(KEY, sink)
    sealer.write(b"salom")
    sealer.close()
    for again in (sealer.close, lambda: sealer.write(b"")):
        with pytest.raises(ValueError, match="closed"):
            again()
    assert opened(sink.getvalue()) == b"salom"


@pytest.mark.parametrize("length", EDGES)
def test_a_stream_that_was_not_closed_does_not_open(length: int) -> None:
    """F10."""
    sink = io.BytesIO()
    ChunkSealer(KEY, sink).write(SECRET[:length])
    assert SECRET.startswith(refused(open_chunks(KEY, io.BytesIO(sink.getvalue()))))


CUTS = sorted(
    {
        max(0, min(edge + off, len(SEALED) - 1))
        for edge in range(0, len(SEALED) + 1, SEALED_CHUNK)
        for off in (-17, -16, -15, -1, 0, 1, 15, 16, 17, 4000)
    }
)


@pytest.mark.parametrize("cut", CUTS)
def test_a_stream_that_was_cut_is_refused(cut: int) -> None:
    """F10."""
    released = refused(open_chunks(KEY, io.BytesIO(SEALED[:cut])))
    assert released == SECRET[: max(0, (cut - 1) // SEALED_CHUNK) * CHUNK]


SMALL = stream_of(b"salom", KEY)
FULL = stream_of(SECRET[: 2 * CHUNK], KEY)


@pytest.mark.parametrize(
    ("whole", "before"), [(SMALL, 0), (FULL, 1), (SEALED, 3)], ids=["small", "full", "long"]
)
@pytest.mark.parametrize(
    "more", [b"\0", b"\0" * 16, b"\0" * 17, b"\0" * SEALED_CHUNK, SMALL, FULL], ids=len
)
def test_a_stream_that_goes_on_after_its_end_is_refused_and_its_end_withheld(
    whole: bytes, before: int, more: bytes
) -> None:
    """F10."""
    assert refused(open_chunks(KEY, io.BytesIO(whole + more))) == SECRET[: before * CHUNK]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(SEALED) * 8 - 1))
@example(0)
@example(len(SEALED) * 8 - 1)
@example(SEALED_CHUNK * 8 - 1)
@example(SEALED_CHUNK * 8)
def test_a_bit_changed_anywhere_is_found_before_its_chunk_is_given_out(bit: int) -> None:
    """F10."""
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    released = refused(open_chunks(KEY, io.BytesIO(changed)))
    assert released == SECRET[: bit // 8 // SEALED_CHUNK * CHUNK]


@settings(deadline=None)
@given(st.lists(st.integers(0, len(CHUNKS) - 1), max_size=6))
@example([0, 1, 2])
@example([1, 0, 2, 3])
@example([0, 2, 1, 3])
@example([0, 1, 3, 2])
@example([0, 1, 1, 2, 3])
@example([0, 1, 2, 3, 3])
@example([0, 2, 3])
@example([1, 2, 3])
@example([3])
def test_chunks_reordered_dropped_or_repeated_are_refused(order: list[int]) -> None:
    """F10."""
    sealed = b"".join(CHUNKS[place] for place in order)
    if order == [0, 1, 2, 3]:
        assert opened(sealed) == SECRET
    else:
        assert SECRET.startswith(refused(open_chunks(KEY, io.BytesIO(sealed))))


def test_a_chunk_of_another_file_is_refused() -> None:
    """F9. F10."""
    other = chunks_of(stream_of(SECRET, payload_key(nonce=bytes(16))))
    for place in range(len(CHUNKS)):
        mixed = b"".join([*CHUNKS[:place], other[place], *CHUNKS[place + 1 :]])
        assert refused(open_chunks(KEY, io.BytesIO(mixed))) == SECRET[: place * CHUNK]


def sealed_with_flags(*pieces: tuple[bytes, bool]) -> bytes:
    return b"".join(seal_chunk(KEY, n, piece, last=last) for n, (piece, last) in enumerate(pieces))


PIECE = SECRET[:CHUNK]
ILL_FORMED = {
    "nothing": sealed_with_flags(),
    "less than a tag": SMALL[:15],
    "an empty chunk that is not the last": sealed_with_flags((b"", False)),
    "a short chunk that is not the last": sealed_with_flags((b"x", False)),
    "a full chunk that is not the last": sealed_with_flags((PIECE, False)),
    "two chunks, none the last": sealed_with_flags((PIECE, False), (PIECE, False)),
    "an empty last chunk after another": sealed_with_flags((PIECE, False), (b"", True)),
    "an empty last chunk after two": sealed_with_flags((PIECE, False), (PIECE, False), (b"", True)),
    "two last chunks": sealed_with_flags((PIECE, True), (b"x", True)),
    "two full last chunks": sealed_with_flags((PIECE, True), (PIECE, True)),
    "a last chunk and one more": sealed_with_flags((PIECE, True), (b"x", False)),
    "a short chunk in the midst": sealed_with_flags((b"x", False), (b"y", True)),
    "a chunk longer than a chunk": sealed_with_flags((SECRET[: CHUNK + 1], True)),
}


@pytest.mark.parametrize("sealed", ILL_FORMED.values(), ids=ILL_FORMED)
def test_a_stream_that_no_one_may_write_is_refused(sealed: bytes) -> None:
    """F10. What was given out before is authentic, and no more than all that is."""
    released = refused(open_chunks(KEY, io.BytesIO(sealed)))
    assert authentic_part(sealed, KEY).startswith(released)
