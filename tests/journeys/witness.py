"""Listening to everything an instance has: its files, its databases, its memory on paper, its processes as others see them."""

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from tests.support.canary import Canary
from tests.support.instances import Instance

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, not written to

Heard = dict[str, set[tuple[str, str]]]


def heard_everywhere(instance: Instance, canary: Canary) -> Heard:
    """Say what is heard in anything the instance keeps."""
    places = [instance.folder, instance.temporary, SHARED_MEMORY]
    heard = canary.heard_below(*places)
    for name, content in [*rows(instance), *open_files(instance), *said_of_processes(instance)]:
        if found := canary.heard_in(content):
            heard[name] = found
    return heard


def heard_in_pages(instance: Instance, canary: Canary) -> Heard:
    """Say what is heard in PostgreSQL's own files; nothing where this machine does not have them."""
    if not instance.mailbox_url:
        return {}
    folders = []
    for url in urls(instance):
        with connected(url) as connection:
            connection.execute(sa.text("CHECKPOINT"))
            data = Path(connection.scalar(sa.text("SHOW data_directory")))
            number = connection.scalar(
                sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
            folders += [data / "base" / str(number), data / "pg_wal"]
    return canary.heard_below(*(folder for folder in {*folders} if folder.is_dir()))


def urls(instance: Instance) -> Iterable[str]:
    """Give the addresses of both databases."""
    return (
        instance.mailbox_url or f"sqlite:///{instance.folder / 'mailbox.db'}",
        instance.casework_url or f"sqlite:///{instance.folder / 'casework.db'}",
    )


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    """Look into a database, on either engine."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(instance: Instance) -> Iterator[tuple[str, bytes]]:
    """Give every row of both databases, as text and as bytes."""
    for url in urls(instance):
        with connected(url) as connection:
            tables = sa.MetaData()
            tables.reflect(connection)
            for table in tables.sorted_tables:
                for row in connection.execute(sa.select(table)):
                    yield f"{table.name} in {url}", b"\0".join(_written(value) for value in row)


def _written(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def open_files(instance: Instance) -> Iterator[tuple[str, bytes]]:
    """Give what the processes hold open, files included that have no name any more (D7)."""
    for process in running(instance):
        # Whoever is not root is not let in: then nobody of the instance's own user is.
        with suppress(PermissionError):
            for link in Path(f"/proc/{process}/fd").iterdir():
                with suppress(FileNotFoundError):
                    if stat.S_ISREG(link.stat().st_mode):
                        yield f"{link} {link.readlink()}", link.read_bytes()


def said_of_processes(instance: Instance) -> Iterator[tuple[str, bytes]]:
    """Give what any user may read of the processes, and their environments (F14)."""
    for process in running(instance):
        for name in ("cmdline", "environ", "comm"):
            path = Path(f"/proc/{process}/{name}")
            with suppress(PermissionError):
                yield str(path), path.read_bytes()


def running(instance: Instance) -> list[int]:
    """Give the ids of the processes of an instance; none if it is stopped."""
    return instance.processes() if instance.process is not None else []
