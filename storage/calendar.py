"""The school's terms, INSET days and closures. An import replaces them; who did, and when, is in the audit trail."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Date, ForeignKey, String, Table, UniqueConstraint, delete, insert, select
from sqlalchemy.engine import Connection

from bot.rules.calendar import Kind, Period
from storage.engine import Id, metadata

period = Table(
    "calendar_period",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),  # included
    Column("title", String(100), nullable=False, default=""),
    UniqueConstraint("school_id", "kind", "first_day", "last_day"),
)


def of(connection: Connection, school_id: int) -> tuple[Period, ...]:
    """Return a school's periods, by their first day."""
    rows = connection.execute(select(period).where(period.c.school_id == school_id).order_by(period.c.first_day))
    return tuple(_period(row) for row in rows)


def of_every(connection: Connection) -> dict[int, tuple[Period, ...]]:
    """Return school id → periods, by their first day."""
    found: dict[int, tuple[Period, ...]] = {}
    for row in connection.execute(select(period).order_by(period.c.first_day)):
        found[row.school_id] = (*found.get(row.school_id, ()), _period(row))
    return found


def replace(connection: Connection, school_id: int, periods: Iterable[Period]) -> None:
    """Keep exactly these periods."""
    connection.execute(delete(period).where(period.c.school_id == school_id))
    rows = [
        {
            "school_id": school_id,
            "kind": each.kind,
            "first_day": each.first,
            "last_day": each.last,
            "title": each.title,
        }
        for each in periods
    ]
    if rows:
        connection.execute(insert(period), rows)


def _period(row: Any) -> Period:
    return Period(Kind(row.kind), row.first_day, row.last_day, row.title)
