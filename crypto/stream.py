"""The payload of an age file: 64 KiB chunks of ChaCha20-Poly1305, each sealed under its number and whether it is the last.

Both directions hold two chunks at most, whatever the length of the stream. Source: C2SP age.md, "Payload".
"""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from crypto.errors import OpenError

CHUNK = 64 * 1024
TAG = 16
_SEALED_CHUNK = CHUNK + TAG
_COUNTER_BYTES = 11

Bytes = bytes | bytearray | memoryview


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, data: Bytes, /) -> object:
        """Take the bytes before returning: the buffer is used again."""


class ChunkSealer:
    """Seals a stream. A full chunk waits until more comes: only the end tells which chunk is the last."""

    def __init__(self, key: bytes, sink: Sink) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._sink = sink
        self._counter = 0
        self._waiting = bytearray(CHUNK)
        self._filled = 0
        self._sealed = bytearray(_SEALED_CHUNK)
        self._closed = False

    def write(self, data: Bytes) -> None:
        """Seal what fills a chunk; the rest waits."""
        self._check_open()
        view = memoryview(data).cast("B")
        while len(view):
            if self._filled == CHUNK:
                self._emit(memoryview(self._waiting), last=False)
                self._filled = 0
            # Whole chunks that are certainly not the last go straight from the caller's buffer.
            while self._filled == 0 and len(view) > CHUNK:
                self._emit(view[:CHUNK], last=False)
                view = view[CHUNK:]
            taken = min(CHUNK - self._filled, len(view))
            self._waiting[self._filled : self._filled + taken] = view[:taken]
            self._filled += taken
            view = view[taken:]

    def close(self) -> None:
        """Seal the last chunk. Without it the stream is truncated, and no one will open it."""
        self._check_open()
        self._closed = True
        self._emit(memoryview(self._waiting)[: self._filled], last=True)

    def _check_open(self) -> None:
        # A chunk after the last one would make the whole file one that nobody opens.
        if self._closed:
            raise ValueError("this stream is closed")

    def _emit(self, chunk: memoryview, *, last: bool) -> None:
        room = memoryview(self._sealed)[: len(chunk) + TAG]
        self._cipher.encrypt_into(_nonce(self._counter, last=last), chunk, None, room)
        self._counter += 1
        self._sink.write(room)


def open_chunks(key: bytes, source: BinaryIO) -> Iterator[bytes]:
    """Give the plaintext, chunk by chunk, each only after it proved authentic. Raises OpenError at the first that does not.

    Truncation, a stream that goes on after its last chunk, and an empty last chunk after others are all refused.
    """
    cipher = ChaCha20Poly1305(key)
    opened = bytearray(CHUNK)
    current = read_up_to(source, _SEALED_CHUNK)
    counter = 0
    while True:
        following = read_up_to(source, _SEALED_CHUNK) if len(current) == _SEALED_CHUNK else b""
        length = len(current) - TAG
        last = not following
        if length < 0 or (length == 0 and counter):
            raise OpenError
        room = memoryview(opened)[:length]
        try:
            cipher.decrypt_into(_nonce(counter, last=last), current, None, room)
        except InvalidTag as error:
            raise OpenError from error
        yield bytes(room)
        if last:
            return
        current, counter = following, counter + 1


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(_COUNTER_BYTES, "big") + (b"\1" if last else b"\0")


def read_up_to(source: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end, however little the source gives at a time."""
    data = source.read(size)
    if len(data) in (0, size):
        return data
    parts = bytearray(data)
    while len(parts) < size and (more := source.read(size - len(parts))):
        parts += more
    return bytes(parts)
