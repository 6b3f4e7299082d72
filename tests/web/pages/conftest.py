"""The real portal over an empty store on each engine, and people at their browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.portals import Portal, make_portal
from tests.web.pages.informant import Informant
from tests.web.sample import MovableClock


@pytest.fixture
def make(tmp_path: Path, database_url: str, clock: MovableClock) -> Iterator[Callable[..., Portal]]:
    """Make a portal with some settings changed."""
    made: list[Portal] = []

    def make_one(**changes: Any) -> Portal:
        made.append(make_portal(tmp_path, database_url, clock, **changes))
        return made[-1]

    yield make_one
    for portal in made:
        portal.here.database.engine.dispose()


@pytest.fixture
def portal(make: Callable[..., Portal]) -> Portal:
    return make()


@pytest.fixture
def informant(portal: Portal) -> Informant:
    return Informant(portal.app)


@pytest.fixture
def stranger(portal: Portal) -> Informant:
    """Somebody else, at another browser."""
    return Informant(portal.app)
