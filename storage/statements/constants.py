"""Words of our own in a statement: kinds, states, procedures, parts, ids of rows. Never what somebody typed."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, ColumnElement, String, any_, bindparam, cast, literal
from sqlalchemy.engine import Connection


def is_one_of(column: Column[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these words of ours.

    They are written into the statement: psycopg prepares none of more than fifty values, and takes it apart each time.
    """
    return column.in_(bindparam(None, [str(word) for word in words], expanding=True, literal_execute=True))


def has_id_of(column: Column[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of some ids, written into the statement as in `is_one_of`."""
    return column.in_(bindparam(None, list(ids), expanding=True, literal_execute=True))


def is_found_by_id(connection: Connection, column: Column[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the same condition for as many as a thousand, as what a statement begins with: not beside others in an OR.

    One array on PostgreSQL: a thousand constants take SQLAlchemy and psycopg as long as the server takes to look them
    up. Beside others it would be gone through anew for each row.
    """
    if connection.dialect.name == "sqlite":  # which has no arrays, and misjudges how many JSON holds
        return has_id_of(column, ids)
    # As text: psycopg writes a list number by number.
    given = cast(literal(f"{{{','.join(map(str, ids))}}}", String), ARRAY(BigInteger))
    return column == any_(given)
