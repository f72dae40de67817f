"""The migrations and the tables in the code describe the same database."""

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import storage
from storage import migrate
from storage.engine import Database, metadata


def test_the_migrations_lead_to_the_tables_in_the_code(database: Database) -> None:
    for module in pkgutil.iter_modules(storage.__path__, "storage."):
        if not module.ispkg:
            importlib.import_module(module.name)
    with database.durable.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_row_belongs_to_a_school() -> None:
    for table in metadata.tables.values():
        assert table.name == "school" or not table.c.school_id.nullable, table.name


def test_a_second_migration_does_nothing(database: Database) -> None:
    assert migrate.upgrade(database) is False
    assert migrate.current(database) == migrate.newest()
