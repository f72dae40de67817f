"""Words of our own in a statement: kinds, states, procedures, parts, ids of rows. Never what somebody typed."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam


def is_one_of(column: Column[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these words of ours.

    They are written into the statement: psycopg prepares none of more than fifty values, and takes it apart each time.
    """
    return column.in_(bindparam(None, [str(word) for word in words], expanding=True, literal_execute=True))


def has_id_of(column: Column[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of many ids, written into the statement as in `is_one_of`."""
    return column.in_(bindparam(None, list(ids), expanding=True, literal_execute=True))
