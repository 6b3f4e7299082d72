"""A file opens to exactly what was sent, and a damaged one is never taken for a whole one."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from crypto.age import Sealer, sealed_length
from crypto.errors import OpenError
from crypto.padding import padme_length, tail
from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.downloads import open_blob, send_attachment
from portal.mailbox.letters import Attachment

CHUNK = 64 * 1024
KEY = Identity.generate()
SIZES = [0, 1, 8, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_003]


class WatchedBlobs(DirectoryBlobs):
    """Remembers what it opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened: list[BinaryIO] = []

    def open(self, blob_id: str) -> BinaryIO:
        self.opened.append(super().open(blob_id))
        return self.opened[-1]

    def count_open(self) -> int:
        return sum(not file.closed for file in self.opened)


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[WatchedBlobs]:
    """A store; whatever a test did with it, no file it opened is open at the end."""
    blobs = WatchedBlobs(tmp_path)
    yield blobs
    assert blobs.count_open() == 0


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def stored(blobs: DirectoryBlobs, plain: bytes, padding: bytes | None = None) -> str:
    with blobs.stage() as staged:
        sealer = Sealer([KEY.recipient], staged)
        sealer.write(plain)
        for zeros in [padding] if padding is not None else tail(len(plain)):
            sealer.write(zeros)
        sealer.close()
        return staged.commit_durable().id


def damage(blobs: DirectoryBlobs, blob_id: str, place: int) -> None:
    path = blobs.root / "staging" / blob_id
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)


