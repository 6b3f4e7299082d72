"""Long streams that lie nowhere: where they come from, and where they go."""

import io
import os
from typing import BinaryIO, cast

_BLOCK = os.urandom(1024 * 1024)


def source(size: int) -> BinaryIO:
    """Give `size` bytes, the same random MiB over and over."""
    return cast("BinaryIO", _Source(size))


class _Source(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(size, self._left, len(_BLOCK))
        self._left -= taken
        return _BLOCK if taken == len(_BLOCK) else _BLOCK[:taken]


class Nowhere:
    """Takes everything, and counts it."""

    def __init__(self) -> None:
        self.length = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take the bytes."""
        self.length += len(data)
