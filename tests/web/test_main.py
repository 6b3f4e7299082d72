"""`python -m portal`: from an instance's folder to a page."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.app import MIGRATIONS
from portal.database import Database, upgrade
from portal.settings import load_portal
from tests.web.sample import PROFILE, make_log_keys
from tests.web.test_serving import ROOT, Server, free_port, head_of


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An instance's folder, as `ishonch init` leaves one."""
    for name, length in (("secret", 32), ("salt", 16)):
        path = tmp_path / name
        path.write_text(os.urandom(length).hex())
        path.chmod(0o600)
    (tmp_path / "blobs").mkdir()
    url = f"sqlite:///{tmp_path}/mailbox.db"
    database = Database(url)
    upgrade(database.engine, MIGRATIONS)
    database.engine.dispose()
    settings = {
        "mailbox_url": url,
        "blobs": "blobs",
        "profile": str(PROFILE),
        "roster": "roster",
        "roster_verifier": "x+00000000+AAAA",
        "secret": "secret",
        "kdf_salt": "salt",
        "origin": "http://127.0.0.1",
    }
    lines = [f'{name} = "{value}"' for name, value in settings.items()]
    (tmp_path / "portal.toml").write_text("\n".join([*lines, 'trusted_hosts = ["127.0.0.1"]', ""]))
    make_log_keys(load_portal(tmp_path))
    return tmp_path


def test_an_instance_is_served_and_ends_with_success(instance: Path) -> None:
    port = free_port()
    begun = time.monotonic()
    running = Server(
        instance, "portal", "--instance", str(instance), "--bind", f"127.0.0.1:{port}", port=port
    )
    assert head_of(running.get("/healthz"))[0] == "200 OK"
    assert head_of(running.get("/uz/"))[0] == "200 OK"
    print(f"first answers after {time.monotonic() - begun:.2f} s")
    assert running.stop() == 0
    assert [line["event"] for line in running.lines()] == ["started", "swept", "stopped"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "portal.toml").unlink(), "portal.toml"),
        (lambda folder: (folder / "secret").chmod(0o644), "chmod 600"),
        (
            lambda folder: (folder / "portal.toml").write_text("debug = true"),
            "debug is not a setting",
        ),
    ],
)
def test_what_is_wrong_with_an_instance_is_said_with_what_to_do(
    instance: Path, change: object, said: str
) -> None:
    """F14. F15."""
    assert callable(change)
    change(instance)
    done = subprocess.run(
        [sys.executable, "-m", "portal", "--instance", str(instance)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_open_address_is_refused(instance: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal", "--instance", str(instance), "--bind", "0.0.0.0:80"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "127.0.0.1:PORT" in done.stderr
