"""The database: SQLite in one file by default, PostgreSQL by URL.

Four ways in, each an engine of its own so that nothing has to be switched on a shared connection:

* `durable` — every change of a record; when it returns, the change is on the disk.
* `quick`   — the look-up log: survives a killed process, need not wait for the disk.
* `looking` — several statements that see one moment, and change nothing: they wait for nobody, and nobody for them.
* `reading` — one statement, no transaction.
"""

import enum
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, QueuePool, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as NoneFreeError  # every connection of the pool is in use
from sqlalchemy.types import TypeDecorator

from bot.errors import Busy, Misconfigured, Unclear
from storage.reach import AWAY, PERHAPS, PERHAPS_LOGGED, Reach, is_gone, is_locked, recording
from storage.sealing import Sealing
from storage.statements.prepared import Prepared
from storage.statements.words import FOLDED
from storage.writers import QueueTimeoutError, Writers

PATIENCE = "patience"  # of a connection's `info`: for how many seconds its next transaction waits for a lock
BUSY_SECONDS = 2.0  # Slack waits three seconds for an answer; a wait for the database must end before that
# Ten connections stay open, ten more come and go; whoever finds none free waits for one as long as for a lock.
POOL: Mapping[str, Any] = {
    "poolclass": QueuePool,
    "pool_size": 10,
    "max_overflow": 10,
    "pool_timeout": BUSY_SECONDS,
}
# A server that says nothing is gone, too: whose machine is off, or whose network is cut. libpq's own words and units.
SILENT: Mapping[str, int] = {
    "connect_timeout": int(BUSY_SECONDS),
    "tcp_user_timeout": 10_000,  # ms without a sign of what was sent; shorter, and a busy disk would end an import
    "keepalives_idle": 5,  # s, and then twice more: nobody waits for an answer that will never come
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
NOTHING = object()  # is kept
REMEMBERED = 250_000_000  # bytes of settings, staff, rolls and policies kept in memory: some 500 schools of 200 pupils
A_LITTLE = 50_000  # bytes: more than a school's settings, its staff or its reminders take
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

    A version is read afresh in every request, so nothing here is ever out of date. What is kept is counted in bytes, by
    estimate: a roll of a thousand takes the room of five of two hundred.
    """

    def __init__(self, room: int) -> None:
        """Take how much may be kept, in bytes."""
        self._room, self._taken = room, 0
        self._kept: OrderedDict[tuple[object, ...], tuple[Any, int]] = OrderedDict()  # … → what, and what it weighs
        self._lock = threading.Lock()
        self._being_made: dict[tuple[object, ...], threading.Lock] = {}

    def get(
        self, key: tuple[object, ...], make: Callable[[], Any], weigh: Callable[[Any], int] = lambda _made: A_LITTLE
    ) -> Any:
        """Return what is kept under a key; make it first if need be. Who comes meanwhile waits for that one.

        `weigh`: about how many bytes it takes, of what may be large.
        """
        kept = self._found(key)
        if kept is not NOTHING:
            return kept
        with self._lock:
            one_at_a_time = self._being_made.setdefault(key, threading.Lock())
        with one_at_a_time:  # nobody waits for somebody else's school
            kept = self._found(key)
            try:
                if kept is NOTHING:
                    kept = make()
                    self._keep(key, kept, weigh(kept))
            finally:
                with self._lock:
                    self._being_made.pop(key, None)
        return kept

    def _found(self, key: tuple[object, ...]) -> Any:
        with self._lock:
            if key not in self._kept:
                return NOTHING
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def newest(self, key: tuple[object, ...], mark: object, make: Callable[[], Any]) -> Any:
        """Return what is kept under a key if its mark is still the same; if not, make it anew and keep that instead."""
        kept = self._found(key)
        if kept is not NOTHING and kept[0] == mark:
            return kept[1]
        made = make()
        self._keep(key, (mark, made), A_LITTLE)
        return made

    def _keep(self, key: tuple[object, ...], made: Any, weight: int) -> None:
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = (made, weight)
            self._taken += weight - before
            while self._taken > self._room and len(self._kept) > 1:  # what was made just now stays, however large
                _, (_, gone) = self._kept.popitem(last=False)
                self._taken -= gone


@dataclass(frozen=True)
class Database:
    """One school's (or one trust's) database, open."""

    url: URL
    durable: Engine
    quick: Engine
    looking: Engine
    reading: Engine
    sealing: Sealing = field(repr=False, compare=False)
    writers: Writers | None = field(default=None, repr=False, compare=False)  # None: the server has a queue of its own
    memory: Memory = field(default_factory=lambda: Memory(REMEMBERED), repr=False, compare=False)
    reach: Reach = field(default_factory=Reach, repr=False, compare=False)

    @property
    def files(self) -> list[Path]:
        """Return the files that hold a SQLite database, as far as they are there."""
        if self.url.get_backend_name() != "sqlite" or not self.url.database:
            return []
        names = (f"{self.url.database}{suffix}" for suffix in ("", "-wal", "-shm"))
        return [path for path in map(Path, names) if path.is_file()]

    @contextmanager
    def begin(self, durability: Durability = Durability.DURABLE) -> Iterator[Connection]:
        """One transaction. Raises Busy where the database is locked or gone: nothing is changed then.

        Raises Unclear where it went while the change was being recorded: it may have been recorded.
        """
        engine = self.durable if durability is Durability.DURABLE else self.quick
        with self.told_plainly(), self._turn() as patience, engine.connect() as connection:
            connection.info[PATIENCE] = patience
            transaction = connection.begin()
            try:
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            with recording(PERHAPS if durability is Durability.DURABLE else PERHAPS_LOGGED):
                transaction.commit()

    def _turn(self) -> AbstractContextManager[float]:
        return self.writers.turn(BUSY_SECONDS) if self.writers else nullcontext(BUSY_SECONDS)

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One read transaction: every statement sees the moment of the first, and none takes a lock. Raises Busy."""
        with self.told_plainly(), self.looking.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One statement outside any transaction, never for a change. Raises Busy."""
        with self.told_plainly(), self.reading.connect() as connection:
            yield connection

    @contextmanager
    def told_plainly(self) -> Iterator[None]:
        """Turn "locked" and "gone" into Busy, whatever way in was taken."""
        since = time.monotonic()
        try:
            yield
        except Unclear:
            self._lost()
            raise
        except (DBAPIError, InvalidRequestError, NoneFreeError, QueueTimeoutError) as error:
            if is_gone(error):
                self._lost()
            elif not is_locked(error):
                raise
            raise Busy(AWAY) from error
        self.reach.found(since)

    def _lost(self) -> None:
        """Let go of every connection: whoever comes back finds the server, not what is left of it."""
        self.reach.lost()
        if self.url.get_backend_name() == "postgresql":
            for engine in (self.durable, self.quick, self.looking, self.reading):
                engine.dispose()

    def close(self) -> None:
        """Give every connection back."""
        for engine in (self.durable, self.quick, self.looking, self.reading):
            engine.dispose()


def open_database(url: str, key: str = "") -> Database:
    """Open the database at a SQLAlchemy URL. Raises Misconfigured for a URL that names none we can use.

    `key`: LANYARD_KEY. Without it nothing that is sealed can be opened; whether it is the right one is asked elsewhere.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"DATABASE_URL is not a database address. Example: {EXAMPLE_URL}") from error
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, Sealing(key))
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, Sealing(key))
    raise Misconfigured(f"DATABASE_URL must start with sqlite: or postgresql:. Example: {EXAMPLE_URL}")


