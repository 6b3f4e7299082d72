"""The migrations of the casework database: they lead to the models, and take rows along."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from casework.records import CaseworkModel
from casework.web.app import MIGRATIONS
from portal.database import Database, _config, is_current, upgrade
from tests.support.offices import Stores
from tests.unit.casework.test_constraints import THERE


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
