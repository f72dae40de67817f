"""Record numbers: one row of numbers for each school and kind, without gaps."""

from importlib import import_module

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, update
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata
from storage.prepared import Prepared

number = Table(
    "number",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("last", Integer, nullable=False),
)

_FOLLOWING = Prepared(
    update(number)
    .where(number.c.school_id == bindparam("of_school"), number.c.kind == bindparam("of_kind"))
    .values(last=number.c.last + 1)
    .returning(number.c.last)
)
_GIVE_BACK = Prepared(
    update(number)
    .where(number.c.school_id == bindparam("of_school"), number.c.kind == bindparam("of_kind"))
    .values(last=number.c.last - 1)
)


def following(connection: Connection, school_id: int, kind: str) -> int:
    """Take the next number of a kind. Two at once wait for each other; a rolled-back number is given again."""
    taken = _FOLLOWING.rows(connection, of_school=school_id, of_kind=kind)
    return int(taken[0][0]) if taken else _first(connection, school_id, kind)


def _first(connection: Connection, school_id: int, kind: str) -> int:
    """Take the first number of a kind, or the one after that of somebody who takes the first at this very moment."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    statement = dialect.insert(number).values(school_id=school_id, kind=kind, last=1)
    one_more = {"last": number.c.last + 1}
    statement = statement.on_conflict_do_update(index_elements=["school_id", "kind"], set_=one_more)
    return int(connection.execute(statement.returning(number.c.last)).scalar_one())


def give_back(connection: Connection, school_id: int, kind: str) -> None:
    """Give back the number that this very transaction has taken last: nobody else can have taken one since."""
    _GIVE_BACK.run(connection, of_school=school_id, of_kind=kind)
