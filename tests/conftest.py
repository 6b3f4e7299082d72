"""Fixtures of the whole suite: both engines, and no way out of this machine."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import NoPostgresqlError, database_on, postgresql
from tests.support.network import guarded
from tests.support.runs import FULL

WITHOUT = "ISHONCH_TEST_WITHOUT_POSTGRESQL"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What shows the same on any engine is tried on one, unless the long run is asked for."""
    twice = {
        item
        for item in items
        if item.get_closest_marker("any_engine") and item.get_closest_marker("postgresql")
    }
    if twice and not FULL:
        config.hook.pytest_deselected(items=list(twice))
        items[:] = [item for item in items if item not in twice]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One PostgreSQL for the run."""
    try:
        with postgresql() as address:
            yield address
    except NoPostgresqlError:
        if os.environ.get(WITHOUT) != "1":
            raise
        pytest.skip(
            f"there is no PostgreSQL on this machine, and {WITHOUT}=1 says that it may be left out"
        )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of its own for each test, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    with database_on(request.getfixturevalue("postgresql_server")) as address:
        yield address


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """E20. E21."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
