"""A person at a terminal: reads what a command asks, types, and does not see what they type where it is secret."""

import os
import pty
import re
import select
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.deploy.command import ISHONCH, ROOT, SECONDS, until


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self.shown = ""
        self._read = 0
        self._status: int | None = None
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            # Whoever runs the tests in the background may have Ctrl+C ignored; at a terminal it is not.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir(ROOT)
            os.execv(ISHONCH[0], [*ISHONCH, *map(str, arguments)])  # noqa: S606 - no shell, our own program

    def ask(self, pattern: str) -> str:
        """Wait until something matching is shown; give the first group, or all of it."""
        end = time.monotonic() + SECONDS
        while (found := re.compile(pattern).search(self.shown, self._read)) is None:
            assert time.monotonic() < end, self.shown
            assert self._more(), self.shown
        self._read = found.end()
        return found.group(found.lastindex or 0)

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._fd, text.encode() + b"\n")

    def answer(self, pattern: str, text: str) -> None:
        """Wait for a question, and answer it."""
        self.ask(pattern)
        self.type(text)

    def interrupt(self) -> None:
        """Press Ctrl+C, and once more where nothing comes of it: one that comes in an awkward moment can get lost."""
        for _ in range(2):
            os.write(self._fd, b"\x03")
            with suppress(AssertionError):
                until(self._has_ended, "the command goes on")
                return

    def arguments(self) -> str:
        """Give what any other user of the machine can see of the process."""
        return Path(f"/proc/{self.pid}/cmdline").read_bytes().decode()

    def end(self) -> int:
        """Read to the end; give the exit status."""
        while self._more():
            pass
        until(self._has_ended, "the command goes on")
        assert self._status is not None
        return self._status

    def close(self) -> None:
        """Leave: the process ends, if it has not."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _has_ended(self) -> bool:
        if self._status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if ended else None
        return self._status is not None

    def _more(self) -> bool:
        """Read what came; False when there is nothing more to come."""
        if not select.select([self._fd], [], [], SECONDS)[0]:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # how Linux says that the other end has gone
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
