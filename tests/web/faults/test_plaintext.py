"""What comes in is nowhere in clear, in no file of the instance and no temporary one, however large; and takes little memory."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.served import Served
from tests.web.faults.conftest import assert_silent
from tests.web.faults.reports import REPORT, Report, some_files
from tests.web.faults.visitor import AGENT, Visitor, part

KIB, MIB = 1024, 1024 * 1024
MARK = b"canary-9d41-of-a-file"
NAME = "canary-9d41-name.pdf"
TEXT = "canary-9d41-text"
BLOCK = (MARK + bytes(64 - len(MARK))) * (MIB // 64)
BOUNDARY = "canaryboundary9d41"


class Sending:
    """A report with one large file, on its way: it stops wherever the test wants to look."""

    def __init__(self, portal: Served, size: int) -> None:
        self.visitor = Visitor(portal.port)
        fields = self.visitor.get(REPORT).hidden() | {"text": TEXT, "language": "en"}
        texts = [part(BOUNDARY, f'name="{n}"', value.encode()) for n, value in fields.items()]
        begun = part(BOUNDARY, f'name="files"; filename="{NAME}"', b"").removesuffix(b"\r\n")
        self._head = b"".join(texts) + begun
        self._end = f"\r\n--{BOUNDARY}--\r\n".encode()
        self._size = size

    def send(self, look: "Looks") -> str:
        """Send it, looking when half of it has gone; give the token."""
        length = len(self._head) + self._size + len(self._end)
        body = self._pieces(look)
        answer = self.visitor.send_raw(REPORT, BOUNDARY, body, {"Content-Length": str(length)})
        assert answer.status == 303, answer.alert
        return self.visitor.get("/en/receipt").token() or ""

    def _pieces(self, look: "Looks") -> Iterator[bytes]:
        yield self._head
        for sent in range(0, self._size, MIB):
            yield BLOCK[: self._size - sent]
            if sent <= self._size // 2 < sent + MIB:
                look()
        yield self._end


class Looks:
    """Looks through every file there is, the open but nameless ones of the process included."""

    def __init__(self, portal: Served, *more: bytes) -> None:
        self._portal = portal
        self._secrets = [MARK, NAME.encode(), TEXT.encode(), AGENT.encode(), *more]
        self.count = 0
        self.sealed = 0

    def __call__(self) -> None:
        """Look once."""
        self.count += 1
        self.sealed = 0
        for path in self._files():
            self.sealed += path.stat().st_size if path.parent.name == "staging" else 0
            assert not holds(path, self._secrets), path

    def _files(self) -> Iterator[Path]:
        yield from (path for path in self._portal.folder.rglob("*") if path.is_file())
        if os.geteuid() == 0 and self._portal.process:
            # A temporary file of Python's has no name to find it by.
            for pid in (self._portal.pid, self._portal.worker):
                yield from (p for p in Path(f"/proc/{pid}/fd").iterdir() if p.is_file())


def holds(path: Path, secrets: list[bytes]) -> bool:
    """Whether any of some words stands in a file."""
    longest = max(map(len, secrets))
    with path.open("rb") as file:
        held = b""
        while data := file.read(MIB):
            held += data
            if any(secret in held for secret in secrets):
                return True
            held = held[-longest:]
    return False


@pytest.mark.parametrize("size", [64 * KIB, 600 * KIB, 200 * MIB], ids=["64K", "600K", "200M"])
def test_nothing_that_was_sent_is_in_any_file_while_it_comes_and_after(
    sqlite_portal: Served, size: int
) -> None:
    """D7. E1. E4. A28. Below and above what frameworks keep in memory, and after the process was killed."""
    look = Looks(sqlite_portal)
    token = Sending(sqlite_portal, size).send(look)
    assert look.count == 1
    look()
    spellings = (token, token.replace(" ", ""))
    Looks(sqlite_portal, *(spelling.strip().encode() for spelling in spellings))()
    sqlite_portal.kill()
    look()
    assert_silent(sqlite_portal, *spellings)


@pytest.mark.parametrize("size", [600 * KIB, 64 * MIB], ids=["600K", "64M"])
def test_a_process_killed_half_way_through_leaves_nothing_in_clear(
    sqlite_portal: Served, size: int
) -> None:
    """D7. D8."""

    class Killed(Looks):
        def __call__(self) -> None:
            super().__call__()
            sqlite_portal.kill()

    look = Killed(sqlite_portal)
    with pytest.raises(OSError, match=r"."):
        Sending(sqlite_portal, size).send(look)
    assert look.count == 1
    Looks(sqlite_portal)()


def test_what_is_looked_for_would_be_found(sqlite_portal: Served) -> None:
    """D7."""
    look = Looks(sqlite_portal)
    look()
    for place in ("tmp", "blobs"):
        planted = sqlite_portal.folder / place / "planted"
        planted.write_bytes(bytes(MIB - 5) + MARK)
        with pytest.raises(AssertionError):
            look()
        planted.unlink()
    look()


def test_a_file_of_a_quarter_gigabyte_takes_little_memory_both_ways(sqlite_portal: Served) -> None:
    """D1. F10. At most 32 MiB more than before, and it comes back byte for byte."""
    portal, size = sqlite_portal, 256 * MIB
    assert Report(Visitor(portal.port), "canary", some_files(MIB)).go_on().token()
    portal.forget_peak()
    before = portal.memory("VmHWM")
    token = Sending(portal, size).send(Looks(portal))
    reader = Visitor(portal.port)
    reader.enter(token)
    (address,) = reader.get("/en/mailbox").files()
    assert reader.get(address).body == BLOCK * 256
    grown = portal.memory("VmHWM") - before
    print(f"peak memory grew by {grown / MIB:.1f} MiB")
    assert grown <= 32 * MIB
