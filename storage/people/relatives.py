"""To whom members of staff are related, as each of them has declared: nobody else reads it, but for the gate.

Whatever changes it raises the settings' number: see `storage.people.staffing`.

Where it is not known whether two are one person, each counts as a relative of the other: what is kept from the one must
not be the other's to decide.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, bindparam, insert, literal, null, or_, select, union_all, update
from sqlalchemy.engine import Connection

from bot.rules.people import Relatives
from bot.rules.staff.persons import Doubt
from storage import school as school_storage
from storage.engine import Id, Instant, metadata
from storage.people.questions import person_question

relative = Table(
    "relative",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False, index=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),  # who declared it: the one whom it bars
    Column("colleague_id", Id, ForeignKey("person.id")),  # one of the two
    Column("pupil_id", Id, ForeignKey("pupil.id")),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # empty: it holds
)

# Asked wherever a record waits for somebody.
_CURRENT = select(relative.c.person_id, relative.c.colleague_id, relative.c.pupil_id, literal(0)).where(
    relative.c.school_id == bindparam("school"), relative.c.until.is_(None)
)
_DOUBLES = [
    select(one, other, null(), literal(1)).where(
        person_question.c.school_id == bindparam("school"),
        person_question.c.why == Doubt.NAME,
        person_question.c.is_same.is_(None),
    )
    for one, other in (
        (person_question.c.newcomer_id, person_question.c.earlier_id),
        (person_question.c.earlier_id, person_question.c.newcomer_id),
    )
]
_ALL_CURRENT = union_all(_CURRENT, *_DOUBLES)


@dataclass(frozen=True, slots=True)
class Declared:
    """One relative of somebody's: a colleague or a pupil."""

    relative_id: int
    colleague_id: int | None
    pupil_id: int | None


def current(connection: Connection, school_id: int) -> dict[int, Relatives]:
    """Return person → whom they have declared; anybody who may be the same person, and whom that one has declared."""
    found: dict[int, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    doubles: list[tuple[int, int]] = []
    for person_id, colleague_id, pupil_id, is_double in connection.execute(_ALL_CURRENT, {"school": school_id}):
        colleagues, pupils = found[person_id]
        if colleague_id:
            colleagues.add(colleague_id)
        if pupil_id:
            pupils.add(pupil_id)
        if is_double:
            doubles.append((person_id, colleague_id))
    for one, other in doubles:
        found[one][0].update(found[other][0])
        found[one][1].update(found[other][1])
    return {
        person_id: Relatives(frozenset(some) - {person_id}, frozenset(others))
        for person_id, (some, others) in found.items()
    }


def ever(connection: Connection, school_id: int, person_id: int) -> Relatives:
    """Return whom somebody has ever declared, those off the list again included, and whom they might have been."""
    mine = (relative.c.school_id == school_id) & (relative.c.person_id == person_id)
    rows = connection.execute(select(relative.c.colleague_id, relative.c.pupil_id).where(mine)).all()
    both = person_question.c.newcomer_id, person_question.c.earlier_id
    asked = (person_question.c.school_id == school_id) & (person_question.c.why == Doubt.NAME)
    asked &= or_(*(column == person_id for column in both))
    doubles = {each for row in connection.execute(select(*both).where(asked)) for each in row} - {person_id}
    colleagues = frozenset(row.colleague_id for row in rows if row.colleague_id) | doubles
    return Relatives(colleagues, frozenset(row.pupil_id for row in rows if row.pupil_id))


def of_person(connection: Connection, school_id: int, person_id: int) -> list[Declared]:
    """Return whom somebody has declared, in the order in which they did."""
    mine = (relative.c.school_id == school_id) & (relative.c.person_id == person_id) & relative.c.until.is_(None)
    rows = connection.execute(select(relative).where(mine).order_by(relative.c.id))
    return [Declared(row.id, row.colleague_id, row.pupil_id) for row in rows]


def add(
    connection: Connection,
    school_id: int,
    person_id: int,
    at: datetime,
    *,
    colleague_id: int | None = None,
    pupil_id: int | None = None,
) -> None:
    """Append a relative of somebody's."""
    school_storage.staff_changed(connection, school_id)
    values = {"school_id": school_id, "person_id": person_id, "colleague_id": colleague_id, "pupil_id": pupil_id}
    connection.execute(insert(relative).values(**values, since=at))


def end(connection: Connection, school_id: int, person_id: int, relative_id: int, at: datetime) -> bool:
    """Note that one of somebody's own declarations no longer holds; False where there is none."""
    school_storage.staff_changed(connection, school_id)
    mine = (relative.c.id == relative_id) & (relative.c.person_id == person_id) & (relative.c.school_id == school_id)
    return connection.execute(update(relative).where(mine, relative.c.until.is_(None)).values(until=at)).rowcount == 1


def end_own(connection: Connection, school_id: int, person_id: int, at: datetime) -> None:
    """End what somebody declared of a colleague who turned out to be themselves."""
    school_storage.staff_changed(connection, school_id)
    own = (relative.c.person_id == person_id) & (relative.c.colleague_id == person_id)
    mine = update(relative).where(own, relative.c.school_id == school_id, relative.c.until.is_(None))
    connection.execute(mine.values(until=at))
