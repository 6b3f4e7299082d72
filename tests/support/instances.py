"""Whole instances, served by the real command as two real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pyotp

from casework import demo
from portal.clock import now

START_SECONDS = 60
STOP_SECONDS = 60
STEP_SECONDS = 30


def free_port() -> int:
    """Give a port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Instance:
    """A demonstration instance in a folder of its own, on SQLite unless given other databases."""

    folder: Path
    mailbox_url: str = ""
    casework_url: str = ""
    portal_port: int = field(default_factory=free_port)
    office_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _steps: dict[str, int] = field(default_factory=dict)

    @property
    def temporary(self) -> Path:
        """Where its processes would put temporary files, and nobody else does."""
        return self.folder.with_name(self.folder.name + "-tmp")

    @property
    def log(self) -> Path:
        """What its processes said."""
        return self.folder / "server.log"

    @property
    def portal(self) -> str:
        """Where informants come."""
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def office(self) -> str:
        """Where staff come."""
        return f"http://127.0.0.1:{self.office_port}"

    @property
    def accounts(self) -> Mapping[str, Mapping[str, str]]:
        """The accounts, by user name."""
        made = json.loads((self.folder / demo.ACCOUNTS_FILE).read_text())
        return {account["username"]: account for account in made}

    def code(self, username: str) -> str:
        """Give six digits of an account that were not used yet; waits where the next ones are not yet good."""
        return self.fresh_code(self.accounts[username]["totp_secret"])

    def fresh_code(self, totp_secret: str) -> str:
        """Likewise, by the secret itself. A member's own clock may run one step ahead, so two codes are good at any time."""
        step = max(self._steps.get(totp_secret, 0) + 1, present_step())
        while step > present_step() + 1:
            time.sleep(0.2)
        self._steps[totp_secret] = step
        return pyotp.TOTP(totp_secret).generate_otp(step)

    def prepare(self) -> None:
        """Make the instance if there is none."""
        demo.prepare(
            self.folder,
            portal_port=self.portal_port,
            office_port=self.office_port,
            now=now(),
            mailbox_url=self.mailbox_url,
            casework_url=self.casework_url,
        )

    def start(self) -> None:
        """Make the instance if there is none, and serve it."""
        self.prepare()
        self.serve()

    def serve(self) -> None:
        """Serve it as its settings are; returns when both sides answer."""
        self.temporary.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "casework.cli", "serve", "--instance", str(self.folder)]
        binds = ["--portal-bind", self.portal[7:], "--office-bind", self.office[7:]]
        # Where it runs is where a core file would fall.
        places = {"cwd": self.folder, "env": {**os.environ, "TMPDIR": str(self.temporary)}}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, *binds], stdout=log, stderr=log, **places)  # type: ignore[call-overload]
        for port in (self.portal_port, self.office_port):
            wait_for(port, self.process, self.log)

    def stop(self) -> int:
        """End it as an operator would; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_SECONDS)
        self.process = None
        return status

    def kill(self) -> None:
        """End all its processes at once, as a power cut would: none of them gets to do anything any more."""
        assert self.process is not None
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.process = None

    def processes(self) -> list[int]:
        """Give the ids of its processes: the one that watches, and both sides' with their workers."""
        assert self.process is not None
        return descendants(self.process.pid)

    @contextmanager
    def paused(self, module: str) -> Iterator[None]:
        """Let one side do nothing for a while."""
        stopped = self.side(module)
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)

    def side(self, module: str) -> list[int]:
        """Give the ids of the processes of one side, `portal` or `casework`: the one that listens, then its worker."""
        return [
            process
            for process in self.processes()
            if f"-m\0{module}\0".encode() in Path(f"/proc/{process}/cmdline").read_bytes()
        ]


def present_step() -> int:
    """Give the number of the thirty seconds it is."""
    return int(now().timestamp()) // STEP_SECONDS


def descendants(process: int) -> list[int]:
    """Give a process and all that came of it, the eldest first."""
    # Children belong to the thread that made them.
    children = " ".join(
        task.joinpath("children").read_text() for task in Path(f"/proc/{process}/task").iterdir()
    )
    return [process, *(grown for child in children.split() for grown in descendants(int(child)))]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a side answers that it can do its work."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-2000:]
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"nothing answers on port {port}")
