"""The roll: who the pupils are, which class they are in, and which name they used to have."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.engine import Connection

from bot.rules.names.index import Named
from storage.engine import Id, Instant, metadata

pupil = Table(
    "pupil",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("upn", String(13)),  # a blind number: the import's key and nothing else
    Column("admission_number", String(20)),
    Column("legal_forename", String(100), nullable=False),
    Column("legal_surname", String(100), nullable=False),
    Column("forename", String(100), nullable=False),  # preferred
    Column("surname", String(100), nullable=False),
    Column("born_on", Date),
    Column("year_group", String(20), nullable=False, default=""),
    Column("class_name", String(100), nullable=False, default=""),
    Column("joined_on", Date),
    Column("left_on", Date),  # the last day on roll
    # Who has come back: what was decided before this day was for the time before (§4.1).
    Column("decisions_from", Date),
    Column("missing_since", Date),  # not in the last imported file; a leaver only when somebody confirms it
    Column("undone_at", Instant),  # brought by an import that was undone then: never a pupil here, and found nowhere
    # Brought by an import that is not finished yet: found nowhere until it is.
    Column("arrives_with", Id, ForeignKey("roll_import.id")),
    UniqueConstraint("school_id", "upn"),
    Index("ix_pupil_school_id_class_name", "school_id", "class_name"),
)

former_name = Table(
    "former_name",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("full_name", String(201), nullable=False),
    Column("until", Date, nullable=False),
    Index("ix_former_name_school_id", "school_id"),
)

# Append-only: which class a pupil was in from which day on. pupil.class_name is the newest, kept for speed.
placement = Table(
    "placement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("class_name", String(100), nullable=False),
    Column("year_group", String(20), nullable=False),
    Column("from_day", Date, nullable=False),
)

# Append-only: somebody has said that a child who was missing from a file has left. pupil.left_on is what holds now.
leaver = Table(
    "leaver",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("left_on", Date, nullable=False),
    Column("missing_since", Date),  # as it was before: to it the child goes back if this is struck out
    Column("recorded_by", Id, ForeignKey("person.id")),
    Column("recorded_at", Instant, nullable=False),
)

IS_HERE = and_(pupil.c.undone_at.is_(None), pupil.c.arrives_with.is_(None))


def named(connection: Connection, school_id: int, today: date) -> list[Named]:
    """Return every pupil of a school, leavers too, as the name search wants them."""
    former: dict[int, list[str]] = {}
    for row in connection.execute(select(former_name).where(former_name.c.school_id == school_id)):
        former.setdefault(row.pupil_id, []).append(row.full_name)
    rows = connection.execute(select(pupil).where(pupil.c.school_id == school_id, IS_HERE).order_by(pupil.c.id))
    return [
        Named(
            pupil_id=row.id,
            forename=row.forename,
            surname=row.surname,
            legal_forename=row.legal_forename,
            legal_surname=row.legal_surname,
            former=tuple(former.get(row.id, ())),
            class_name=row.class_name,
            on_roll=on_roll(row.joined_on, row.left_on, today),
            born_on=row.born_on,
        )
        for row in rows
    ]


def on_roll(joined_on: date | None, left_on: date | None, day: date) -> bool:
    """Tell whether a pupil with these dates is on roll on a day. `left_on` is the last day."""
    return (joined_on is None or joined_on <= day) and (left_on is None or day <= left_on)


def placements(connection: Connection, school_id: int, pupil_id: int) -> list[tuple[date, str]]:
    """Return (from day, class name) of a pupil, newest first."""
    rows = connection.execute(
        select(placement.c.from_day, placement.c.class_name)
        .where(placement.c.school_id == school_id, placement.c.pupil_id == pupil_id)
        .order_by(placement.c.from_day.desc(), placement.c.id.desc())
    )
    return [(row.from_day, row.class_name) for row in rows]


def count(connection: Connection, school_id: int) -> int:
    """Return how many pupils a school's record holds, leavers too."""
    return int(connection.execute(select(func.count()).where(pupil.c.school_id == school_id, IS_HERE)).scalar_one())


def class_names(connection: Connection, school_id: int) -> set[str]:
    """Return the names of all classes that a pupil is or was in."""
    rows = connection.execute(select(pupil.c.class_name).where(pupil.c.school_id == school_id, IS_HERE).distinct())
    return {row.class_name for row in rows}


def classes(
    connection: Connection, school_id: int, today: date, only: Iterable[str] | None = None
) -> dict[str, date | None]:
    """Return the classes that pupils on roll today are in, each with the day from which any of them has been in it.

    `only`: of these classes.
    """
    found = _BY_CLASS if only is None else _BY_CLASS.where(pupil.c.class_name.in_(list(only)))
    rows = connection.execute(found, {"of_school": school_id, "today": today})
    return {row.class_name: row.since for row in rows}


# Asked at every tick of every school, and by every Home.
_BY_CLASS = (
    select(pupil.c.class_name, func.min(placement.c.from_day).label("since"))
    .select_from(
        pupil.outerjoin(
            placement, and_(placement.c.pupil_id == pupil.c.id, placement.c.class_name == pupil.c.class_name)
        )
    )
    .where(pupil.c.school_id == bindparam("of_school"), pupil.c.class_name != "", IS_HERE)
    .where(or_(pupil.c.left_on.is_(None), pupil.c.left_on >= bindparam("today")))
    .group_by(pupil.c.class_name)
    .order_by(pupil.c.class_name)
)