def digest_of(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()


def read_until_error(blobs: DirectoryBlobs, blob_id: str, size: int, sha256: str) -> bytes:
    """Read as a browser would get it, up to the error that must come."""
    got: list[bytes] = []
    with pytest.raises(OpenError):
        got.extend(open_blob(blobs, blob_id, KEY, size, sha256))
    return b"".join(got)


# The last is followed by a chunk that is nothing but padding.
@pytest.mark.parametrize("size", [*SIZES, 64 * CHUNK + 1])
def test_a_file_opens_to_exactly_its_bytes(blobs: DirectoryBlobs, size: int) -> None:
    plain = content(size)
    opened = open_blob(blobs, stored(blobs, plain), KEY, size, digest_of(plain))
    assert b"".join(opened) == plain


def test_a_wrong_key_is_refused_before_a_header_is_sent(blobs: DirectoryBlobs) -> None:
    """F1, F10."""
    plain = content(1000)
    blob_id = stored(blobs, plain)
    with pytest.raises(OpenError):
        open_blob(blobs, blob_id, Identity.generate(), 1000, digest_of(plain))


def test_a_missing_file_is_named_as_missing(blobs: DirectoryBlobs) -> None:
    with pytest.raises(FileNotFoundError):
        open_blob(blobs, "0" * 32, KEY, 1000, "")


@pytest.mark.parametrize("size", SIZES)
def test_damage_in_the_beginning_is_refused_before_a_header_is_sent(
    blobs: DirectoryBlobs, size: int
) -> None:
    """F10."""
    overhead = sealed_length(0, 1) - 16
    for place in (0, overhead // 2, overhead - 20, overhead):
        blob_id = stored(blobs, content(size))
        damage(blobs, blob_id, place)
        with pytest.raises(OpenError):
            open_blob(blobs, blob_id, KEY, size, digest_of(content(size)))


@pytest.mark.parametrize("size", [size for size in SIZES if size > CHUNK])
def test_damage_further_on_ends_the_download_short_of_its_length(
    blobs: DirectoryBlobs, size: int
) -> None:
    """F10: the browser sees that it is not whole."""
    end = sealed_length(padme_length(size), 1)
    for place in (end - 1, end - 20, end - (end - CHUNK) // 2):
        blob_id = stored(blobs, content(size))
        damage(blobs, blob_id, place)
        got = read_until_error(blobs, blob_id, size, digest_of(content(size)))
        assert len(got) < size
        assert content(size).startswith(got)


@pytest.mark.parametrize("size", [1000, 1_000_003])
def test_a_truncated_file_is_never_whole(blobs: DirectoryBlobs, size: int) -> None:
    """F10."""
    blob_id = stored(blobs, content(size))
    path = blobs.root / "staging" / blob_id
    raw = path.read_bytes()
    for cut in (1, 16, 100, len(raw) // 2):
        path.write_bytes(raw[:-cut])
        assert len(read_until_error(blobs, blob_id, size, digest_of(content(size)))) < size


@pytest.mark.parametrize("size", [0, 1000, CHUNK, 1_000_003])
def test_padding_that_is_not_ours_is_refused(blobs: DirectoryBlobs, size: int) -> None:
    """F10: nothing can be hidden behind a file, nor a file be shortened by its letter."""
    zeros = padme_length(size) - size
    for padding in (bytes(zeros + 1), bytes(zeros) + b"\1", b"\1" * (zeros + 1)):
        blob_id = stored(blobs, content(size), padding)
        assert len(read_until_error(blobs, blob_id, size, digest_of(content(size)))) < max(size, 1)


def test_a_letter_that_names_another_size_is_refused(blobs: DirectoryBlobs) -> None:
    """F9: a row swapped, or a letter that lies, and takes care that its hash fits."""
    plain = content(1_000_000)
    blob_id = stored(blobs, plain)
    for size in (0, 500_000, 999_999, 2_000_000):
        fitting = digest_of(plain[:size] + bytes(max(0, size - len(plain))))
        read_until_error(blobs, blob_id, size, fitting)
    read_until_error(blobs, blob_id, 1_000_001, digest_of(plain))


def test_a_letter_that_names_another_hash_is_refused(blobs: DirectoryBlobs) -> None:
    """F9."""
    blob_id = stored(blobs, content(1_000_000))
    for lie in (digest_of(b"other"), digest_of(content(1_000_000)).upper(), ""):
        assert len(read_until_error(blobs, blob_id, 1_000_000, lie)) < 1_000_000


def test_closing_an_unfinished_download_closes_the_file(blobs: WatchedBlobs) -> None:
    plain = content(1_000_003)
    for chunks_taken in range(4):
        download = open_blob(blobs, stored(blobs, plain), KEY, len(plain), digest_of(plain))
        assert len(b"".join(islice(download, chunks_taken))) == chunks_taken * CHUNK
        assert blobs.count_open() == 1
        download.close()
        assert blobs.count_open() == 0
        assert list(download) == []


def attachment_of(blobs: DirectoryBlobs, plain: bytes) -> Attachment:
    return Attachment(stored(blobs, plain), "отчёт.pdf", len(plain), digest_of(plain))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_attachment_is_sent_whole_and_its_file_closed_with_the_answer(
    blobs: WatchedBlobs, method: str
) -> None:
    """C8."""
    plain = content(1_000_003)
    response = send_attachment(blobs, attachment_of(blobs, plain), KEY)
    chunks, status, headers = run_wsgi_app(response, create_environ(method=method))
    assert status == "200 OK"
    assert headers["Content-Length"] == str(len(plain))
    assert headers["Content-Disposition"].startswith("attachment;")
    assert b"".join(chunks) == (plain if method == "GET" else b"")
    cast("Any", chunks).close()
    assert blobs.count_open() == 0


def test_an_answer_nobody_waits_for_closes_its_file(blobs: WatchedBlobs) -> None:
    """D1: the reader has gone after the first bytes."""
    response = send_attachment(blobs, attachment_of(blobs, content(1_000_003)), KEY)
    chunks, _, _ = run_wsgi_app(response, create_environ())
    assert next(iter(chunks))
    cast("Any", chunks).close()
    assert blobs.count_open() == 0


def test_an_attachment_that_is_gone_is_a_damaged_one(blobs: DirectoryBlobs) -> None:
    with pytest.raises(OpenError):
        send_attachment(blobs, Attachment("0" * 32, "f", 1, ""), KEY)
