"""On a real server an upload of any size leaves no readable byte anywhere, and the memory as it was."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crypto.age import unseal_stream
from crypto.recipients import Identity
from tests.unit.uploads.server import Server, Upload, serving

KIB = 1024
MIB = 1024 * KIB
CANARY = b"a canary nobody else would sing. "
BLOCK = (CANARY * (MIB // len(CANARY) + 1))[:MIB]
KEY = Identity.generate()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blobs")


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    with serving("sealing_app", root, KEY.encode()) as running:
        yield running


def send(uploading: Upload, size: int) -> None:
    for at in range(0, size, MIB):
        uploading.send(BLOCK[: min(MIB, size - at)])


def readable(server: Server, root: Path) -> list[str]:
    """List the files of the server, removed ones that it holds open included, that show the canary."""
    held = Path(f"/proc/{server.worker}/fd").iterdir()
    files = [*server.temporary.rglob("*"), *root.rglob("*"), *held]
    return [str(path) for path in files if path.is_file() and shows_canary(path)]


def shows_canary(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        end = b""
        while data := file.read(4 * MIB):
            if CANARY in end + data:
                return True
            end = data[-len(CANARY) :]
    return False


def memory_growth(server: Server, size: int) -> int:
    before = server.peak_memory()
    uploading = Upload(server, size)
    send(uploading, size)
    uploading.finish()
    return server.peak_memory() - before


@pytest.mark.parametrize("size", [64 * KIB, 600 * KIB, 200 * MIB], ids=["64K", "600K", "200M"])
def test_no_plaintext_is_in_any_file_while_or_after_it_is_uploaded(
    server: Server, root: Path, size: int
) -> None:
    """D7."""
    uploading = Upload(server, size)
    send(uploading, size // 2)
    assert readable(server, root) == []
    send(uploading, size - size // 2)
    (received,) = json.loads(uploading.finish())["files"]
    assert readable(server, root) == []
    (blob,) = (path for path in root.rglob("*") if path.is_file())
    with blob.open("rb") as sealed:
        assert next(unseal_stream(sealed, KEY)).startswith(CANARY)
    assert received["size"] == size
    blob.unlink()


def test_the_canary_would_be_found(server: Server, root: Path) -> None:
    """D7."""
    (root / "clear").write_bytes(b"x" * (4 * MIB - 5) + CANARY)
    assert readable(server, root) == [str(root / "clear")]
    (root / "clear").unlink()


def test_a_large_upload_takes_little_memory(server: Server, root: Path) -> None:
    """D1. D7."""
    memory_growth(server, MIB)
    assert memory_growth(server, 256 * MIB) <= 32 * MIB
    for blob in root.rglob("*"):
        if blob.is_file():
            os.truncate(blob, 0)
            blob.unlink()
