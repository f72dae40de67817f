"""Many rows at once: `executemany` on SQLite, COPY on PostgreSQL. tests/bench says what either costs."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Date, Table, func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from storage.consent.roll import pupil

CHUNK = 10_000  # rows sent to SQLite at a time


def next_ids(connection: Connection, count: int) -> Sequence[int]:
    """Reserve ids for new pupils, so that their decisions can be inserted without asking for each one."""
    if connection.dialect.name == "postgresql":
        drawn = text("SELECT nextval(pg_get_serial_sequence('pupil', 'id')) FROM generate_series(1, :count)")
        return list(connection.execute(drawn, {"count": count}).scalars().all())
    # SQLite has one writer at a time, and this is it.
    last = connection.execute(select(func.max(pupil.c.id))).scalar_one() or 0
    return range(last + 1, last + 1 + count)


def add(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows the quickest way that the database has: both pass by SQLAlchemy, which would double the time."""
    defaults = {
        column.name: column.default.arg  # type: ignore[attr-defined]
        for column in table.c
        if column.default is not None and column.name not in columns
    }
    named = (*columns, *defaults)
    filled = ((*row, *defaults.values()) for row in rows) if defaults else rows
    write = _copy if connection.dialect.name == "postgresql" else _executemany
    write(connection, table, named, filled)


def _copy(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = connection.connection.cursor()
    try:
        with driver as cursor, cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.OperationalError as error:
        raise OperationalError("COPY", None, error) from error  # as SQLAlchemy would: the caller is told "Busy"


def _executemany(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    # Only our own tables' names are put together here; every value is a parameter.
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 # nosec B608
    days = [place for place, name in enumerate(columns) if isinstance(table.c[name].type, Date)]
    for chunk in in_chunks(map(list, rows), CHUNK):
        for row in chunk:
            for place in days:
                row[place] = row[place] and row[place].isoformat()
        connection.exec_driver_sql(statement, [tuple(row) for row in chunk])


def in_chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Cut rows into lists of a size."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk
