"""Hot statements on PostgreSQL: prepared once for each connection, then run through libpq itself.

A cursor of psycopg takes longer to put a statement together and to wait for it than the server takes to answer. Values
become text, and rows are read, by psycopg's own adapters; errors are psycopg's own. See docs/decisions/0009.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Dialect

_numbers = count(1)
_prepared: WeakKeyDictionary[Connection[Any], set[bytes]] = WeakKeyDictionary()  # connection → names that it knows
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE, ExecStatus.NONFATAL_ERROR)


def numbering(dialect: Dialect) -> Dialect:
    """Return a dialect that writes $1 where a value goes, as the server itself does."""
    kind: Any = type(dialect)
    numbered: Dialect = kind(paramstyle="numeric_dollar")
    return numbered


class Statement:
    """One statement. Each value stands under a cast in it, so that the server knows the types without being told."""

    def __init__(self, sql: str, values: int) -> None:
        self._sql = sql.encode()
        self._name = f"lanyard_{next(_numbers)}".encode()
        self._formats = [PyFormat.TEXT] * values

    def __call__(self, connection: Connection[Any], values: Sequence[Any]) -> tuple[list[tuple[Any, ...]], int]:
        """Return the rows and how many there were. Raises psycopg.Error. Other threads run while the server answers."""
        server = connection.pgconn
        if server.transaction_status == TransactionStatus.IDLE and not connection.autocommit:
            _sound(server.exec_(b"BEGIN"))
        known = _prepared.setdefault(connection, set())
        if self._name not in known:
            _sound(server.prepare(self._name, self._sql))
            known.add(self._name)
        adapters = Transformer(connection)
        # Any: libpq takes None for NULL, though its type does not say so.
        written: Any = adapters.dump_sequence(values, self._formats)
        try:
            result = _sound(server.exec_prepared(self._name, written))
        except InvalidSqlStatementName:
            known.clear()  # somebody has altered a table in this connection: the next transaction prepares anew
            raise
        adapters.set_pgresult(result)
        return adapters.load_rows(0, result.ntuples, tuple), result.command_tuples or 0


def commit(connection: Connection[Any]) -> None:
    """Commit, where anything has begun."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        _sound(connection.pgconn.exec_(b"COMMIT"))


def roll_back(connection: Any) -> None:
    """Roll back, where anything has begun. psycopg then has the server forget what it prepared; so do we."""
    driver: Connection[Any] = getattr(connection, "dbapi_connection", connection)  # SQLAlchemy wraps the very first one
    if driver.pgconn.transaction_status != TransactionStatus.IDLE:
        driver.rollback()
        if _prepared.pop(driver, None):
            _sound(driver.pgconn.exec_(b"DEALLOCATE ALL"))


def _sound(result: PGresult) -> PGresult:
    if result.status in _FAILED:
        raise error_from_result(result)
    return result
