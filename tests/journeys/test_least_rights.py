"""Both sides on PostgreSQL with the rights of deploy/postgresql, and no more: everything works, and nothing else is allowed."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from casework.ledger.service import make_checkpoint
from casework.ledger_files import read_key, read_verifier
from portal.database import Database
from tests.journeys.browsers import Visits
from tests.journeys.marked import MarkedInformant, Marks
from tests.journeys.people import Member
from tests.journeys.story import MESSAGE
from tests.journeys.witness import connected
from tests.support.databases import _binaries
from tests.support.instances import Instance
from tests.unit.ledger.ledgers import TODAY, LedgerAt

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgresql,
    pytest.mark.xdist_group("journeys-postgresql"),
]

SCRIPTS = Path(__file__).parents[2] / "deploy" / "postgresql"
S, I, U, D = "SELECT", "INSERT", "UPDATE", "DELETE"  # noqa: E741 - as PostgreSQL's own lists abbreviate them
PORTAL: Mapping[str, set[str]] = {
    "mailboxes": {S, I},
    "envelopes": {S, I, D},
    "blobs": {S, I, D},
    "grants": {I},
    "sessions": {S, I, U, D},
    "filing_leaves": {S, I},
    "filing_state": {S, U},
    "filing_cosignatures": {S},
}
PORTAL_COLUMNS = {
    ("mailboxes", "locator_hash"),
    ("mailboxes", "burned"),
    ("envelopes", "sealed"),
    ("envelopes", "withdrawn"),
}
OFFICE_IN_MAILBOX: Mapping[str, set[str]] = {
    "mailboxes": {S, D},
    "grants": {S},
    "envelopes": {S, I},
    "blobs": {S, I},
    "filing_leaves": {S},
    "filing_state": {S},
    "filing_cosignatures": {S, I},
    "alembic_version": {S},
}
OFFICE_COLUMNS = {
    ("mailboxes", "public_state"),
    ("mailboxes", "acknowledged_on"),
    ("envelopes", "collected"),
}
CASEWORK_COLUMNS = {
    *(("evidence_items", name) for name in ("state", "report_id", "letter_file", "blob")),
    ("audit_grants", "sealed"),
}
OFFICE: Mapping[str, set[str]] = {
    "members": {S, I, U},
    "sessions": {S, I, U, D},
    "dossiers": {S, I, U, D},
    "offers": {S, I, D},
    "trials": {S, I},
    "grants": {S, I, U, D},
    "grant_requests": {S, I, D},
    "notes": {S, I},
    "cases": {S, I, U},
    "case_reports": {S, I, D},
    "allegations": {S, I, U},
    "tasks": {S, I, U},
    "closures": {S, I, U},
    "legal_holds": {S, I, D},
    "destructions": {S, I, U, D},
    "evidence_items": {S, I},
    "custody_events": {S, I},
    "allegation_evidence": {S, I, D},
    "clocks": {S, I, U, D},
    "clock_events": {S, I, D},
    "reminders": {S, I, D},
    "interests": {S, I, U},
    "entries": {S, I, U, D},
    "entry_files": {S, I, D},
    "arrivals": {S, I, D},
    "ledger_entries": {S, I},
    "ledger_checkpoints": {S, I},
    "ledger_state": {S, U},
    "witness_state": {S, U},
    "audit_keys": {S, I},
    "audit_grants": {S, I},
    "alembic_version": {S},
}


class Cluster:
    """A server with the roles and databases that `roles.sql` makes, under names nobody else has."""

    def __init__(self, server: str) -> None:
        self.server = sa.make_url(server)
        mine = uuid4().hex[:8]
        names = ("owner", "portal", "office", "mailbox", "casework")
        self.names = {name: f"{name}_{mine}" for name in names}
        self.run("roles.sql", self.server)

    def run(self, script: str, address: sa.URL) -> None:
        """Run a script as an operator does."""
        names = [part for name, value in self.names.items() for part in ("-v", f"{name}={value}")]
        where = address.render_as_string(hide_password=False)
        psql: list[str | Path] = [_binaries() / "psql", "-X", "-q", *names, "-f", SCRIPTS / script]
        subprocess.run([*psql, where], check=True, stdout=subprocess.DEVNULL)

    def grant_rights(self) -> None:
        """Run `rights.sql` in both databases, as their owner."""
        for database in ("mailbox", "casework"):
            self.run("rights.sql", self.address(database, "owner"))

    def address(self, database: str, role: str | None) -> sa.URL:
        """Give the address of a database for a role, or for whom the environment names."""
        user = self.names[role] if role else None
        return sa.URL.create(
            "postgresql",
            username=user,
            host=self.server.host,
            port=self.server.port,
            database=self.names[database],
            query=self.server.query,
        )

    def url(self, database: str, role: str | None) -> str:
        """Likewise, as text."""
        return self.address(database, role).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Take everything away again."""
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for database in ("mailbox", "casework"):
                connection.execute(sa.text(f"DROP DATABASE {self.names[database]} WITH (FORCE)"))
            for role in ("owner", "portal", "office"):
                connection.execute(sa.text(f"DROP ROLE {self.names[role]}"))


