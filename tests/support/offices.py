"""A whole office over two migrated databases, its people enrolled, and a portal over the same mailbox store."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.orm import Session

from casework.accounts import Accounts, NewAccount
from casework.dossiers.models import Entry, Report
from casework.ledger.models import ONLY, LedgerState
from casework.records import CaseworkModel
from casework.staff import entrance
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.rules import STEP_SECONDS
from casework.staff.service import Actor
from casework.staff.states import Role
from casework.web.app import MIGRATIONS, create_app
from casework.web.services import OfficeServices
from casework.witness.models import WitnessState
from crypto.notes import new_signing_key, verifier_text
from crypto.passwords import CHEAP
from crypto.recipients import Identity
from portal.app import MIGRATIONS as MAILBOX_MIGRATIONS
from portal.app import create_app as create_portal
from portal.database import Database, upgrade
from portal.mailbox.models import FilingState, MailboxModel
from portal.settings import OfficeSettings
from tests.support.databases import database_on
from tests.support.portals import Portal
from tests.web.sample import PROFILE, MovableClock, make_settings

HOST = "office.example"
ORIGIN = f"https://{HOST}"
ROSTER = "sample"
PASSWORD = "correct horse battery staple"
# The tables that triggers guard.
GUARDED = (
    "ledger_entries",
    "ledger_checkpoints",
    "custody_events",
    "grants",
    "audit_grants",
    "members",
)
EMPTY_TREE = {"id": ONLY, "frontier": bytes(8)}
BEGINNINGS: dict[str, dict[str, Any]] = {
    LedgerState.__tablename__: {**EMPTY_TREE, "size": 0},
    FilingState.__tablename__: EMPTY_TREE,
    WitnessState.__tablename__: EMPTY_TREE,
}
TODAY = MovableClock().moment.date()
PEOPLE = (
    NewAccount(username="head", name="Head of Service", role=Role.HEAD, position="head"),
    NewAccount(
        username="investigator",
        name="First Investigator",
        role=Role.INVESTIGATOR,
        position="investigator-1",
    ),
    NewAccount(
        username="colleague",
        name="Second Investigator",
        role=Role.INVESTIGATOR,
        position="investigator-2",
    ),
    NewAccount(
        username="oversight",
        name="Audit Committee",
        role=Role.OVERSIGHT,
        position="audit-committee-chair",
    ),
    NewAccount(username="administrator", name="Administrator", role=Role.ADMINISTRATOR),
    NewAccount(username="auditor", name="Auditor", role=Role.AUDITOR),
)


class Compiled(BytecodeCache):
    """Pages compiled once for the run instead of once for each test's app."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled before."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self._known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@dataclass(frozen=True)
class Stores:
    """The addresses of two migrated, empty databases."""

    mailbox: str
    casework: str


@dataclass
class Office:
    """The office's app and services, the portal before it, and all that its people know."""

    app: Flask
    here: OfficeServices
    portal: Portal
    clock: MovableClock
    seed: bytes
    _accounts: Accounts
    totp_secrets: dict[str, str] = field(default_factory=dict)
    recovery_codes: dict[str, str] = field(default_factory=dict)
    _steps: dict[str, int] = field(default_factory=dict)

    @property
    def accounts(self) -> Accounts:
        """Give what works on accounts without a browser, at the present moment."""
        self._accounts.now = self.clock()
        self._accounts.today = self.here.today()
        return self._accounts

    def enrol(self, account: NewAccount) -> None:
        """Make a whole account."""
        secret = pyotp.random_base32()
        self.recovery_codes[account.username] = self.accounts.enrol(account, PASSWORD, secret)
        self.totp_secrets[account.username] = secret
        self._steps[account.username] = int(self.clock().timestamp()) // STEP_SECONDS - 1

    def sign_roster(self) -> None:
        """Sign the list of receivers as the accounts are now; the portal's tests then know the keys."""
        self.accounts.give_roster_key(self.seed)
        self.accounts.sign_roster(self.seed)
        self.portal.members = {
            account.position: self.identity(account.username)
            for account in PEOPLE
            if account.position
        }

    def code(self, username: str) -> str:
        """Give six digits of an account that were not used yet; the clock moves on where there are none."""
        while self._steps[username] >= int(self.clock().timestamp()) // STEP_SECONDS:
            self.clock.forward(seconds=STEP_SECONDS)
        self._steps[username] = int(self.clock().timestamp()) // STEP_SECONDS
        return self.digits(username)

    def digits(self, username: str, steps: int = 0) -> str:
        """Give the six digits an authenticator shows now, or so many steps away."""
        moment = self.clock() + timedelta(seconds=steps * STEP_SECONDS)
        return pyotp.TOTP(self.totp_secrets[username]).at(moment)

    def db(self) -> Session:
        """Open a session on the casework database that will not write."""
        return self.here.database.reading()

    def member(self, username: str) -> Member:
        """Give an account's row."""
        with self.db() as db:
            found = staff.find_member(db, username)
        assert found is not None
        return found

    def identity(self, username: str) -> Identity:
        """Open a member's key with their password."""
        with self.db() as db:
            return entrance.check_password(
                db, username=username, password=PASSWORD, profile=CHEAP
            ).identity

    def actor(self, username: str) -> Actor:
        """Give a member at work."""
        return Actor.of(self.member(username), self.identity(username))

    def entries(self) -> list[Entry]:
        """Give every letter the office has, thread by thread, in order."""
        in_order = sa.select(Entry).order_by(Entry.dossier_id, Entry.number, Entry.id)
        with self.db() as db:
            return list(db.scalars(in_order))

    def reports(self) -> list[Report]:
        """Give every report, in no order that means anything."""
        with self.db() as db:
            return list(db.scalars(sa.select(Report)))

    def exchange(self) -> None:
        """Let the post make one round."""
        self.here.post.exchange(self.clock())

    def execute(self, statement: Any) -> None:
        """Do to the casework database what somebody with direct access could."""
        with self.here.database.transaction() as db:
            db.execute(statement)

    def dispose(self) -> None:
        """Let go of all databases."""
        for database in (self.here.database, self.here.mailbox, self.portal.here.database):
            database.engine.dispose()
        self._accounts.close()


