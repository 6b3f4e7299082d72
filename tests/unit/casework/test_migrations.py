"""The migrations of the casework database: they lead to the models, and take rows along."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from casework.ledger.models import LedgerEntry
from casework.ledger.rules import Body, write_body
from casework.ledger.search import Wanted, find_entries
from casework.ledger.service import verify_ledger
from casework.records import CaseworkModel
from casework.web.app import MIGRATIONS
from crypto.merkle import Frontier, leaf_hash
from portal.database import Database, _config, is_current, upgrade
from tests.support.offices import Stores
from tests.unit.casework.test_constraints import THERE

A, B = "a" * 32, "b" * 32
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_the_newest_revision_is_what_the_models_say(stores: Stores) -> None:
    database = Database(stores.casework)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, CaseworkModel.metadata) == []
    database.engine.dispose()


def test_each_revision_takes_the_rows_of_the_one_before_along(database_url: str) -> None:
    database = Database(database_url)
    upgrade_to(database, "0001")
    old = sa.MetaData()
    old.reflect(database.engine)
    # The first revision knew no dossier but a report.
    before = [
        (model, row)
        for model, row in THERE
        if model.__tablename__ in old.tables and row.get("kind", "report") == "report"
    ]
    with database.transaction() as db:
        for model, row in before:
            table = old.tables[model.__tablename__]
            known = {name: value for name, value in row.items() if name in table.columns}
            db.execute(sa.insert(table).values(known))
    assert not is_current(database.engine, MIGRATIONS)
    upgrade(database.engine, MIGRATIONS)
    assert is_current(database.engine, MIGRATIONS)
    with database.transaction() as db:
        for model, _row in before:
            assert db.scalar(sa.select(sa.func.count()).select_from(model)) in {1, 2}
        for model, row in THERE:
            if (model, row) not in before:
                db.execute(sa.insert(model).values(**row))
    database.engine.dispose()


def upgrade_to(database: Database, revision: str, migrations: Path = MIGRATIONS) -> None:
    """Bring a database to one revision."""
    with database.engine.connect() as connection:
        config = _config(migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def test_a_ledger_of_before_is_found_by_what_its_entries_say_and_still_verifies(
    database_url: str,
) -> None:
    """F16."""
    database = Database(database_url)
    upgrade_to(database, "0006")
    old = sa.MetaData()
    old.reflect(database.engine, only=["ledger_entries", "ledger_state"])
    said = [
        Body(number=n, act="task.set", actor=actor, subject=A, at=AT)
        for n, actor in enumerate((B, None))
    ]
    bodies = [write_body(one) for one in said]
    tree = Frontier.of(map(leaf_hash, bodies))
    with database.transaction() as db:
        for number, body in enumerate(bodies):
            row = {"number": number, "body": body, "leaf": leaf_hash(body), "subject": A}
            db.execute(sa.insert(old.tables["ledger_entries"]).values(row))
        state = {"size": tree.size, "frontier": tree.encode()}
        db.execute(sa.update(old.tables["ledger_state"]).values(state))
    upgrade(database.engine, MIGRATIONS)
    with database.reading() as db:
        assert verify_ledger(db, verifier="").size == len(bodies)
        (found,) = find_entries(db, Wanted(actor_id=B, act="task.set", since=AT), at_most=2)
        assert (found.number, found.at) == (0, AT)
    with database.writing() as db, pytest.raises(IntegrityError, match="never changed"):
        db.execute(sa.update(LedgerEntry).values(subject=B))
    database.engine.dispose()
