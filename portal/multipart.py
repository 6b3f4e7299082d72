"""Reading a request body in bounded memory: the multipart events, and urlencoded fields.

Werkzeug's own form parser spools files to the temporary directory in clear and limits only some
kinds of body (D2, D7). Its sans-io decoder does neither: it only splits. Here it is fed from the
WSGI stream, with a bound on everything that could grow.
"""

from collections.abc import Iterator
from typing import IO
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

CHUNK = 256 * 1024
MAX_PARTS = 1000
MAX_FIELDS = 200
MAX_PART_HEADER = 16 * 1024
MAX_BOUNDARY = 200


class BodyEndsError(BadRequest):
    """The body ended before it was whole: the sender left, or lied about its length (D1)."""


class BoundedBody:
    """The body as a stream of at most `bound` bytes; more is a RequestEntityTooLarge.

    `bound` is how much is read at all, so that a browser that sent too much still gets to see our
    page instead of a reset connection; what of it is kept is for the caller to limit.
    """

    def __init__(self, stream: IO[bytes], bound: int) -> None:
        self._stream = stream
        self._left = bound

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; nothing at the end."""
        try:
            data = self._stream.read(size)
        except OSError as error:  # what gunicorn raises for a broken chunked body
            raise BodyEndsError from error
        self._left -= len(data)
        if self._left < 0:
            raise RequestEntityTooLarge
        return data

    def drain(self) -> None:
        """Read the rest away, up to the bound."""
        while self.read(CHUNK):
            pass


def multipart_events(body: BoundedBody, boundary: bytes) -> Iterator[Field | File | Data]:
    """Split a multipart body into its parts as they arrive; at most CHUNK bytes of data per event.

    Raises BadRequest for what is no multipart body or ends early, RequestEntityTooLarge for too
    many parts or too long a part header.
    """
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        raise BadRequest
    decoder = MultipartDecoder(boundary, CHUNK + 2 * MAX_PART_HEADER, max_parts=MAX_PARTS)
    for piece in _pieces(body, b"--" + boundary):
        decoder.receive_data(piece)
        for event in _ready(decoder):
            if isinstance(event, Field | File):
                _check_header(event)
                yield event
            elif isinstance(event, Data):
                yield event
        _check_waiting(decoder)


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


def _pieces(body: BoundedBody, delimiter: bytes) -> Iterator[bytes | None]:
    """Give the body in pieces that never end within a delimiter or its line ends, then None.

    Werkzeug 3.1's decoder takes the CR in front of a delimiter for data when it has seen the whole
    delimiter, but not yet what follows it: a file would grow by a byte.
    """
    before, after = len(b"\r\n"), len(delimiter) + len(b"--\r\n")
    held = b""
    while data := body.read(CHUNK):
        held += data
        end = max(0, len(held) - before - after)
        # A delimiter that begins here is cut by a piece that ends at `end`; each one found lies further ahead.
        while (
            end > 0
            and (
                at := held.rfind(
                    delimiter, max(0, end - after + 1), end + before + len(delimiter) - 1
                )
            )
            >= 0
        ):
            end = max(0, at - before)
        if end:
            yield held[:end]
            held = held[end:]
    yield held
    yield None


def _ready(decoder: MultipartDecoder) -> Iterator[Event]:
    """Take from the decoder what it can give with the bytes it has."""
    try:
        while not isinstance(event := decoder.next_event(), NeedData):
            yield event
            if isinstance(event, Epilogue):
                return
    except ValueError as error:  # malformed, not UTF-8 in a header, or ended within a part
        raise BadRequest from error


def _check_header(part: Field | File) -> None:
    """Refuse a nameless part, and headers longer than any browser's (D2)."""
    if not isinstance(part.name, str):
        raise BadRequest
    if sum(len(name) + len(value) for name, value in part.headers) > MAX_PART_HEADER:
        raise RequestEntityTooLarge


def _check_waiting(decoder: MultipartDecoder) -> None:
    """Drop what follows the last boundary; refuse an endless preamble or part header (D2)."""
    if decoder.state.name == "EPILOGUE":
        decoder.buffer.clear()
    elif len(decoder.buffer) > MAX_PART_HEADER:
        raise RequestEntityTooLarge
