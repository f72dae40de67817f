"""The few hot statements of a look-up and of a form: in SQLAlchemy Core, compiled once, run by the driver itself.

`Connection.execute` takes longer than the database takes to answer it. Here are the same SQL, the same conversion of
values, the same pool, transaction and errors, and nothing else. What it is worth: docs/decisions/0009.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Dialect, Insert, Select, TextClause, Update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

Convert = Callable[[Any], Any]
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one kind of database."""

    sql: str
    binds: Sequence[tuple[str, Convert | None]]  # name, how the driver wants the value; in the order of the SQL
    is_by_place: bool  # the driver wants the values in this order; else by name
    fixed: Mapping[str, Any]  # values that stand in the statement itself, such as a limit
    reads: Sequence[tuple[int, Convert]]  # place in a row, how to read what the driver gives


class Prepared:
    """One statement. Values are given by the names of its bindparams; rows are plain, in the order of its columns."""

    def __init__(self, statement: Select[Any] | Insert | Update | TextClause) -> None:
        self._statement = statement
        # What is selected, or what a change returns.
        self._columns = () if isinstance(statement, TextClause) else tuple(statement.exported_columns)
        self._compiled: dict[str, _Compiled] = {}  # by the kind of database

    def rows(self, connection: Connection, **values: Any) -> list[Row]:
        """Return every row, within the connection's transaction."""
        return self._within(connection, values)[0]

    def run(self, connection: Connection, **values: Any) -> int:
        """Change something within the connection's transaction, which must have begun; returns how many rows."""
        if not connection.in_transaction():
            raise RuntimeError("a change needs a transaction")
        return self._within(connection, values)[1]

    def run_each(self, connection: Connection, every: Sequence[Mapping[str, Any]]) -> None:
        """Change something once for each set of values, in one go, as `run` does."""
        if not connection.in_transaction():
            raise RuntimeError("a change needs a transaction")
        compiled = self._in_words_of(connection)
        bound = [_bound(compiled, values) for values in every]
        _done(connection, compiled.sql, lambda driver: driver.cursor().executemany(compiled.sql, bound))

    def _within(self, connection: Connection, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        compiled = self._in_words_of(connection)
        bound = _bound(compiled, values)

        def asked(driver: Any) -> tuple[list[Row], int]:
            cursor = driver.execute(compiled.sql, bound)
            return cursor.fetchall() if self._columns else [], cursor.rowcount

        found, count = _done(connection, compiled.sql, asked)
        return [_read(row, compiled.reads) for row in found] if compiled.reads else found, count

    def _in_words_of(self, connection: Connection) -> _Compiled:
        return self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.insert_prefetch:
            raise TypeError("a prepared statement has one text and no defaults: no lists, and every column given")
        names = compiled.positiontup if compiled.positional else compiled.binds
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in self._columns]
        made = _Compiled(
            sql=str(compiled),
            binds=[(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names],
            is_by_place=compiled.positional,
            fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
            reads=[(place, reader) for place, reader in enumerate(readers) if reader],
        )
        self._compiled[dialect.name] = made
        return made


def _done(connection: Connection, sql: str, act: Callable[[Any], Any]) -> Any:
    """Have the driver do something; what it refuses is told as SQLAlchemy tells it."""
    driver, dialect = connection.connection.dbapi_connection, cast(Any, connection.dialect)
    try:
        return act(driver)
    except dialect.dbapi.Error as error:
        lost = dialect.is_disconnect(error, driver, None)
        told = _told(error, sql, dialect, lost=lost)
        if lost:
            connection.invalidate(told)
        raise told from error


def _told(error: Exception, sql: str, dialect: Any, *, lost: bool) -> Exception:
    """Return the driver's error as SQLAlchemy tells it, but without the values: they have no place in an error."""
    kind = dialect.dbapi.Error
    told: Exception = DBAPIError.instance(sql, None, error, kind, connection_invalidated=lost, dialect=dialect)
    return told


def _bound(compiled: _Compiled, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
    """Return the values as the driver wants them. KeyError: one is missing."""
    given = {**compiled.fixed, **values} if compiled.fixed else values
    if compiled.is_by_place:
        return [write(given[name]) if write else given[name] for name, write in compiled.binds]
    return {name: write(given[name]) if write else given[name] for name, write in compiled.binds}


def _read(row: Row, reads: Sequence[tuple[int, Convert]]) -> Row:
    read = list(row)
    for place, reader in reads:
        read[place] = reader(read[place])
    return read
