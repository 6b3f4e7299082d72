"""The real command in processes of its own: to its end, or while it serves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from tests.support.instances import descendants

ROOT = Path(__file__).parents[2]
SECONDS = 90
ISHONCH = (sys.executable, "-m", "casework.cli")


def run(*arguments: str | Path, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `said` is typed into it. Without a terminal: what it asks for is read from a pipe."""
    return subprocess.run(
        [*ISHONCH, *map(str, arguments)],
        cwd=ROOT,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        start_new_session=True,
    )


class Running:
    """A command that serves, and all processes that came of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        """Wait for the next line it prints; empty when it ends instead."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def processes(self) -> list[int]:
        """Give the ids of all its processes, its own first."""
        return descendants(self.process.pid)

    def side(self, module: str) -> int:
        """Give the id of the process that watches over one side."""
        (found,) = [
            process
            for process in self.processes()[1:]
            if f"-m\0{module}\0".encode() in _file(process, "cmdline")
            and int(_file(process, "stat").split()[3]) == self.process.pid
        ]
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; give the status it ends with."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@contextmanager
def running(*arguments: str | Path) -> Iterator[Running]:
    """Start the command; whatever is left of it in the end is killed."""
    process = subprocess.Popen(
        [*ISHONCH, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    made = Running(process)
    try:
        yield made
    finally:
        with suppress(FileNotFoundError):
            for one in made.processes():
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        process.communicate()


def answers(port: int, path: str = "/healthz") -> int:
    """Ask a port for a page; 0 if nothing answers there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def is_alive(process: int) -> bool:
    """Whether a process is there and is more than an entry nobody has asked for."""
    try:
        return _file(process, "stat").split()[2] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(happens: Callable[[], bool], what: str) -> None:
    """Wait until something happens."""
    end = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def _file(process: int, name: str) -> bytes:
    return Path(f"/proc/{process}/{name}").read_bytes()
