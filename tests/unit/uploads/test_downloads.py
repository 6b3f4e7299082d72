"""A file opens to exactly what was sent, and a damaged one is never taken for a whole one."""

import hashlib
from pathlib import Path

import pytest

from crypto.age import Sealer, sealed_length
from crypto.errors import OpenError
from crypto.padding import padme_length, tail
from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.downloads import open_blob

CHUNK = 64 * 1024
KEY = Identity.generate()
SIZES = [0, 1, 8, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_003]


@pytest.fixture
def blobs(tmp_path: Path) -> DirectoryBlobs:
    return DirectoryBlobs(tmp_path)


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


def read_until_error(blobs: DirectoryBlobs, blob_id: str, size: int, sha256: str = "") -> bytes:
    """Read as a browser would get it, up to the error that must come."""
    got: list[bytes] = []
    with pytest.raises(OpenError):
        got.extend(open_blob(blobs, blob_id, KEY, size, sha256 or None))
    return b"".join(got)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_opens_to_exactly_its_bytes(blobs: DirectoryBlobs, size: int) -> None:
    plain = content(size)
    blob_id = stored(blobs, plain)
    digest = hashlib.sha256(plain).hexdigest()
    assert b"".join(open_blob(blobs, blob_id, KEY, size, digest)) == plain
    assert b"".join(open_blob(blobs, blob_id, KEY, size)) == plain


def test_a_wrong_key_is_refused_before_a_header_is_sent(blobs: DirectoryBlobs) -> None:
    """F1, F10."""
    blob_id = stored(blobs, content(1000))
    with pytest.raises(OpenError):
        open_blob(blobs, blob_id, Identity.generate(), 1000)


def test_a_missing_file_is_named_as_missing(blobs: DirectoryBlobs) -> None:
    with pytest.raises(FileNotFoundError):
        open_blob(blobs, "0" * 32, KEY, 1000)


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
            open_blob(blobs, blob_id, KEY, size)


@pytest.mark.parametrize("size", [size for size in SIZES if size > CHUNK])
def test_damage_further_on_ends_the_download_short_of_its_length(
    blobs: DirectoryBlobs, size: int
) -> None:
    """F10: the browser sees that it is not whole."""
    end = sealed_length(padme_length(size), 1)
    for place in (end - 1, end - 20, end - (end - CHUNK) // 2):
        blob_id = stored(blobs, content(size))
        damage(blobs, blob_id, place)
        got = read_until_error(blobs, blob_id, size)
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
        assert len(read_until_error(blobs, blob_id, size)) < size


@pytest.mark.parametrize("size", [0, 1000, CHUNK, 1_000_003])
def test_padding_that_is_not_ours_is_refused(blobs: DirectoryBlobs, size: int) -> None:
    """F10: nothing can be hidden behind a file, nor a file be shortened by its letter."""
    zeros = padme_length(size) - size
    for padding in (bytes(zeros + 1), bytes(zeros) + b"\1", b"\1" * (zeros + 1)):
        blob_id = stored(blobs, content(size), padding)
        assert len(read_until_error(blobs, blob_id, size)) < max(size, 1)


def test_a_letter_that_names_another_size_or_hash_is_refused(blobs: DirectoryBlobs) -> None:
    """F9: a row swapped, or a letter that lies."""
    plain = content(1_000_000)
    blob_id = stored(blobs, plain)
    for size in (999_999, 1_000_001, 500_000, 0, 2_000_000):
        read_until_error(blobs, blob_id, size)
    got = read_until_error(blobs, blob_id, len(plain), hashlib.sha256(b"other").hexdigest())
    assert len(got) < len(plain)


def test_closing_an_unfinished_download_closes_the_file(blobs: DirectoryBlobs) -> None:
    download = open_blob(blobs, stored(blobs, content(1_000_003)), KEY, 1_000_003)
    assert next(download)
    download.close()
    with pytest.raises(ValueError, match="closed"):
        list(download)
