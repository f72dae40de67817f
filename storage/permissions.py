"""What somebody asks permission for: the form of a record on the spine, and the conditions of a Yes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Column, ColumnElement, Date, ForeignKey, Index, Table, Text, insert, select, update
from sqlalchemy.engine import Connection

from bot.rules.permissions import Form
from storage import records
from storage.engine import Id, metadata
from storage.records import said_of
from storage.words import occurs

permission = Table(
    "permission",
    metadata,
    Column("record_id", Id, ForeignKey("record.id"), primary_key=True, autoincrement=False),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("conditions", Text, nullable=False, default=""),
    Index("ix_permission_school_id_last_on", "school_id", "last_on"),
)


@dataclass(frozen=True, slots=True)
class Permission:
    """What is asked for. `conditions`: of the Yes, "" without any."""

    purpose: str
    first_on: date
    last_on: date
    conditions: str


def add(connection: Connection, school_id: int, record_id: int, form: Form) -> None:
    """Insert the form of a record."""
    values = {"record_id": record_id, "school_id": school_id, "purpose": form.purpose}
    connection.execute(insert(permission).values(**values, first_on=form.first, last_on=form.last, conditions=""))


def add_conditions(connection: Connection, record_id: int, more: str) -> None:
    """Add a condition of the Yes; those that were set before stay."""
    known = connection.execute(select(permission.c.conditions).where(permission.c.record_id == record_id)).scalar_one()
    said = "\n".join(filter(None, (known, more)))
    connection.execute(update(permission).where(permission.c.record_id == record_id).values(conditions=said))


def of_records(connection: Connection, record_ids: Collection[int]) -> dict[int, Permission]:
    """Return record → what is asked for."""
    found: dict[int, Permission] = {}
    for some in records.pieces(record_ids):
        for row in connection.execute(select(permission).where(permission.c.record_id.in_(some))):
            found[row.record_id] = Permission(row.purpose, row.first_on, row.last_on, row.conditions)
    return found


def says(connection: Connection, word: str) -> ColumnElement[bool]:
    """Return the condition that a word occurs in what is asked for."""
    texts = (permission.c.purpose, permission.c.conditions)
    return said_of(permission.c.record_id, occurs(connection, word, texts))
