"""Hot statements on PostgreSQL: prepared once for each connection, then run through libpq itself.

A cursor of psycopg takes longer to put a statement together and to wait for it than the server takes to answer. Values
become text, and rows are read, by psycopg's own adapters; errors are psycopg's own. See docs/decisions/0009.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakSet

from psycopg import Connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Dialect

_numbers = count(1)
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
        self._known_to: WeakSet[Connection[Any]] = WeakSet()

    def __call__(self, connection: Connection[Any], values: Sequence[Any]) -> tuple[list[tuple[Any, ...]], int]:
        """Return the rows and how many there were. Raises psycopg.Error. Other threads run while the server answers."""
        server = connection.pgconn
        if server.transaction_status == TransactionStatus.IDLE and not connection.autocommit:
            _sound(server.exec_(b"BEGIN"))
        if connection not in self._known_to:
            _sound(server.prepare(self._name, self._sql))
            self._known_to.add(connection)
        adapters = Transformer(connection)
        written: Any = adapters.dump_sequence(
            values, self._formats
        )  # libpq takes None for NULL; its type does not say so
        result = _sound(server.exec_prepared(self._name, written))
        adapters.set_pgresult(result)
        return adapters.load_rows(0, result.ntuples, tuple), result.command_tuples or 0


def _sound(result: PGresult) -> PGresult:
    if result.status in _FAILED:
        raise error_from_result(result)
    return result
