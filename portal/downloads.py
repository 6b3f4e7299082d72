"""Opening a sealed attachment, so that a damaged one is never taken for a whole one.

The first chunk is authenticated before `open_blob` returns: the view can still answer with an error
page. From then on each chunk is yielded only after the next one has proved authentic, and the last
bytes only after the padding is all zeros, its length right and the hash that of the letter. A file
damaged anywhere therefore ends short of its announced length, and the browser says so (F10).
"""

import hashlib
from collections.abc import Generator, Iterator
from typing import BinaryIO, Self

from flask import Response

from crypto.age import unseal_stream
from crypto.errors import OpenError
from crypto.padding import padme_length
from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.filenames import download_headers
from portal.mailbox.letters import Attachment


def open_blob(
    blobs: DirectoryBlobs, blob_id: str, identity: Identity, size: int, sha256: str
) -> "OpenedBlob":
    """Open a sealed attachment of `size` plaintext bytes, whose SHA-256 is `sha256` (hex).

    Gives an iterator of exactly `size` bytes in chunks, which is also closable, as WSGI wants it.
    Raises OpenError, here or while iterating, for a wrong key and for any damage; FileNotFoundError
    if the store does not have the blob.
    """
    return OpenedBlob(_verified(blobs.open(blob_id), identity, size, sha256))


class OpenedBlob(Iterator[bytes]):
    """The plaintext of one attachment; its first chunk is authenticated on creation."""

    def __init__(self, chunks: Generator[bytes]) -> None:
        self._chunks = chunks
        self._first: bytes | None = next(chunks, None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._first is None:
            return next(self._chunks)
        first, self._first = self._first, None
        return first

    def close(self) -> None:
        """Give up: the sealed file is closed, and nothing more comes."""
        self._first = None
        self._chunks.close()


def send_attachment(blobs: DirectoryBlobs, attachment: Attachment, identity: Identity) -> Response:
    """Answer with a file of a letter: always a download, inert, its length announced (C8)."""
    try:
        opened = open_blob(blobs, attachment.blob, identity, attachment.size, attachment.sha256)
    except FileNotFoundError as error:
        raise OpenError from error
    response = Response(opened, headers=download_headers(attachment.name))
    response.content_length = attachment.size
    return response


def _verified(sealed: BinaryIO, identity: Identity, size: int, sha256: str) -> Generator[bytes]:
    """Yield the first `size` bytes, one step late; OpenError unless the rest is our padding.

    However it ends, by the last byte, an error or being given up, the file is closed.
    """
    digest = hashlib.sha256()
    held, total = b"", 0
    with sealed:
        for chunk in unseal_stream(sealed, identity):
            text = chunk[: max(0, size - total)]
            if chunk[len(text) :].strip(b"\0"):
                raise OpenError
            total += len(chunk)
            digest.update(text)
            if text and held:
                yield held
            held = text or held
        if total != padme_length(size) or digest.hexdigest() != sha256:
            raise OpenError
    if held:
        yield held
