"""What somebody asks permission for: the form of a record on the spine, and the conditions of a Yes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Column, ColumnElement, Date, ForeignKey, Index, Table, Text, func, insert, select, update
from sqlalchemy.engine import Connection

from bot.rules.permissions import KIND, Form
from storage import records
from storage.engine import Id, metadata
from storage.people.people import person
from storage.records import Record, record
from storage.words import called, occurs

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


def search(
    connection: Connection,
    school_id: int,
    states: Collection[str],
    which: ColumnElement[bool],
    *,
    first: datetime | None,
    before: datetime | None,
    words: Sequence[str],
    limit: int,
) -> tuple[list[Record], int]:
    """Return the newest requests that fit, and how many fit. `which`: what the reader may see; `words`: all occur."""
    fits = (record.c.school_id == school_id) & (record.c.kind == KIND) & record.c.state.in_(list(states)) & which
    if first:
        fits &= record.c.asked_at >= first
    if before:
        fits &= record.c.asked_at < before
    texts = (permission.c.purpose, permission.c.conditions, person.c.name)
    for word in words:
        number = called(KIND, word)  # whoever calls a record by its number means that one
        fits &= occurs(connection, word, texts) if number is None else record.c.number == number
    found = select(record.c.id).join(permission, permission.c.record_id == record.c.id)
    found = found.join(person, person.c.id == record.c.asker_id).where(fits)
    count = int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())
    newest = found.order_by(record.c.id.desc()).limit(limit)
    return records.where(connection, school_id, record.c.id.in_(newest)), count
