"""The migrations of both stores: from nothing, again, and to exactly what the models say, on both engines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from casework.records import CaseworkModel
from casework.web.app import MIGRATIONS as CASEWORK
from portal.app import MIGRATIONS as MAILBOX
from portal.database import Database, is_current, upgrade
from portal.mailbox.models import MailboxModel

FOLDERS = {"mailbox": MAILBOX, "casework": CASEWORK}
MODELS = {"mailbox": MailboxModel.metadata, "casework": CaseworkModel.metadata}


@dataclass
class Store:
    """An empty database of one kind, its migrations, and the tables its models want."""

    database: Database
    migrations: Path
    models: sa.MetaData

    def upgrade(self) -> None:
        """Bring it to the newest revision."""
        upgrade(self.database.engine, self.migrations)


@pytest.fixture(params=sorted(FOLDERS))
def store(request: pytest.FixtureRequest, database_url: str) -> Iterator[Store]:
    database = Database(database_url)
    yield Store(database, FOLDERS[request.param], MODELS[request.param])
    database.engine.dispose()


def differences(store: Store) -> list[Any]:
    with store.database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, store.models))


def named(store: Store) -> set[tuple[str, str]]:
    """The constraints and indexes of every table, as the database reports them."""
    inspector = sa.inspect(store.database.engine)
    found = set()
    for table in store.models.tables:
        reported = [
            *inspector.get_check_constraints(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_indexes(table),
            inspector.get_pk_constraint(table),
        ]
        found |= {(table, str(one["name"])) for one in reported}
    return found


def checks(store: Store) -> dict[str, str]:
    """What each CHECK demands, as this engine writes it."""
    inspector = sa.inspect(store.database.engine)
    return {
        str(check["name"]): str(check["sqltext"])
        for table in store.models.tables
        for check in inspector.get_check_constraints(table)
    }


def triggers(store: Store) -> set[str]:
    """The triggers of every table, as this engine writes them: a table made anew for SQLite has lost its own."""
    of_engine = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    }
    with store.database.engine.connect() as connection:
        listed = of_engine[connection.dialect.name]
        return set(connection.exec_driver_sql(listed).scalars())


def test_an_empty_database_comes_to_the_newest_revision(store: Store) -> None:
    assert not is_current(store.database.engine, store.migrations)
    store.upgrade()
    assert is_current(store.database.engine, store.migrations)


def test_the_newest_revision_is_what_the_models_say_and_coming_there_again_changes_nothing(
    store: Store,
) -> None:
    for _ in range(2):
        store.upgrade()
        assert differences(store) == []


def test_every_constraint_of_the_models_is_in_the_migrated_database_by_name_and_words(
    store: Store,
) -> None:
    """What Alembic does not compare: CHECKs, triggers, and the names of everything."""
    store.upgrade()
    migrated = named(store), checks(store), triggers(store)
    store.models.drop_all(store.database.engine)
    store.models.create_all(store.database.engine)
    assert (named(store), checks(store), triggers(store)) == migrated
    assert len(migrated[1]) > 10


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_there_is_one_line_of_revisions_each_in_a_file_of_its_number(folder: str) -> None:
    script = ScriptDirectory(str(FOLDERS[folder]))
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    revisions = list(script.walk_revisions())
    assert [r.revision for r in revisions] == sorted((r.revision for r in revisions), reverse=True)
    for revision in revisions:
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
        assert revision.doc
