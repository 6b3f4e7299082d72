"""A multipart body comes apart the same way however its bytes arrive, and holds nothing up."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import IO, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from portal.multipart import (
    CHUNK,
    MAX_BOUNDARY,
    MAX_PART_HEAD,
    MAX_PARTS,
    BodyEndsError,
    BoundedBody,
    multipart_parts,
    urlencoded_fields,
)
from tests.unit.uploads.conftest import BOUNDARY, body, file, text

MIB = 1024 * 1024
MARK = BOUNDARY.encode()
DELIMITER = b"\r\n--" + MARK
HEAD = b'Content-Disposition: form-data; name="files"; filename="f"'
PLENTY = 1024 * MIB

Parts = list[tuple[str, str | None, bytes]]


class Pieces(io.BytesIO):
    """A stream that gives at most so many bytes at a time, and bears to be asked once at its end."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most
        self.ended = False

    def read(self, size: int | None = -1) -> bytes:
        assert not self.ended
        data = super().read(self.most if size is None or size < 0 else min(self.most, size))
        self.ended = not data
        return data


def parts_of(raw: bytes, most: int = CHUNK, boundary: bytes = MARK) -> Parts:
    """Take a body apart as it arrives in pieces."""
    bounded = BoundedBody(Pieces(raw, most), PLENTY)
    return [(p.name, p.filename, b"".join(p.content)) for p in multipart_parts(bounded, boundary)]


def contents_of(raw: bytes) -> list[bytes] | None:
    """Take a body apart as a whole, as RFC 2046 says; None for what is no form of ours."""
    contents: list[bytes] = []
    for segment in (b"\r\n" + raw).split(DELIMITER)[1:]:
        if segment.startswith(b"--"):
            return contents
        # An empty content may lack its line end, which then is the next delimiter's.
        head, blank, content = (segment + b"\r\n").partition(b"\r\n\r\n")
        if not blank or head.lstrip(b" \t") != b"\r\n" + HEAD:
            return None
        contents.append(content.removesuffix(b"\r\n"))
    return None


# Even all of it in one part head is not yet too long a one.
NEAR = st.lists(
    st.sampled_from(
        [
            b"\r\n",
            b"\r",
            b"\n",
            b"-",
            b"--",
            b" ",
            MARK,
            DELIMITER[:8],
            DELIMITER,
            DELIMITER + b"\r\n" + HEAD + b"\r\n",
            b"data",
            b"\0" * 50,
        ]
    ),
    max_size=12,
).map(b"".join)


@settings(deadline=None)
@given(st.lists(NEAR, min_size=1, max_size=3), st.integers(1, 60) | st.integers(1, 3000))
@example([DELIMITER[:-1]], 1)
@example([DELIMITER + b"x"], 1)
@example([DELIMITER[2:]], 1)
@example([DELIMITER + b"\r\n" + HEAD + b"\r\n\r"], 1)
def test_any_bytes_in_any_pieces_arrive_as_they_were_sent(contents: list[bytes], most: int) -> None:
    raw = body(*(file("f", content) for content in contents))
    hostile = any(DELIMITER in b"\r\n" + content for content in contents)
    expected = contents_of(raw) if hostile else contents
    try:
        got = [content for _, _, content in parts_of(raw, most)]
    except BadRequest:
        assert expected is None
    else:
        assert got == expected


TOKENS = [b"\r\n", b"--" + MARK, HEAD, b":", b"--", b"\xff", b"x"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join))
def test_any_body_comes_apart_or_is_400(raw: bytes) -> None:
    """D1. D2."""
    whole: Parts | None = None
    with suppress(BadRequest):
        whole = parts_of(raw)
    piecemeal: Parts | None = None
    with suppress(BadRequest):
        piecemeal = parts_of(raw, 1)
    assert whole == piecemeal


def test_a_body_cut_anywhere_into_two_pieces_is_the_same() -> None:
    parts: Parts = [
        ("text", None, "ў".encode()),
        ("files", "a", b"\r\n--\r" + DELIMITER[:-1]),
        ("files", "b", b""),
    ]
    raw = body(text("text", "ў"), file("a", parts[1][2]), file("b", b""))
    for cut in range(1, len(raw)):
        assert parts_of(raw, cut) == parts


def test_a_body_that_ends_anywhere_before_its_end_is_refused() -> None:
    """D1. D8."""
    raw = body(text("text", "x"), file("f", b"data"))
    end = len(raw) - len(b"\r\n")
    for cut in range(end):
        for most in (1, CHUNK):
            with pytest.raises(BodyEndsError):
                parts_of(raw[:cut], most)
    assert parts_of(raw[:end]) == parts_of(raw)


