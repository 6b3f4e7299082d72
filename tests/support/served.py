"""A real portal process under the real server, in an instance's folder, on 127.0.0.1; it can be stopped, and killed."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crypto.notes import new_signing_key, verifier_text
from crypto.recipients import Identity
from portal.app import MIGRATIONS, create_app
from portal.database import Database, upgrade
from portal.organisation import load_organisation
from portal.settings import load_portal
from tests.support.portals import ROSTER_NAME, Portal, _signed_roster
from tests.web.sample import PROFILE, make_log_keys

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
ORIGIN = f"http://{HOST}"
START_SECONDS = 60
STOP_SECONDS = 60


@dataclass
class Served:
    """An instance's folder, and the process that serves it, when there is one."""

    folder: Path
    url: str
    members: dict[str, Identity]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def temporary(self) -> Path:
        """Where the process would put temporary files."""
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        """What the process said, over all its lives."""
        return self.folder / "log.txt"

    @property
    def pid(self) -> int:
        """The process that watches over the worker."""
        assert self.process is not None
        return self.process.pid

    @property
    def worker(self) -> int:
        """The one process that answers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return int(children.split()[0])

    def start(self) -> None:
        """Start the process on its port, and wait until it answers."""
        command = ["--instance", str(self.folder), "--bind", f"{HOST}:{self.port}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal", *command],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "TMPDIR": str(self.temporary)},
                start_new_session=True,  # so that one signal reaches it and its worker, and nothing else
            )
        self._wait()

    def kill(self) -> None:
        """End the process and its worker in one moment, without a word (SIGKILL)."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """Ask the process to end, and give its status."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def portal(self) -> Portal:
        """Give the same instance in this process, to look into its store with."""
        app = create_app(load_portal(self.folder))
        return Portal(app, app.extensions["ishonch"], self.members)

    def lines(self) -> list[dict[str, Any]]:
        """Give what the process logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def wait_for(self, event: str, times: int = 1) -> None:
        """Wait until an event has been logged so many times in all."""
        end = time.monotonic() + START_SECONDS
        while [line.get("event") for line in self.lines()].count(event) < times:
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def limit_files(self, size: int = resource.RLIM_INFINITY) -> None:
        """Let no file the worker writes grow beyond `size` bytes from now on: the system refuses, as a full disk does."""
        _, hard = resource.prlimit(self.worker, resource.RLIMIT_FSIZE)
        resource.prlimit(self.worker, resource.RLIMIT_FSIZE, (size, hard))

    def forget_peak(self) -> None:
        """Let the peak of the worker's memory begin again at what it has now; only root may, and otherwise it stands."""
        with suppress(OSError):
            Path(f"/proc/{self.worker}/clear_refs").write_text("5")

    def memory(self, what: str) -> int:
        """Give a number of the worker's memory, in bytes: `VmHWM` is its peak, `VmRSS` what it has now."""
        for line in Path(f"/proc/{self.worker}/status").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(what)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process and self.process.poll() is None:
            with suppress(OSError), socket.create_connection((HOST, self.port), timeout=5) as there:
                there.sendall(
                    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
                )
                if there.recv(12):
                    return
            time.sleep(0.01)
        raise AssertionError(self.log.read_text())


@contextmanager
def served(folder: Path, url: str, **settings: Any) -> Iterator[Served]:
    """Make an instance in an empty folder, serve it, and end whatever serves it at the end."""
    made = make_instance(folder, url, **settings)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None:
            made.stop()


def make_instance(folder: Path, url: str, **settings: Any) -> Served:
    """Make an instance's folder as `ishonch init` leaves one, with a roster whose keys the test holds."""
    seed = new_signing_key()
    members = {p.id: Identity.generate() for p in load_organisation(PROFILE).positions}
    (folder / "roster").write_text(_signed_roster(PROFILE, members, seed), encoding="utf-8")
    for name, length in (("secret", 32), ("salt", 16)):
        (folder / name).write_text(os.urandom(length).hex())
        (folder / name).chmod(0o600)
    for name in (settings.get("blobs", "blobs"), "tmp"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    database = Database(url)
    upgrade(database.engine, MIGRATIONS)
    database.engine.dispose()
    given = {
        "mailbox_url": url,
        "blobs": "blobs",
        "profile": str(PROFILE),
        "roster": "roster",
        "roster_verifier": verifier_text(ROSTER_NAME, seed),
        "secret": "secret",
        "kdf_salt": "salt",
        "origin": ORIGIN,
        "trusted_hosts": [HOST],
        "token_profile": "cheap",
        "free_space_floor": 1,
        "testing": True,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in (given | settings).items()]
    (folder / "portal.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")
    make_log_keys(load_portal(folder))
    return Served(folder, url, members, free_port())


def free_port() -> int:
    """Find a port nobody listens to."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port
