"""Which records fit, as ids; and at which places the addresses of a record are found, so that no form has to be read.

Places are written in the transaction that writes the form; an address never changes. A record without one has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    insert,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.engine import Connection

from bot.rules.filter.places import LONGEST, places
from storage.engine import Id, metadata
from storage.records import record
from storage.statements.prepared import Prepared

AT_ONCE = 6  # rows in one statement
# Addresses are ASCII, in the order of its signs: else PostgreSQL sorts as people do, and no index finds a beginning.
Place = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")
_AFTER_ALL = "\x7f"  # no address has it: it comes after whatever an address can have

NEWEST_FIRST = (record.c.asked_at.desc(), record.c.id.desc())

record_address = Table(
    "record_address",
    metadata,
    Column("record_id", Id, ForeignKey("record.id"), primary_key=True, autoincrement=False),
    Column("place", Place, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Index("ix_record_address_school_id_place", "school_id", "place", "record_id"),
)


def ids(
    connection: Connection,
    school_id: int,
    which: ColumnElement[bool],
    most: int,
    order: Sequence[ColumnElement[Any]] = (),
) -> list[int]:
    """Return the ids of the records that fit, in any order or in a given one. `most`: 0 for all."""
    found = select(record.c.id).where(record.c.school_id == school_id, which).order_by(*order)
    # All at once: row by row psycopg takes three times as long.
    return list(connection.execute(found.limit(most) if most else found).scalars().all())


def some(connection: Connection, which: ColumnElement[bool], most: int) -> list[int]:
    """Return the ids of records that fit, in any order: of a school, and seen, by what is asked of them."""
    # Asked for the school or the newest first, SQLite walks through all of its records rather than look a thousand up.
    return list(connection.execute(select(record.c.id).where(which).limit(most)).scalars().all())


Said = tuple[ColumnElement[bool], bool]  # where a word occurs, and whether some records were not looked into


class Which(NamedTuple):
    """Some records of a kind. `ids`: theirs, the newest first, where they are known."""

    condition: ColumnElement[bool]
    ids: Sequence[int] | None = None

    def newest(self, connection: Connection, school_id: int, most: int) -> Sequence[int]:
        """Return the ids of the newest, `most` at the most; 0 for all."""
        if self.ids is None:
            return ids(connection, school_id, self.condition, most, NEWEST_FIRST)
        return self.ids[:most] if most else self.ids


class Newest(NamedTuple):
    """The newest records that fit. `ids`: kind → theirs; `condition`: that a record is not older than all of them."""

    ids: Mapping[str, list[int]]
    condition: ColumnElement[bool]
    has_older: bool


def newest(connection: Connection, school_id: int, which: ColumnElement[bool], most: int) -> Newest:
    """Return the newest `most` records that fit, of all kinds together."""
    found = select(record.c.kind, record.c.id).where(record.c.school_id == school_id, which).order_by(*NEWEST_FIRST)
    rows = connection.execute(found.limit(most + 1)).all()
    ids: dict[str, list[int]] = {}
    for kind, record_id in rows[:most]:
        ids.setdefault(kind, []).append(record_id)
    if len(rows) <= most:
        return Newest(ids, true(), has_older=False)
    last = rows[most - 1].id
    at = connection.execute(select(record.c.asked_at).where(record.c.id == last)).scalar_one()
    place = tuple_(literal(at, record.c.asked_at.type), literal(last, record.c.id.type))
    return Newest(ids, tuple_(record.c.asked_at, record.c.id) >= place, has_older=True)


def add(connection: Connection, school_id: int, record_id: int, urls: Iterable[str]) -> None:
    """Insert where the addresses of a new record are found."""
    found = list(dict.fromkeys(place for url in urls for place in places(url)))
    for start in range(0, len(found), AT_ONCE):
        some = {f"place{number}": place for number, place in enumerate(found[start : start + AT_ONCE])}
        _add(len(some)).run(connection, of_school=school_id, of_record=record_id, **some)


@cache
def _add(count: int) -> Prepared:
    # One statement, however many: a form is answered while somebody waits.
    of_record: dict[str, Any] = {"record_id": bindparam("of_record"), "school_id": bindparam("of_school")}
    rows = [{**of_record, "place": bindparam(f"place{number}", type_=Place)} for number in range(count)]
    return Prepared(insert(record_address).inline().values(rows))


def beginning(connection: Connection, school_id: int, place: str, most: int) -> list[int]:
    """Return records that have an address that begins so, in any order, once for each such address; `most` in all."""
    found = select(record_address.c.record_id).where(record_address.c.school_id == school_id, _begins(place))
    # Not distinct: PostgreSQL may then gather all of them first, however few are asked for.
    return list(connection.execute(found.limit(most)).scalars().all())


def begins(place: str) -> ColumnElement[bool]:
    """Return the condition that a record has an address that begins so."""
    mine = (record_address.c.record_id == record.c.id) & _begins(place)
    # Asked of one record after another: with EXISTS, PostgreSQL first gathers all that begin so.
    return select(literal(1)).where(mine).limit(1).correlate(record).scalar_subquery().is_not(None)


def _begins(place: str) -> ColumnElement[bool]:
    return (record_address.c.place >= place) & (record_address.c.place < place + _AFTER_ALL)
