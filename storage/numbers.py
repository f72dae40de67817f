"""Record numbers: one row of numbers for each school and kind, without gaps."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata
from storage.prepared import Prepared, insert_if_new

number = Table(
    "number",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("last", Integer, nullable=False),
)

_OF_KIND = update(number).where(number.c.school_id == bindparam("of_school"), number.c.kind == bindparam("of_kind"))
_TAKE = _OF_KIND.values(last=number.c.last + 1).returning(number.c.last)
_FOLLOWING = Prepared(_TAKE)
_GIVE_BACK = Prepared(_OF_KIND.values(last=number.c.last - 1))


def following(connection: Connection, school_id: int, kind: str) -> int:
    """Take the next number of a kind. Two at once wait for each other; a rolled-back number is given again."""
    taken = _FOLLOWING.rows(connection, of_school=school_id, of_kind=kind)
    if not taken:
        connection.execute(insert(number).values(school_id=school_id, kind=kind, last=1))
        return 1
    return int(taken[0][0])


def add(
    connection: Connection, table: Table, kind: str, values: Mapping[str, Any], *, school_id: int
) -> tuple[int, int] | None:
    """Insert a row under the next number of its kind; returns (id, number), None where it is there already.

    `values`: of every column of the table but its id, its school and its number.
    """
    if connection.dialect.name == "sqlite":
        # Nothing is slow about two statements here, and SQLite knows no such one.
        taken = following(connection, school_id, kind)
        made = _insert(table).rows(connection, **values, school_id=school_id, number=taken)
    else:
        both = {**values, "school_id": school_id, "of_school": school_id, "of_kind": kind}
        made = _take_and_insert(table).rows(connection, **both)
        # The very first of its kind finds nothing to count on.
        if not made and _begin(connection.dialect.name).run(connection, of_school=school_id, of_kind=kind):
            made = _take_and_insert(table).rows(connection, **both)
    if made:
        return made[0][0], made[0][1]
    _GIVE_BACK.run(connection, of_school=school_id, of_kind=kind)  # nobody else can have taken one since
    return None


@cache
def _insert(table: Table) -> Prepared:
    columns: dict[str, Any] = {each.name: bindparam(each.name) for each in table.c if each.name != "id"}
    return Prepared(insert_if_new("sqlite", table).values(columns).returning(table.c.id, table.c.number))


@cache
def _take_and_insert(table: Table) -> Prepared:
    taken = _TAKE.cte("taken")
    names = [each.name for each in table.c if each.name not in {"id", "number"}]
    given = [bindparam(name, type_=table.c[name].type) for name in names]
    rows = insert_if_new("postgresql", table).from_select([*names, "number"], select(*given, taken.c.last))
    return Prepared(rows.returning(table.c.id, table.c.number))


@cache
def _begin(kind: str) -> Prepared:
    row = {"school_id": bindparam("of_school"), "kind": bindparam("of_kind"), "last": 0}
    return Prepared(insert_if_new(kind, number).values(row))