def test_content_left_unread_is_dropped_and_the_next_part_found() -> None:
    raw = body(file("a", b"x" * 1000), file("b", b""), file("c", b"y"))
    parts = list(multipart_parts(BoundedBody(Pieces(raw, 7), PLENTY), MARK))
    assert [part.filename for part in parts] == ["a", "b", "c"]
    assert [b"".join(part.content) for part in parts] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("disposition", "names"),
    [
        (b'Content-Disposition: form-data; name="a"', ("a", None)),
        (b'content-disposition:form-data;name=a;filename=""', ("a", "")),
        (b'Content-Type: text/plain\r\nContent-Disposition: form-data; name="a"', ("a", None)),
        ('Content-Disposition: form-data; name="a"; filename="ў%22.x"'.encode(), ("a", 'ў".x')),
        (b'Content-Disposition: form-data; name=""; filename="../b"', ("", "../b")),
    ],
    ids=["text", "no file chosen", "second header", "quotes", "path"],
)
def test_names_are_read_as_browsers_write_them(
    disposition: bytes, names: tuple[str, str | None]
) -> None:
    raw = DELIMITER[2:] + b" \t\r\n" + disposition + b"\r\n\r\nx" + DELIMITER + b"--"
    assert parts_of(raw) == [(*names, b"x")]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n",
        b"x\r\n" + HEAD,
        b"-\r\n" + HEAD,
        b"\r\nContent-Type: text/plain",
        b"\r\nContent-Disposition: form-data",
        b"\r\nno header\r\n" + HEAD,
        b"\r\n" + HEAD[:-3] + b'"\xff"',
        b"\n" + HEAD,
    ],
    ids=["none", "empty", "text", "dash", "no disposition", "no name", "no colon", "bytes", "bare"],
)
def test_a_part_head_no_browser_writes_is_400(head: bytes) -> None:
    """D2."""
    with pytest.raises(BadRequest):
        parts_of(DELIMITER[2:] + head + b"\r\n\r\nx" + DELIMITER + b"--\r\n")


def test_a_part_head_and_what_stands_before_the_first_part_are_short() -> None:
    """D2."""
    for most in (1, CHUNK):
        for extra, fits in ((0, True), (1, False)):
            padding = b"x" * (MAX_PART_HEAD - len(b"\r\n" + HEAD) + extra)
            long_head = DELIMITER[2:] + b"\r\n" + HEAD + padding + b"\r\n\r\n" + DELIMITER + b"--"
            late = b"x" * (MAX_PART_HEAD - len(b"\r\n") + extra) + DELIMITER + b"--"
            for raw in (long_head, late):
                if fits:
                    parts_of(raw, most)
                else:
                    with pytest.raises(RequestEntityTooLarge):
                        parts_of(raw, most)


def test_the_number_of_parts_is_bounded() -> None:
    """D2."""
    assert len(parts_of(body(*[file("", b"")] * MAX_PARTS))) == MAX_PARTS
    with pytest.raises(RequestEntityTooLarge):
        parts_of(body(*[file("", b"")] * (MAX_PARTS + 1)))


@pytest.mark.parametrize(
    "boundary",
    [b"x", b"-", b"--", b"-" * MAX_BOUNDARY, b"'()+_,./:=? x", b".*[", "ў".encode()],
    ids=["short", "dash", "dashes", "long", "signs", "pattern", "no ASCII"],
)
def test_any_boundary_a_header_can_carry_is_taken(boundary: bytes) -> None:
    raw = b"--" + boundary + b"\r\n" + HEAD + b"\r\n\r\nx\r\n--" + boundary + b"--"
    assert parts_of(raw, boundary=boundary) == [("files", "f", b"x")]


@pytest.mark.parametrize("boundary", [b"", b"x" * (MAX_BOUNDARY + 1)], ids=["none", "long"])
def test_a_boundary_that_is_none_or_too_long_is_400(boundary: bytes) -> None:
    """D2."""
    with pytest.raises(BadRequest):
        parts_of(b"--" + boundary + b"--", boundary=boundary)


class Long(io.RawIOBase):
    """A beginning, then 4 MiB of a pattern, then an end."""

    def __init__(self, beginning: bytes, pattern: bytes, end: bytes, most: int) -> None:
        block = pattern * (most // len(pattern) + 1)
        blocks = (block[:most] for _ in range(0, 4 * MIB, most))
        self.reads = 0
        self._pieces = chain([beginning], blocks, [end, b""])

    def read(self, _size: int = -1) -> bytes:
        self.reads += 1
        return next(self._pieces)

    def body(self) -> BoundedBody:
        return BoundedBody(cast("IO[bytes]", self), PLENTY)


@contextmanager
def little_memory() -> Iterator[None]:
    """Hold that what happens inside needs a few pieces' memory at a time."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * CHUNK


@pytest.mark.parametrize(
    "pattern",
    [b"\0", b"\r", b"\r\n", DELIMITER[:-1], b"\r\n--" * 3, MARK],
    ids=["zeros", "CR", "lines", "nearly the delimiter", "dashes", "boundaries"],
)
@pytest.mark.parametrize("most", [1000, CHUNK])
def test_no_content_makes_the_splitter_hold_more_than_a_piece(pattern: bytes, most: int) -> None:
    """D1. D2: each piece that comes in goes out, whatever is in it."""
    head = file("f", b"").removesuffix(b"\r\n")
    stream = Long(head, pattern, b"\0" + DELIMITER + b"--", most)
    with little_memory():
        part = next(multipart_parts(stream.body(), MARK))
        pieces = sum(1 for _ in part.content)
    assert 4 * MIB // most <= pieces <= stream.reads


def test_a_urlencoded_body_beyond_its_limit_is_read_and_not_held() -> None:
    """D2."""
    stream = Long(b"a=", b"x", b"", CHUNK)
    with little_memory(), pytest.raises(RequestEntityTooLarge):
        urlencoded_fields(stream.body(), 1000)
    assert stream.reads > 4 * MIB // CHUNK
