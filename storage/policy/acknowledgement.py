"""Who was asked to read a version of the policy, and who has: append-only, each once for a person and a version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint, func, insert, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata

asked = Table(
    "acknowledgement_asked",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("version", Integer, nullable=False),  # the version's number
    Column("at", Instant, nullable=False),
    UniqueConstraint("school_id", "version", "person_id"),
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("school_id", "version", "person_id"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person and one version. `acknowledged_at`: None while it is outstanding."""

    person_id: int
    version: int
    at: datetime
    acknowledged_at: datetime | None


def ask(connection: Connection, school_id: int, version: int, people: list[int], at: datetime) -> None:
    """Note that these people are asked. The school must be locked and nobody of them asked before."""
    rows = [{"school_id": school_id, "person_id": each, "version": version, "at": at} for each in people]
    if rows:
        connection.execute(insert(asked), rows)


def acknowledge(connection: Connection, school_id: int, version: int, person_id: int, at: datetime) -> None:
    """Note that a person has read a version. The school must be locked and nothing noted before."""
    values = {"school_id": school_id, "person_id": person_id, "version": version, "at": at}
    connection.execute(insert(acknowledgement).values(**values))


def of_version(connection: Connection, school_id: int, version: int) -> list[Asked]:
    """Return everybody who was asked to read one version."""
    return _found(connection, (asked.c.school_id == school_id) & (asked.c.version == version))


def of_person(connection: Connection, school_id: int, person_id: int) -> list[Asked]:
    """Return every version that one person was asked to read, newest first."""
    return _found(connection, (asked.c.school_id == school_id) & (asked.c.person_id == person_id))


def every(connection: Connection, school_id: int) -> list[Asked]:
    """Return everything, newest version first."""
    return _found(connection, asked.c.school_id == school_id)


def given_between(connection: Connection, school_id: int, first: datetime, before: datetime) -> int:
    """Return how many were given from one instant until before another."""
    mine = (
        (acknowledgement.c.school_id == school_id) & (acknowledgement.c.at >= first) & (acknowledgement.c.at < before)
    )
    return int(connection.execute(select(func.count()).select_from(acknowledgement).where(mine)).scalar_one())


def _found(connection: Connection, which: object) -> list[Asked]:
    same = (
        (acknowledgement.c.school_id == asked.c.school_id)
        & (acknowledgement.c.person_id == asked.c.person_id)
        & (acknowledgement.c.version == asked.c.version)
    )
    columns = select(asked.c.person_id, asked.c.version, asked.c.at, acknowledgement.c.at.label("acknowledged_at"))
    rows = columns.outerjoin_from(asked, acknowledgement, same).where(which)  # type: ignore[arg-type]
    rows = rows.order_by(asked.c.version.desc(), asked.c.id)
    return [Asked(row.person_id, row.version, row.at, row.acknowledged_at) for row in connection.execute(rows)]
