"""Record numbers: one row of numbers for each school and kind, without gaps."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, insert, update
from sqlalchemy.engine import Connection

from storage.engine import Id, metadata

number = Table(
    "number",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("last", Integer, nullable=False),
)


def following(connection: Connection, school_id: int, kind: str) -> int:
    """Take the next number of a kind. Two at once wait for each other; a rolled-back number is given again."""
    mine = (number.c.school_id == school_id) & (number.c.kind == kind)
    taken = connection.execute(
        update(number).where(mine).values(last=number.c.last + 1).returning(number.c.last)
    ).scalar_one_or_none()
    if taken is None:
        connection.execute(insert(number).values(school_id=school_id, kind=kind, last=1))
        return 1
    return int(taken)