@pytest.fixture(scope="module")
def cluster(postgresql_server: str) -> Iterator[Cluster]:
    made = Cluster(postgresql_server)
    yield made
    made.drop()


@pytest.fixture(scope="module")
def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance made and migrated by the owner, and served by the two roles."""
    folder = tmp_path_factory.mktemp("rights") / "instance"
    owners = [cluster.url(database, "owner") for database in ("mailbox", "casework")]
    instance = Instance(folder, mailbox_url=owners[0], casework_url=owners[1])
    instance.prepare()
    cluster.grant_rights()
    for side, settings in (("portal", "portal.toml"), ("office", "office.toml")):
        path = folder / settings
        text = path.read_text()
        for database, owner in zip(("mailbox", "casework"), owners, strict=True):
            text = text.replace(owner, cluster.url(database, side))
        assert cluster.names["owner"] not in text
        path.write_text(text)
    instance.serve()
    yield instance
    assert instance.stop() == 0


def test_a_whole_correspondence_needs_no_more_than_the_rights_of_each_side(
    served: Instance, chromium: Browser
) -> None:
    """F14. Also what is rare: a refused form, a letter deleted before and after it was collected, a burned token."""
    marks = Marks()
    person = MarkedInformant(served.portal, marks)
    person.get("/ru/report")
    person.send("/ru/report", {}, [marks.file("first", 9_000)])
    person.send("/ru/report", {"text": f"report {marks.latin}"}, [marks.file("second", 9_000)])
    token = person.token()
    person.send("/ru/receipt", {"token": token.digits})
    visits = Visits(chromium)
    head, investigator = (Member(visits.begin(), served, name) for name in ("head", "investigator"))
    head.sign_in()
    head.open(marks.latin)
    head.reply("A question", purpose="question")
    person.get("/ru/mailbox")
    with served.paused("casework"):
        unmeant = marks.file("third", 900)
        person.send("/ru/mailbox/messages", {"text": "not meant"}, [unmeant], MESSAGE)
        _delete_last(person)
    person.send("/ru/mailbox/messages", {"text": "an answer"}, [marks.file("fourth", 900)], MESSAGE)
    head.collect()
    head.open(marks.latin)
    assert head.said() == [f"report {marks.latin}", "A question", "an answer"]
    _delete_last(person)
    paper = marks.file("paper", 9_000)
    head.reply("", [paper])
    investigator.sign_in()
    investigator.open(marks.latin)
    investigator.approve()
    person.get("/ru/mailbox")
    assert person.download(paper.name) == paper.content
    assert person.said() == [f"report {marks.latin}", "A question"]
    person.send("/ru/mailbox/sign-out", {}, form="//form[contains(@action, 'sign-out')]")
    assert person.come_back(token.digits)
    person.get("/ru/mailbox/burning")
    person.send("/ru/mailbox/burning", {})
    assert not person.come_back(token.digits)
    person.close()
    head.sign_out()
    visits.end()
    log = served.log.read_text()
    assert "collected" in log
    assert [word for word in ("storage", "unexpected", "ERROR") if word in log] == []


def _delete_last(person: MarkedInformant) -> None:
    """Delete the last letter of the thread."""
    (action,) = person.page.xpath("(//form[contains(@action, '/deletion')])[last()]/@action")
    person.send(action, {}, form=f"//form[@action='{action}']")


@pytest.mark.usefixtures("served")
def test_the_rights_are_those_written_down_and_no_others(cluster: Cluster) -> None:
    """F3. F14."""
    mailbox, casework = (cluster.url(name, "owner") for name in ("mailbox", "casework"))
    portal, office = cluster.names["portal"], cluster.names["office"]
    assert _rights(mailbox, portal) == (PORTAL, PORTAL_COLUMNS)
    assert _rights(mailbox, office) == (OFFICE_IN_MAILBOX, OFFICE_COLUMNS)
    assert _rights(casework, office) == (OFFICE, CASEWORK_COLUMNS)
    assert _rights(casework, portal) == ({}, set())


@pytest.mark.usefixtures("served")
def test_what_is_not_granted_is_refused(cluster: Cluster) -> None:
    """F3. F14. The portal's role cannot read a grant, redirect a mailbox, or come near the office's database."""
    portal, office = cluster.url("mailbox", "portal"), cluster.url("mailbox", "office")
    for url, forbidden in (
        (portal, "SELECT sealed FROM grants"),
        (portal, "DELETE FROM mailboxes"),
        (portal, "UPDATE mailboxes SET recipient = dossier_recipient"),
        (portal, "UPDATE mailboxes SET public_state = 'closed'"),
        (portal, "UPDATE envelopes SET collected = true"),
        (portal, "DELETE FROM grants"),
        (portal, "CREATE TABLE mine (id int)"),
        (office, "SELECT box FROM sessions"),
        (office, "DELETE FROM envelopes"),
        (office, "UPDATE envelopes SET sealed = NULL"),
        (office, "DELETE FROM blobs"),
        (cluster.url("casework", "portal"), "SELECT 1"),
        (cluster.url("casework", "office"), "DELETE FROM members"),
        (cluster.url("casework", "office"), "DROP TABLE members"),
        (cluster.url("casework", "office"), "UPDATE evidence_items SET sealed = 'x'"),
        (cluster.url("casework", "office"), "DELETE FROM evidence_items"),
        (cluster.url("casework", "office"), "UPDATE custody_events SET number = 2"),
        (cluster.url("casework", "office"), "DELETE FROM custody_events"),
        (cluster.url("casework", "office"), "UPDATE ledger_entries SET subject = 'x'"),
        (cluster.url("casework", "office"), "DELETE FROM ledger_entries"),
        (cluster.url("casework", "office"), "TRUNCATE ledger_entries"),
        (cluster.url("casework", "office"), "ALTER TABLE ledger_entries DISABLE TRIGGER USER"),
        (cluster.url("casework", "office"), "DELETE FROM ledger_checkpoints"),
        (cluster.url("casework", "office"), "DELETE FROM ledger_state"),
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|must be owner"):
            _try(url, forbidden)


def test_the_office_records_signs_and_verifies_with_its_rights(
    served: Instance, cluster: Cluster
) -> None:
    """F16."""
    ledger = LedgerAt(Database(cluster.url("casework", "office")))
    key, verifier = read_key(served.folder), read_verifier(served.folder)
    before = ledger.verify(verifier=verifier).size
    ledger.act()
    with ledger.database.transaction() as db:
        kept = make_checkpoint(db, origin=key.name, seed=key.seed, today=TODAY)
    ledger.act()
    assert ledger.verify(kept, verifier).size == before + 2
    ledger.database.engine.dispose()


@pytest.mark.parametrize("role", ["owner", "portal", "office"])
def test_an_address_without_a_user_takes_the_one_the_environment_names(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """So both settings files name the same address, and `PGUSER` of each unit does the rest."""
    monkeypatch.setenv("PGUSER", cluster.names[role])
    database = Database(cluster.url("mailbox", None))
    with database.reading() as db:
        assert db.scalar(sa.text("SELECT current_user")) == cluster.names[role]
    database.engine.dispose()


def _try(url: str, statement: str) -> None:
    with connected(url) as connection:
        connection.execute(sa.text(statement))


def _rights(url: str, role: str) -> tuple[dict[str, set[str]], set[tuple[str, str]]]:
    """Give what a role may do with each table, and which columns it may change of those it may not change as a whole."""
    tables: dict[str, set[str]] = {}
    columns: set[tuple[str, str]] = set()
    with connected(url) as connection:
        described = sa.MetaData()
        described.reflect(connection)

        def may(what: str, *names: str) -> bool:
            marks = ", ".join(f":n{i}" for i in range(len(names)))
            asked = sa.text(f"SELECT has_{what}_privilege({marks})")
            return bool(connection.scalar(asked, {f"n{i}": name for i, name in enumerate(names)}))

        for name, table in described.tables.items():
            every = (S, I, U, D, "TRUNCATE", "REFERENCES", "TRIGGER")
            if granted := {right for right in every if may("table", role, name, right)}:
                tables[name] = granted
            columns |= {
                (name, column.name)
                for column in table.columns
                if may("column", role, name, column.name, U) and not may("table", role, name, U)
            }
    return tables, columns
