"""Reactions that failed, and that the timetable still owes: one row for each feature of a school."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new

owed = Table(
    "reaction_owed",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("feature", String(40), primary_key=True),
    Column("since", Instant, nullable=False),
)


def owe(connection: Connection, school_id: int, feature: str, at: datetime) -> None:
    """Write down that a feature has still to react to something."""
    row = {"school_id": school_id, "feature": feature, "since": at}
    connection.execute(insert_if_new(connection.dialect.name, owed).values(**row))


def all_owed(connection: Connection, school_id: int) -> dict[str, datetime]:
    """Return feature → since when it has still to react."""
    rows = connection.execute(select(owed.c.feature, owed.c.since).where(owed.c.school_id == school_id))
    return {row.feature: row.since for row in rows}


def made_up(connection: Connection, school_id: int, feature: str) -> None:
    """Note that a feature has reacted to everything."""
    connection.execute(delete(owed).where(owed.c.school_id == school_id, owed.c.feature == feature))
