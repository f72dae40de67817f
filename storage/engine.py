"""The database: SQLite in one file by default, PostgreSQL by URL.

Three ways in, each an engine of its own so that nothing has to be switched on a shared connection:

* `durable` — every change of a record; when it returns, the change is on the disk.
* `quick`   — the look-up log: survives a killed process, need not wait for the disk.
* `reading` — one statement, no transaction.
"""

import enum
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator

from bot.errors import Busy, Misconfigured
from storage.prepared import Asker, Prepared, Row
from storage.words import FOLDED

BUSY_SECONDS = 2.0  # Slack waits three seconds for an answer; a wait for the database must end before that
POOL_SIZE = 10
REMEMBERED = 300  # settings, staff and rolls kept in memory: some 100 schools at half a megabyte each
NAMELESS: Mapping[str, Any] = {"hide_parameters": True}  # a statement's values have no place in an error's text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is exactly INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so one is required on the way in and given on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: it would be somebody's local time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every instant back aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Durability(enum.Enum):
    """How sure a change must be before anybody is told of it."""

    DURABLE = "on the disk"
    QUICK = "survives a killed process"


class Memory:
    """What this process keeps of the database: the most recently used, each under a key that holds its version.

    A version is read afresh in every request, so nothing here is ever out of date.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """Return what is kept under a key; make it first if need be."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()  # outside the lock: two may make the same thing, nobody waits for somebody else's school
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True)
class Database:
    """One school's (or one trust's) database, open."""

    url: URL
    durable: Engine
    quick: Engine
    reading: Engine
    asker: Asker
    memory: Memory = field(default_factory=lambda: Memory(REMEMBERED), repr=False, compare=False)

    @property
    def files(self) -> list[Path]:
        """Return the files that hold a SQLite database, as far as they are there."""
        if self.url.get_backend_name() != "sqlite" or not self.url.database:
            return []
        names = (f"{self.url.database}{suffix}" for suffix in ("", "-wal", "-shm"))
        return [path for path in map(Path, names) if path.is_file()]

    @contextmanager
    def begin(self, durability: Durability = Durability.DURABLE) -> Iterator[Connection]:
        """One transaction. Raises Busy where the database is locked or gone; nothing is changed then."""
        engine = self.durable if durability is Durability.DURABLE else self.quick
        with _told_plainly(), engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Statements outside any transaction: for one read, never for a change. Raises Busy."""
        with _told_plainly(), self.reading.connect() as connection:
            yield connection

    def ask(self, prepared: Prepared, **values: Any) -> list[Row]:
        """Return the rows of one hot statement, read outside any transaction. Raises Busy."""
        with _told_plainly():
            return prepared.ask(self.asker, **values)

    def close(self) -> None:
        """Give every connection back."""
        self.asker.close()
        for engine in (self.durable, self.quick, self.reading):
            engine.dispose()


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn "locked" and "gone" into Busy; a broken statement stays what it is: our mistake."""
    try:
        yield
    except (DBAPIError, sqlite3.OperationalError) as error:
        if not _is_out_of_reach(error):
            raise
        raise Busy(
            "The school's record cannot be reached just now. Nothing was changed: try again in a minute."
        ) from error


_OUT_OF_REACH = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def _is_out_of_reach(error: Exception) -> bool:
    """Tell a database that is locked, full or gone from a statement that is wrong."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # SQLite calls a missing column an operational error too; the low byte of its code tells.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _OUT_OF_REACH
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def open_database(url: str) -> Database:
    """Open the database at a SQLAlchemy URL. Raises Misconfigured for a URL that names none we can use."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"DATABASE_URL is not a database address. Example: {EXAMPLE_URL}") from error
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    raise Misconfigured(f"DATABASE_URL must start with sqlite: or postgresql:. Example: {EXAMPLE_URL}")


EXAMPLE_URL = "sqlite:///lanyard.db"


def _open_sqlite(url: URL) -> Database:
    def engine(synchronous: str) -> Engine:
        # Locks are waited for at the start of a transaction, where nothing is lost by giving up.
        made = create_engine(
            url, pool_size=POOL_SIZE, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **NAMELESS
        )

        @event.listens_for(made, "connect")
        def on_connect(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves: the driver's own is late and not IMMEDIATE
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={synchronous}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.create_function(FOLDED, 1, str.casefold, deterministic=True)

        # Not an event of the engine: where there is one, every statement pays for it.
        dialect: Any = made.dialect
        dialect.do_begin = lambda connection: connection.execute("BEGIN IMMEDIATE")
        return made

    quick = engine("NORMAL")
    # One pool for both: a connection forgets the pages that it has read as soon as another one writes.
    reading = create_engine(url, pool=quick.pool, **NAMELESS)
    return Database(url=url, durable=engine("FULL"), quick=quick, reading=reading, asker=Asker(reading))


def _open_postgresql(url: URL) -> Database:
    from storage import prepared_postgresql  # the driver is loaded where there is a server

    def engine(**options: Any) -> Engine:
        pool: dict[str, Any] = {"pool_size": POOL_SIZE, "pool_pre_ping": False, "pool_timeout": BUSY_SECONDS}
        made = create_engine(url, **pool, **NAMELESS, **options)
        dialect: Any = made.dialect
        dialect.do_commit, dialect.do_rollback = prepared_postgresql.commit, prepared_postgresql.roll_back
        return made

    # 1.1: the disk is solid, and at the default of 4 the planner reads whole tables of a trust rather than an index.
    wait = f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c random_page_cost=1.1"
    reading = engine(isolation_level="AUTOCOMMIT", connect_args={"options": wait})
    return Database(
        url=url,
        durable=engine(connect_args={"options": wait}),
        quick=engine(connect_args={"options": f"{wait} -c synchronous_commit=off"}),
        reading=reading,
        asker=Asker(reading),
    )
