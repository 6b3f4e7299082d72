"""Reading a request body in bounded memory: the parts of a multipart body, and urlencoded fields.

Werkzeug's own form parser spools files to the temporary directory in clear and limits only some
kinds of body (D2, D7), and its decoder, fed piece by piece, can give a file a byte too many: up to
3.1.9 it takes the CR before a closing delimiter for data if the piece ends between the two dashes.
So a body is split here, strictly as browsers write it: lines end in CRLF, and a line that begins
with the delimiter ends the part (RFC 2046, section 5.1.1). Every byte is looked at once, and no
more than one piece of the body is held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import parse_qsl

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header

CHUNK = 256 * 1024
MAX_PARTS = 1000
MAX_FIELDS = 200
# A browser's longest: a field's name, and a file's of 255 characters, each up to three bytes.
MAX_PART_HEAD = 4 * 1024
MAX_BOUNDARY = 200

_LINE_END = b"\r\n"


class BodyEndsError(BadRequest):
    """The body ended before it was whole: the sender left, or lied about its length (D1)."""


class BoundedBody:
    """The body as a stream of at most `bound` bytes; more is a RequestEntityTooLarge.

    `bound` is how much is read at all, so that a browser that sent too much still gets to see our
    page instead of a reset connection; what of it is kept is for the caller to limit. `announced`
    is the length the sender gave, if any: gunicorn takes a shorter body for a whole one, and half a
    text would be filed (D8).
    """

    def __init__(self, stream: IO[bytes], bound: int, announced: int | None = None) -> None:
        self._stream = stream
        self._bound = bound
        self._announced = announced or 0
        self._length = 0

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; nothing at the end."""
        try:
            data = self._stream.read(size)
        # What gunicorn raises when the sender is gone or silent, and for chunks that are none.
        except (OSError, ParseException) as error:
            raise BodyEndsError from error
        self._length += len(data)
        if self._length > self._bound:
            raise RequestEntityTooLarge
        if not data and self._length < self._announced:
            raise BodyEndsError
        return data

    def drain(self) -> None:
        """Read the rest away, up to the bound."""
        while self.read(CHUNK):
            pass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form: its field's name, the file's name if it is a file, its bytes as they come."""

    name: str
    filename: str | None
    content: Iterator[bytes]


def multipart_parts(body: BoundedBody, boundary: bytes) -> Iterator[Part]:
    """Split a multipart body into its parts as they arrive; content left unread is dropped.

    Raises BadRequest for what is no multipart body or ends early, RequestEntityTooLarge for too
    many parts or too long a part header; both may come while a part's content is read.
    """
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        raise BadRequest
    splitter = _Splitter(body)
    delimiter = _LINE_END + b"--" + boundary
    splitter.short(delimiter)  # what comes before the first part is nobody's
    count = 0
    while not splitter.skip(b"--"):
        count += 1
        if count > MAX_PARTS:
            raise RequestEntityTooLarge
        name, filename = _names(splitter.short(_LINE_END * 2))
        content = _content(splitter, delimiter)
        yield Part(name, filename, content)
        for _ in content:
            pass
    body.drain()


def urlencoded_fields(body: BoundedBody, limit: int) -> list[tuple[str, str]]:
    """Read a urlencoded body of at most `limit` bytes; a longer one is drained and refused (D2)."""
    chunks, length = [], 0
    while data := body.read(CHUNK):
        length += len(data)
        if length <= limit:
            chunks.append(data)
    if length > limit:
        raise RequestEntityTooLarge
    try:
        pairs = parse_qsl(
            b"".join(chunks).decode(errors="replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise RequestEntityTooLarge from error
    return [(clean_text(name), clean_text(value)) for name, value in pairs]


def clean_text(text: str) -> str:
    """Drop NUL characters, which no text needs and databases choke on (A11)."""
    return text.replace("\0", "")


class _Splitter:
    """A body on its way, taken apart at marks; what is held is a piece of it and a part of a mark."""

    def __init__(self, body: BoundedBody) -> None:
        self._body = body
        self._held = _LINE_END  # so that the first delimiter is one like the others
        self._at = 0

    def up_to(self, mark: bytes) -> Iterator[bytes]:
        """Give what comes before the mark, as it arrives, and step over the mark."""
        while (end := self._held.find(mark, self._at)) < 0:
            # A mark may have begun, but not before here.
            end = len(self._held) - len(mark) + 1
            if end > self._at:
                yield self._held[self._at : end]
                self._at = end
            self._fetch()
        if end > self._at:
            yield self._held[self._at : end]
        self._at = end + len(mark)

    def short(self, mark: bytes) -> bytes:
        """Give what comes before the mark, and step over it; refuse it if it is long (D2)."""
        text = b""
        for piece in self.up_to(mark):
            if len(text) + len(piece) > MAX_PART_HEAD:
                raise RequestEntityTooLarge
            text += piece
        return text

    def skip(self, prefix: bytes) -> bool:
        """Step over `prefix` if it comes next."""
        while len(self._held) - self._at < len(prefix):
            self._fetch()
        found = self._held.startswith(prefix, self._at)
        if found:
            self._at += len(prefix)
        return found

    def _fetch(self) -> None:
        data = self._body.read(CHUNK)
        if not data:
            raise BodyEndsError
        self._held = self._held[self._at :] + data
        self._at = 0


def _content(splitter: _Splitter, delimiter: bytes) -> Iterator[bytes]:
    # RFC 2046 lets an empty content go without its line end; then the delimiter shares the head's.
    if not splitter.skip(delimiter.removeprefix(_LINE_END)):
        yield from splitter.up_to(delimiter)


def _names(head: bytes) -> tuple[str, str | None]:
    """Read the names of a field and its file from what stands between a delimiter and the content."""
    try:
        rest_of_delimiter, *lines = head.decode().split("\r\n")
    except UnicodeDecodeError as error:
        raise BadRequest from error
    if rest_of_delimiter.strip(" \t") or any(":" not in line for line in lines):
        raise BadRequest
    for line in lines:
        key, _, value = line.partition(":")
        options = parse_options_header(value)[1]
        if key.strip().lower() == "content-disposition" and "name" in options:
            return options["name"], options.get("filename")
    raise BadRequest
