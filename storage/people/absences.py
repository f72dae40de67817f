"""Who is on long absence. Whatever changes it raises the settings' number: see `storage.people.staffing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Column, Date, ForeignKey, Table, Text, and_, bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection

from storage import school as school_storage
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
    Column("stands_in_at", Instant, nullable=False),  # from when it counts, and others stand in
    Column("ended_at", Instant),  # came back
    Column("struck_at", Instant),  # it was an error: it counts for nothing, and stays to be seen
    Column("struck_by", Id, ForeignKey("person.id")),
    Column("struck_why", Text, nullable=False, default=""),
)

_SHOWN = (
    *(absence.c.id, absence.c.person_id, absence.c.first_day, absence.c.last_day, absence.c.recorded_by),
    *(absence.c.recorded_at, absence.c.stands_in_at, absence.c.ended_at),
    *(absence.c.struck_at, absence.c.struck_by, absence.c.struck_why),
)
_NOT_OVER = and_(
    absence.c.ended_at.is_(None), or_(absence.c.last_day.is_(None), absence.c.last_day >= bindparam("today"))
)
# Asked at every tick of every school.
_CURRENT = (
    select(*_SHOWN)
    .where(absence.c.school_id == bindparam("of_school"), absence.c.struck_at.is_(None), _NOT_OVER)
    .order_by(absence.c.first_day, absence.c.id)
)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody who is not here for a while. `stands_in_at`: from when it counts; `struck_why`: "" unless struck out."""

    absence_id: int
    person_id: int
    first: date
    last: date | None
    recorded_by: int
    recorded_at: datetime
    stands_in_at: datetime
    ended_at: datetime | None = None
    struck_at: datetime | None = None
    struck_by: int | None = None
    struck_why: str = ""

    @property
    def is_own(self) -> bool:
        """Return whether the person has written it down themselves."""
        return self.person_id == self.recorded_by

    def counts(self, today: date, now: datetime) -> bool:
        """Return whether it counts now, being neither over nor struck out."""
        return self.first <= today and self.stands_in_at <= now

    def overlaps(self, first: date, last: date | None) -> bool:
        """Return whether any day of it lies between two days, both included; None: nobody knows the last."""
        return (last is None or self.first <= last) and (self.last is None or first <= self.last)


def add(
    connection: Connection,
    school_id: int,
    *,
    person_id: int,
    days: tuple[date, date | None],
    recorded_by: int,
    at: datetime,
    stands_in_at: datetime,
) -> int:
    """Write an absence down, from its first to its last day; returns its id."""
    values = {"school_id": school_id, "person_id": person_id, "first_day": days[0], "last_day": days[1]}
    values |= {"recorded_by": recorded_by, "recorded_at": at, "stands_in_at": stands_in_at, "struck_why": ""}
    school_storage.staff_changed(connection, school_id)
    return int(connection.execute(insert(absence).values(**values).returning(absence.c.id)).scalar_one())


def end(connection: Connection, school_id: int, absence_id: int, at: datetime) -> bool:
    """Note that somebody is back. False: it was noted already, or struck out meanwhile."""
    school_storage.staff_changed(connection, school_id)
    still = (absence.c.id == absence_id) & absence.c.ended_at.is_(None) & absence.c.struck_at.is_(None)
    return connection.execute(update(absence).where(still).values(ended_at=at)).rowcount == 1


def strike(connection: Connection, school_id: int, absence_id: int, *, by: int, why: str, at: datetime) -> bool:
    """Strike an absence out that was written down in error. False: it was struck out already."""
    school_storage.staff_changed(connection, school_id)
    still = (absence.c.id == absence_id) & absence.c.struck_at.is_(None)
    values = {"struck_at": at, "struck_by": by, "struck_why": why}
    return connection.execute(update(absence).where(still).values(**values)).rowcount == 1


def get(connection: Connection, school_id: int, absence_id: int) -> Absence | None:
    """Return one absence."""
    this = (absence.c.school_id == school_id) & (absence.c.id == absence_id)
    row = connection.execute(select(*_SHOWN).where(this)).one_or_none()
    return Absence(*row) if row else None


def struck_since(connection: Connection, school_id: int, at: datetime) -> Sequence[Absence]:
    """Return the absences that were struck out at an instant or later, the newest first."""
    these = (absence.c.school_id == school_id) & (absence.c.struck_at >= at)
    newest = (absence.c.struck_at.desc(), absence.c.id.desc())
    return [Absence(*row) for row in connection.execute(select(*_SHOWN).where(these).order_by(*newest))]


def current(connection: Connection, school_id: int, today: date) -> Sequence[Absence]:
    """Return the absences that are neither over nor struck out, those to come too, by their first day."""
    return [Absence(*row) for row in connection.execute(_CURRENT, {"of_school": school_id, "today": today})]
