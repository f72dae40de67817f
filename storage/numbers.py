"""Record numbers: one row of numbers for each school and kind, without gaps."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, insert, update
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
    if not taken:
        connection.execute(insert(number).values(school_id=school_id, kind=kind, last=1))
        return 1
    return int(taken[0][0])


def give_back(connection: Connection, school_id: int, kind: str) -> None:
    """Give back the number that this very transaction has taken last: nobody else can have taken one since."""
    _GIVE_BACK.run(connection, of_school=school_id, of_kind=kind)
