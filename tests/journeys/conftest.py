"""One whole instance for each engine, and one browser, for all journeys; each test is a visit of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import browsers
from tests.journeys.browsers import Visits
from tests.journeys.people import Member
from tests.support.databases import database_on
from tests.support.instances import Instance

# A worker of its own for each engine: an instance takes seconds to make.
ENGINES = [
    pytest.param("sqlite", marks=pytest.mark.xdist_group("journeys-sqlite")),
    pytest.param(
        "postgresql", marks=[pytest.mark.postgresql, pytest.mark.xdist_group("journeys-postgresql")]
    ),
]
# The office, too, is seen in all of its languages.
LANGUAGE_OF = {
    "head": "ru",
    "investigator": "uz",
    "colleague": "en",
    "oversight": "uz-Cyrl",
    "administrator": "en",
    "auditor": "ru",
}


@contextmanager
def serving(request: pytest.FixtureRequest, folder: Path) -> Iterator[Instance]:
    """Serve an instance on the engine that the fixture is asked for."""
    with ExitStack() as stack:
        urls = ["", ""]
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            urls = [stack.enter_context(database_on(server)) for _ in urls]
        instance = Instance(folder, mailbox_url=urls[0], casework_url=urls[1])
        instance.start()
        yield instance
        if instance.process is not None:
            assert instance.stop() == 0


@pytest.fixture(scope="session", params=ENGINES)
def instance(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    with serving(request, tmp_path_factory.mktemp("journeys") / "instance") as served:
        yield served


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def visits(chromium: Browser) -> Iterator[Visits]:
    """Whoever visits in a test asks this machine alone for anything."""
    begun = Visits(chromium)
    yield begun
    begun.end()
    assert begun.foreign_hosts() == set()


@pytest.fixture(scope="package")
def office(chromium: Browser, instance: Instance) -> Iterator[Callable[[str], Member]]:
    """Members of the office at their desks: each has signed in once, for a code works once."""
    visits = Visits(chromium)
    members: dict[str, Member] = {}

    def at_work(username: str) -> Member:
        if username not in members:
            page = visits.begin()
            members[username] = Member(page, instance, username, LANGUAGE_OF[username])
            members[username].sign_in()
        return members[username]

    yield at_work
    visits.end()
    assert visits.foreign_hosts() == set()
