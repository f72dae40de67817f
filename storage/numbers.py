"""Record numbers: one row of numbers for each school and kind, without gaps; or drawn, so that a gap tells nothing."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, func, select, update
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata
from storage.statements.inserts import insert_if_new, insert_or_change
from storage.statements.prepared import Prepared

DIGITS = (4, 5, 6)  # of a drawn number: each range follows when half of the one before is used

number = Table(
    "number",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("last", Integer, nullable=False),
)


def following(connection: Connection, school_id: int, kind: str) -> int:
    """Take the next number of a kind. Two at once wait for each other; a rolled-back number is given again."""
    taken = _one_more(connection.dialect.name).rows(connection, of_school=school_id, of_kind=kind)
    return int(taken[0][0]) if taken else _first(connection, school_id, kind)


@cache
def _one_more(kind: str) -> Prepared:
    # Every form that somebody sends takes a number.
    mine = (number.c.school_id == bindparam("of_school")) & (number.c.kind == bindparam("of_kind"))
    if kind == "postgresql":
        # First come, first served: for a row that changes, PostgreSQL has those who wait contend anew each time, and
        # some wait five times as long as others. For such a lock it keeps a queue; it ends with the transaction.
        key = func.hashtextextended(bindparam("of_kind"), bindparam("of_school"))
        mine &= select(func.pg_advisory_xact_lock(key)).scalar_subquery().is_not(None)
    return Prepared(update(number).where(mine).values(last=number.c.last + 1).returning(number.c.last))


def give_back(connection: Connection, school_id: int, kind: str) -> None:
    """Give back the number that this very transaction has taken: nobody else can have taken one since."""
    mine = (number.c.school_id == school_id) & (number.c.kind == kind)
    connection.execute(update(number).where(mine).values(last=number.c.last - 1))


def drawn(count: int, secret: bytes) -> int:
    """Return the `count`-th number in an order that only the secret tells: four digits, or five once half are used.

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
    first = insert_or_change(connection.dialect.name, number).values(school_id=school_id, kind=kind, last=1)
    one_more = first.on_conflict_do_update(index_elements=["school_id", "kind"], set_={"last": number.c.last + 1})
    return int(connection.execute(one_more.returning(number.c.last)).scalar_one())


def add(
    connection: Connection, table: Table, kind: str, values: Mapping[str, Any], *, school_id: int
) -> tuple[int, int] | None:
    """Insert a row under the next number of its kind; returns (id, number), None where it is there already.

    `values`: of every column of the table but its id, its school and its number.
    """
    # The number first: of the same form delivered twice at once, the second waits here and then finds the first.
    taken = following(connection, school_id, kind)
    made = _insert(connection.dialect.name, table).rows(connection, **values, school_id=school_id, number=taken)
    if not made:
        give_back(connection, school_id, kind)
        return None
    return int(made[0][0]), taken


@cache
def _insert(kind: str, table: Table) -> Prepared:
    columns: dict[str, Any] = {each.name: bindparam(each.name) for each in table.c if each.name != "id"}
    return Prepared(insert_if_new(kind, table).values(columns).returning(table.c.id))
