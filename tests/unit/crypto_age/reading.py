"""Reading in tests: what a reader gave before it refused, if it did."""

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest

from crypto.age import unseal_stream
from crypto.errors import OpenError
from crypto.recipients import Identity


def refused(chunks: Iterator[bytes]) -> bytes:
    """Give what came before the refusal; fail if nothing was refused."""
    released: list[bytes] = []
    with pytest.raises(OpenError):
        released.extend(chunks)
    return b"".join(released)


def refuses(sealed: bytes, identity: Identity) -> bytes:
    """Give what opening a file released before the refusal."""
    return refused(unseal_stream(io.BytesIO(sealed), identity))


def trickle(data: bytes, most: int) -> BinaryIO:
    """Give a source of at most `most` bytes at a time, as a slow pipe is."""
    return cast("BinaryIO", _Trickle(data, most))


class _Trickle(io.RawIOBase):
    def __init__(self, data: bytes, most: int) -> None:
        self._rest = memoryview(data)
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        taken = self._rest[: min(self._most, len(buffer))]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
