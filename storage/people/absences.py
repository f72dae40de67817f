"""Who is on long absence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Column, Date, ForeignKey, Table, bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata

absence = Table(
    "absence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),  # included; empty: nobody knows yet
    Column("recorded_by", Id, ForeignKey("person.id"), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("ended_at", Instant),  # came back, or it was a slip
)

# Asked at every tick of every school.
_CURRENT = (
    select(absence.c.id, absence.c.person_id, absence.c.first_day, absence.c.last_day)
    .where(absence.c.school_id == bindparam("of_school"), absence.c.ended_at.is_(None))
    .where(or_(absence.c.last_day.is_(None), absence.c.last_day >= bindparam("today")))
    .order_by(absence.c.first_day, absence.c.id)
)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody who is not here for a while."""

    absence_id: int
    person_id: int
    first: date
    last: date | None


def add(
    connection: Connection,
    school_id: int,
    *,
    person_id: int,
    first: date,
    last: date | None,
    recorded_by: int,
    at: datetime,
) -> int:
    """Write a long absence down; returns its id."""
    values = {"school_id": school_id, "person_id": person_id, "first_day": first, "last_day": last}
    values |= {"recorded_by": recorded_by, "recorded_at": at}
    return int(connection.execute(insert(absence).values(**values).returning(absence.c.id)).scalar_one())


def end(connection: Connection, school_id: int, absence_id: int, at: datetime) -> bool:
    """Note that somebody is back. False: it was noted already, or there is no such absence."""
    still = (absence.c.school_id == school_id) & (absence.c.id == absence_id) & absence.c.ended_at.is_(None)
    return connection.execute(update(absence).where(still).values(ended_at=at)).rowcount == 1


def current(connection: Connection, school_id: int, today: date) -> Sequence[Absence]:
    """Return the absences that are not over, those to come too, by their first day."""
    return [Absence(*row) for row in connection.execute(_CURRENT, {"of_school": school_id, "today": today})]
