"""Both sides as two processes of one command: they start together, and end together."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

START_SECONDS = 60.0
STOP_SECONDS = 45.0
_PAUSE = 0.1


class NotServing(Exception):
    """A side ended by itself, or does not answer."""


def side(module: str, instance: Path, bind: str) -> list[str]:
    """Give the command that serves one side."""
    return [sys.executable, "-m", module, "--instance", str(instance), "--bind", bind]


class Sides:
    """The processes of an instance."""

    def __init__(self, commands: list[list[str]]) -> None:
        self._ending = False
        # Before there is anything to end. A terminal that is closed ends them as well.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        # In sessions of their own: Ctrl+C reaches this process alone, which then ends them in order.
        self._processes = [
            subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own programs
            for command in commands
        ]

    def wait(self, when_ready: Callable[[], None], ports: list[int]) -> int:
        """Wait until told to end; give the exit status: 0 if every side ended because it was told to."""
        try:
            self._wait_until_ready(ports)
            if not self._ending:
                when_ready()
            while not self._ending and all(p.poll() is None for p in self._processes):
                time.sleep(_PAUSE)
        except NotServing:
            pass
        return self._stop()

    def _wait_until_ready(self, ports: list[int]) -> None:
        end = time.monotonic() + START_SECONDS
        while not all(_answers(port) for port in ports):
            died = any(process.poll() is not None for process in self._processes)
            if self._ending or died or time.monotonic() > end:
                raise NotServing
            time.sleep(_PAUSE)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _stop(self) -> int:
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        codes = [self._code(process) for process in self._processes]
        # A side that was told to end before it was ready ends by the signal itself.
        return 0 if self._ending and set(codes) <= {0, -signal.SIGTERM} else 1

    @staticmethod
    def _code(process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200  # noqa: PLR2004
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
