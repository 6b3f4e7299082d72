"""The two engines every test of stored things runs on: a SQLite file, and a real PostgreSQL started once per run.

The server is Debian's own, started as an unprivileged user on a unix socket in a short temporary directory. `TEST_PG_URL` names
another server instead. Where there is none the run fails, unless ISHONCH_TEST_WITHOUT_POSTGRESQL=1 says that it may skip.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

INSTALLED = Path("/usr/lib/postgresql")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
START_SECONDS = 30


class NoPostgresqlError(Exception):
    """This machine has no PostgreSQL to start."""


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the address of a server whose role may create databases; started here, it is gone afterwards."""
    if address := os.environ.get("TEST_PG_URL"):
        yield address
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    owner = _unprivileged()
    try:
        with _server(folder, owner):
            yield f"postgresql://{owner}@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_on(server: str) -> Iterator[str]:
    """Give the address of a new, empty database on a server; it is dropped afterwards."""
    address = sa.make_url(server)
    name = f"test_{uuid.uuid4().hex}"
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def _server(folder: Path, owner: str) -> Iterator[None]:
    binaries, data = _binaries(), folder / "data"
    shutil.chown(folder, owner)
    user = {"user": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    init = (
        "--no-sync",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        f"--username={owner}",
    )
    subprocess.run([binaries / "initdb", *init, "-D", data], check=True, **quiet, **user)  # type: ignore[call-overload]
    options = [part for flag in FAST for part in ("-c", flag)]
    server = subprocess.Popen(  # type: ignore[call-overload]
        [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *options],
        **quiet,
        **user,
    )
    try:
        _wait_for(f"postgresql://{owner}@/postgres?host={folder}")
        yield
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _binaries() -> Path:
    found = sorted(INSTALLED.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoPostgresqlError(
            "Install PostgreSQL (on Debian: apt-get install postgresql), or set TEST_PG_URL."
        )
    return found[-1].parent


def _unprivileged() -> str:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() else "nobody"
