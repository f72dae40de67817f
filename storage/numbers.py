"""Record numbers: one row of numbers for each school and kind, without gaps; or drawn, so that a gap tells nothing."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, select, true, update
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata
from storage.prepared import Prepared, insert_if_new

DIGITS = (4, 5, 6)  # of a drawn number: each range follows when half of the one before is used

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
    return int(taken[0][0]) if taken else _first(connection, school_id, kind)


def give_back(connection: Connection, school_id: int, kind: str) -> None:
    """Give back the number that this very transaction has taken: nobody else can have taken one since."""
    _GIVE_BACK.run(connection, of_school=school_id, of_kind=kind)


def drawn(count: int, secret: bytes) -> int:
    """Return the so many-th number in an order that only the secret tells: of four digits, of five when half are used.

    Whoever sees CR-7264 learns neither how many there are nor which came before (data protection, risk 12).
    """
    for digits in DIGITS:
        first, last = 10 ** (digits - 1), 10**digits
        if count <= (last - first) // 2:
            return _order(first, last, secret)[count - 1]
        count -= (last - first) // 2
    raise OverflowError("there are more records of this kind than numbers")


@lru_cache(maxsize=8)
def _order(first: int, last: int, secret: bytes) -> tuple[int, ...]:
    return tuple(sorted(range(first, last), key=lambda number: hmac.digest(secret, b"%d" % number, hashlib.sha256)))


def _first(connection: Connection, school_id: int, kind: str) -> int:
    """Take the first number of a kind, or the one after that of somebody who takes the first at this very moment."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(number).values(school_id=school_id, kind=kind, last=1)
    one_more = {"last": number.c.last + 1}
    statement = statement.on_conflict_do_update(index_elements=["school_id", "kind"], set_=one_more)
    return int(connection.execute(statement.returning(number.c.last)).scalar_one())


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
        row_id = made[0][0] if made else None
    else:
        both = {**values, "school_id": school_id, "of_school": school_id, "of_kind": kind}
        found = _take_and_insert(table).rows(connection, **both)
        if not found:  # the very first of its kind has no number to count on
            _begin(connection.dialect.name).run(connection, of_school=school_id, of_kind=kind)
            found = _take_and_insert(table).rows(connection, **both)
        taken, row_id = found[0]
    if row_id is not None:
        return int(row_id), int(taken)
    give_back(connection, school_id, kind)
    return None


@cache
def _insert(table: Table) -> Prepared:
    columns: dict[str, Any] = {each.name: bindparam(each.name) for each in table.c if each.name != "id"}
    return Prepared(insert_if_new("sqlite", table).values(columns).returning(table.c.id))


@cache
def _take_and_insert(table: Table) -> Prepared:
    taken = _TAKE.cte("taken")
    names = [each.name for each in table.c if each.name not in {"id", "number"}]
    given = [bindparam(name, type_=table.c[name].type) for name in names]
    rows = insert_if_new("postgresql", table).from_select([*names, "number"], select(*given, taken.c.last))
    made = rows.returning(table.c.id).cte("made")
    # The number alone: this very form was delivered before. Nothing at all: there is no such kind yet.
    return Prepared(select(taken.c.last, made.c.id).select_from(taken.outerjoin(made, true())))


@cache
def _begin(kind: str) -> Prepared:
    row = {"school_id": bindparam("of_school"), "kind": bindparam("of_kind"), "last": 0}
    return Prepared(insert_if_new(kind, number).values(row))