def make_office(folder: Path, stores: Stores, clock: MovableClock, **changes: Any) -> Office:
    """Make the office of the sample organisation, its people and a signed roster, in an empty folder."""
    seed = new_signing_key()
    settings = make_settings(
        folder, stores.mailbox, roster_verifier=verifier_text(ROSTER, seed), secret=b"p" * 32
    )
    portal_app = create_portal(settings, clock=clock)
    portal = Portal(portal_app, portal_app.extensions["ishonch"], {})
    settings_of_office = office_settings(folder, stores, settings.roster_verifier, **changes)
    app = create_app(settings_of_office, clock=clock)
    for one in (portal_app, app):
        one.jinja_env.bytecode_cache = COMPILED
    here: OfficeServices = app.extensions["ishonch"]
    accounts = Accounts(settings_of_office, clock(), here.organisation)
    office = Office(app, here, portal, clock, seed, accounts)
    for account in PEOPLE:
        office.enrol(account)
    office.sign_roster()
    return office


def office_settings(folder: Path, stores: Stores, verifier: str, **changes: Any) -> OfficeSettings:
    """Give settings of an office beside a portal in the same folder."""
    (folder / "office-blobs").mkdir()
    values: dict[str, Any] = {
        "instance": folder,
        "mailbox_url": stores.mailbox,
        "casework_url": stores.casework,
        "blobs": folder / "blobs",
        "office_blobs": folder / "office-blobs",
        "profile": PROFILE,
        "roster": folder / "roster",
        "roster_verifier": verifier,
        "secret": b"o" * 32,
        "kdf_salt": b"k" * 16,
        "trusted_hosts": (HOST, "127.0.0.1", "localhost"),
        "origin": ORIGIN,
        "staff_profile": CHEAP,
        "token_profile": CHEAP,
        "free_space_floor": 1,
        "filing_verifier": folder / "filing.verifier",
        "witness_verifier": folder / "witness.verifier",
        "testing": True,
    }
    return OfficeSettings(**(values | changes))


def migrated(mailbox: str, casework: str) -> Stores:
    """Bring two empty databases to the newest revision."""
    for url, migrations in ((mailbox, MAILBOX_MIGRATIONS), (casework, MIGRATIONS)):
        database = Database(url)
        upgrade(database.engine, migrations)
        database.engine.dispose()
    return Stores(mailbox, casework)


def files_in(folder: Path) -> tuple[str, str]:
    """Give the addresses of two SQLite files."""
    return f"sqlite:///{folder}/mailbox.db", f"sqlite:///{folder}/casework.db"


def copied_files(template: Stores, folder: Path) -> Stores:
    """Copy two SQLite files nobody has open."""
    stores = Stores(*files_in(folder))
    pairs = (template.mailbox, stores.mailbox), (template.casework, stores.casework)
    for source, target in pairs:
        shutil.copyfile(source.removeprefix("sqlite:///"), target.removeprefix("sqlite:///"))
    return stores


def emptied(stores: Stores) -> Stores:
    """Take every row out of two databases nobody else works with."""
    pairs = (stores.mailbox, MailboxModel.metadata), (stores.casework, CaseworkModel.metadata)
    for url, metadata in pairs:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection, unguarded(connection, metadata):
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
                if table.name in BEGINNINGS:
                    connection.execute(table.insert().values(BEGINNINGS[table.name]))
    return stores


@contextmanager
def unguarded(connection: sa.Connection, metadata: sa.MetaData) -> Iterator[None]:
    """Do to a database what only its owner can: without the triggers that forbid it."""
    kept = [name for name in GUARDED if name in metadata.tables]
    if connection.dialect.name == "sqlite":
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.execute(sa.text(listed)).all()
        off = [f"DROP TRIGGER {name}" for name, _ in triggers]
        on = [sql for _, sql in triggers]
    else:
        off = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in kept]
        on = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in kept]
    for statement in off:
        connection.exec_driver_sql(statement)
    yield
    for statement in on:
        connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Two files migrated once for the run; each test has copies of them."""
    return migrated(*files_in(tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[Stores]:
    """Two databases migrated once for the run; each test finds them empty."""
    with database_on(postgresql_server) as mailbox, database_on(postgresql_server) as casework:
        yield migrated(mailbox, casework)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Both databases, migrated and empty, for each test anew, once on each engine."""
    template: Stores = request.getfixturevalue(f"{request.param}_template")
    return copied_files(template, tmp_path) if request.param == "sqlite" else emptied(template)


@pytest.fixture
def clock() -> MovableClock:
    """The clock of both sides."""
    return MovableClock()


@pytest.fixture
def office(tmp_path: Path, stores: Stores, clock: MovableClock) -> Iterator[Office]:
    """An office on each engine."""
    made = make_office(tmp_path, stores, clock)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_office(tmp_path: Path, sqlite_template: Stores, clock: MovableClock) -> Iterator[Office]:
    """An office on one engine, where the database has no part in what is tried."""
    made = make_office(tmp_path, copied_files(sqlite_template, tmp_path), clock)
    yield made
    made.dispose()