ONE_MOMENT = r"-c default_transaction_isolation=repeatable\ read"
EXAMPLE_URL = "sqlite:///lanyard.db"


def _open_sqlite(url: URL, sealing: Sealing) -> Database:
    def engine(synchronous: str) -> Engine:
        # Locks are waited for at the start of a transaction, where nothing is lost by giving up.
        waits = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        made = create_engine(url, **POOL, connect_args=waits, **NAMELESS)

        @event.listens_for(made, "do_connect")
        def on_do_connect(*_told: object) -> None:
            _keep_to_owner(url.database)

        @event.listens_for(made, "connect")
        def on_connect(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves: the driver's own is late and not IMMEDIATE
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"synchronous={synchronous}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.create_function(FOLDED, 1, str.casefold, deterministic=True)

        _begins(made, "BEGIN IMMEDIATE", only_looks=False)
        return made

    quick = engine("NORMAL")
    # One pool for all three: a connection forgets the pages that it has read as soon as another one writes.
    reading, looking = (create_engine(url, pool=quick.pool, **NAMELESS) for _ in range(2))
    _begins(looking, "BEGIN", only_looks=True)
    return Database(
        url=url,
        durable=engine("FULL"),
        quick=quick,
        looking=looking,
        reading=reading,
        sealing=sealing,
        writers=Writers(),
    )


def _keep_to_owner(path: str | None) -> None:
    """Make the file before SQLite does, for nobody but its owner, whatever the umask; those beside it follow."""
    if path and path != ":memory:" and not Path(path).exists():
        with suppress(OSError):  # no such folder: SQLite says so in its own words
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _begins(engine: Engine, words: str, *, only_looks: bool) -> None:
    """Begin every transaction of an engine with these words. `only_looks`: refuse to write, as PostgreSQL then does."""
    begin = Prepared(text(words))  # every look-up begins one

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # Said only where the connection was last told otherwise: SQLite then forgets every statement it has compiled.
        if connection.info.get("only looks", False) is not only_looks:
            connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if only_looks else 'OFF'}")
            connection.info["only looks"] = only_looks
        # Whoever has waited for their turn waits for another process only as long as is left.
        patience = round(connection.info.pop(PATIENCE, BUSY_SECONDS), 1)
        if connection.info.get("waits", BUSY_SECONDS) != patience:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            connection.info["waits"] = patience
        begin.rows(connection)


def _open_postgresql(url: URL, sealing: Sealing) -> Database:
    engine = partial(create_engine, url, **POOL, **NAMELESS)

    # 1.1: the disk is solid, and at the default of 4 the planner reads whole tables of a trust rather than an index.
    wait = f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c random_page_cost=1.1"
    look = f"{wait} -c default_transaction_read_only=on {ONE_MOMENT}"
    return Database(
        url=url,
        durable=engine(connect_args={"options": wait, **SILENT}),
        quick=engine(connect_args={"options": f"{wait} -c synchronous_commit=off", **SILENT}),
        looking=engine(connect_args={"options": look, **SILENT}),
        reading=engine(isolation_level="AUTOCOMMIT", connect_args={"options": wait, **SILENT}),
        sealing=sealing,
    )
