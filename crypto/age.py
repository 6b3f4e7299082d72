"""The age v1 file: a header that wraps the file key for each recipient, and the sealed payload.

This is the one container of the house; `docs/formats.md` says it in MUST language. Source: C2SP age.md.
"""

import base64
import binascii
import hashlib
import hmac
import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import OpenError
from crypto.recipients import ENCAPSULATED_BYTES, WRAPPED_KEY_BYTES, Identity, Recipient
from crypto.stream import CHUNK, TAG, Bytes, ChunkSealer, Sink, open_chunks, read_up_to

_VERSION = b"age-encryption.org/v1\n"
_STANZA = b"mlkem768x25519"
_ARGUMENTS = re.compile(rb"[!-~]+(?: [!-~]+)*")
_COLUMNS = 64
_FILE_KEY_BYTES = 16
_NONCE_BYTES = 16
_MAC_BYTES = 32
# Far above any file of ours (twenty recipients), far below what could hurt a parser.
_MAX_LINE = 64 * 1024
_MAX_HEADER = 256 * 1024


def seal(plaintext: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Seal bytes to each of the recipients; any one of them opens the whole."""
    sealed = io.BytesIO()
    sealer = Sealer(recipients, sealed)
    sealer.write(plaintext)
    sealer.close()
    return sealed.getvalue()


def unseal(sealed: bytes, identity: Identity) -> bytes:
    """Open what was sealed to this identity's recipient; raises OpenError."""
    return b"".join(unseal_stream(io.BytesIO(sealed), identity))


class Sealer:
    """Seals a stream in constant memory. Without `close` the file lacks its last chunk and opens for nobody."""

    def __init__(self, recipients: Sequence[Recipient], sink: Sink) -> None:
        self._chunks = _begin(
            recipients, sink, file_key=os.urandom(_FILE_KEY_BYTES), nonce=os.urandom(_NONCE_BYTES)
        )

    def write(self, data: Bytes) -> None:
        """Seal the next bytes."""
        self._chunks.write(data)

    def close(self) -> None:
        """Seal the last chunk."""
        self._chunks.close()


def seal_stream(source: BinaryIO, sink: Sink, recipients: Sequence[Recipient]) -> None:
    """Seal everything `source` gives."""
    sealer = Sealer(recipients, sink)
    while data := source.read(16 * CHUNK):
        sealer.write(data)
    sealer.close()


def unseal_stream(source: BinaryIO, identity: Identity) -> Iterator[bytes]:
    """Give the plaintext in chunks of at most 64 KiB, each authenticated before it is given; raises OpenError.

    Bytes given before an error are authentic, but the file is not whole: a caller that must not act on part of a file
    waits for the end.
    """
    header = _read_header(source)
    yield from _open_payload(header, _file_key(header, identity), source)


def sealed_length(plaintext_length: int, recipients: int) -> int:
    """How many bytes sealing makes of `plaintext_length` bytes."""
    enc, body = _base64_length(ENCAPSULATED_BYTES), _base64_length(WRAPPED_KEY_BYTES)
    stanza = len(b"-> ") + len(_STANZA) + 1 + enc + 1 + body + 1
    header = len(_VERSION) + recipients * stanza + len(b"--- ") + _base64_length(_MAC_BYTES) + 1
    chunks = max(1, -(-plaintext_length // CHUNK))
    return header + _NONCE_BYTES + plaintext_length + chunks * TAG


def _begin(
    recipients: Sequence[Recipient], sink: Sink, *, file_key: bytes, nonce: bytes
) -> ChunkSealer:
    """Write the header, and give what seals the payload. The seam for test vectors: nothing else passes keys or nonces."""
    if not recipients:
        raise ValueError("something sealed to nobody is lost")
    covered = _VERSION + b"".join(_stanza(*r.wrap(file_key)) for r in recipients) + b"---"
    mac = hmac.digest(_derive(file_key, b"", b"header"), covered, hashlib.sha256)
    sink.write(covered + b" " + _base64(mac) + b"\n" + nonce)
    return ChunkSealer(_derive(file_key, nonce, b"payload"), sink)


def _open_payload(header: "_Header", file_key: bytes, source: BinaryIO) -> Iterator[bytes]:
    """Check the header's MAC, then open what follows it. The seam for test vectors of recipient types that are not ours."""
    mac = hmac.digest(_derive(file_key, b"", b"header"), header.covered, hashlib.sha256)
    if not hmac.compare_digest(mac, header.mac):
        raise OpenError
    nonce = read_up_to(source, _NONCE_BYTES)
    if len(nonce) != _NONCE_BYTES:
        raise OpenError
    yield from open_chunks(_derive(file_key, nonce, b"payload"), source)


def _stanza(encapsulated: bytes, wrapped: bytes) -> bytes:
    return b"-> %s %s\n%s\n" % (_STANZA, _base64(encapsulated), _base64(wrapped))


@dataclass(frozen=True, slots=True)
class _Header:
    stanzas: tuple[tuple[tuple[bytes, ...], bytes], ...]
    covered: bytes
    mac: bytes


def _read_header(source: BinaryIO) -> _Header:
    """Parse the header strictly: what parses is written exactly so by any implementation."""
    lines = _Lines(source)
    if lines.next() != _VERSION[:-1]:
        raise OpenError
    stanzas = []
    line = lines.next()
    while line.startswith(b"-> "):
        stanzas.append((_arguments(line), _body(lines)))
        line = lines.next()
    mark, _, mac = line.partition(b" ")
    if not stanzas or mark != b"---":
        raise OpenError
    covered = bytes(lines.seen[: -len(mac) - 2])
    return _Header(tuple(stanzas), covered, _decode(mac, _MAC_BYTES))


class _Lines:
    """The header's lines, without ever reading into the payload."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.seen = bytearray()

    def next(self) -> bytes:
        line = self._source.readline(_MAX_LINE)
        self.seen += line
        if not line.endswith(b"\n") or len(self.seen) > _MAX_HEADER:
            raise OpenError
        return line[:-1]


def _arguments(line: bytes) -> tuple[bytes, ...]:
    """Split `-> argument …`: one space between, only visible ASCII within."""
    if not _ARGUMENTS.fullmatch(line, 3):
        raise OpenError
    return tuple(line[3:].split(b" "))


def _body(lines: _Lines) -> bytes:
    """Read a stanza's body: full lines of 64 columns, then one that is shorter."""
    parts = []
    while len(part := lines.next()) == _COLUMNS:
        parts.append(part)
    if len(part) > _COLUMNS:
        raise OpenError
    return _decode(b"".join([*parts, part]))


def _file_key(header: _Header, identity: Identity) -> bytes:
    """Unwrap the file key from the stanza that is ours; malformed ones of our type spoil the file."""
    ours = [(a, body) for a, body in header.stanzas if a[0] == _STANZA]
    if any(len(a) != 2 or len(body) != WRAPPED_KEY_BYTES for a, body in ours):  # noqa: PLR2004 - type, enc
        raise OpenError
    candidates = [(_decode(a[1], ENCAPSULATED_BYTES), body) for a, body in ours]
    if any(a[0] == b"scrypt" for a, _ in header.stanzas):
        raise OpenError  # a passphrase stands alone, and is not ours to try
    for encapsulated, body in candidates:
        with suppress(OpenError):
            return identity.unwrap(encapsulated, body)
    raise OpenError


def _derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, info).derive(key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _base64_length(length: int) -> int:
    return -(-length * 4 // 3)


def _decode(text: bytes, length: int | None = None) -> bytes:
    """Decode canonical unpadded base64, of exactly `length` bytes if that is given."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise OpenError from error
    if _base64(data) != text or length not in (None, len(data)):
        raise OpenError
    return data
