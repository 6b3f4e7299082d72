"""Whole instances, served by the real command as two real processes."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pyotp

from casework import demo
from portal.clock import now

START_SECONDS = 60
STOP_SECONDS = 60


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
        """Give the present six digits of an account."""
        return pyotp.TOTP(self.accounts[username]["totp_secret"]).at(now())

    def start(self) -> None:
        """Make the instance if there is none, and serve it; returns when both sides answer."""
        demo.prepare(
            self.folder,
            portal_port=self.portal_port,
            office_port=self.office_port,
            now=now(),
            mailbox_url=self.mailbox_url,
            casework_url=self.casework_url,
        )
        command = [sys.executable, "-m", "casework.cli", "serve", "--instance", str(self.folder)]
        binds = ["--portal-bind", self.portal[7:], "--office-bind", self.office[7:]]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *binds], stdout=log, stderr=log)
        for port in (self.portal_port, self.office_port):
            wait_for(port, self.process)

    def stop(self) -> int:
        """End it as an operator would; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(STOP_SECONDS)
        self.process = None
        return status


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a side answers that it can do its work."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended by itself"
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
