"""What has to be done about a record besides its decision, each with its clock; and what else a record is linked to.

Tasks run beside each other, whatever the record's state: the 72 hours of a breach begin when somebody was aware of it
(UK GDPR Art 33), not when a state did. A link says which record another one came from.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint, select, update
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.records import Record
from storage.statements.inserts import insert_if_new

record_task = Table(
    "record_task",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False),
    Column("what", String(60), nullable=False),  # "tell the ICO"
    Column("due_at", Instant),  # empty: without a clock
    Column("done_at", Instant),
    Column("done_by", Id, ForeignKey("person.id")),
    UniqueConstraint("record_id", "what"),
    Index("ix_record_task_school_id", "school_id", "what"),
)

record_link = Table(
    "record_link",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False),
    Column("other_id", Id, ForeignKey("record.id"), nullable=False, index=True),
    Column("what", String(40), nullable=False),  # "came from"
    Column("at", Instant, nullable=False),
    UniqueConstraint("record_id", "other_id", "what"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `due_at`: None without a clock; `done_at`: None while it is open."""

    what: str
    due_at: datetime | None
    done_at: datetime | None
    done_by: int | None


def add_task(connection: Connection, school_id: int, record_id: int, what: str, due_at: datetime | None) -> None:
    """Append a task; the same again changes nothing."""
    values = {"school_id": school_id, "record_id": record_id, "what": what, "due_at": due_at}
    connection.execute(insert_if_new(connection.dialect.name, record_task).values(**values))


def open_task(connection: Connection, school_id: int, record_id: int, what: str) -> bool:
    """Have something done that has no clock, also where it was done before; returns whether it was not open already."""
    this = (record_task.c.record_id == record_id) & (record_task.c.what == what)
    known = connection.execute(select(record_task.c.id, record_task.c.done_at).where(this)).first()
    if known is None:
        add_task(connection, school_id, record_id, what, None)
    elif known.done_at is not None:
        connection.execute(update(record_task).where(this).values(done_at=None, done_by=None))
    return known is None or known.done_at is not None


def do_task(connection: Connection, record_id: int, what: str, *, by: int | None, at: datetime) -> bool:
    """Note that a task is done; False where it was done already, or there is none. `by`: None for the clock."""
    this = (record_task.c.record_id == record_id) & (record_task.c.what == what) & record_task.c.done_at.is_(None)
    return connection.execute(update(record_task).where(this).values(done_at=at, done_by=by)).rowcount == 1


def open_tasks(connection: Connection, school_id: int, what: str) -> dict[int, datetime | None]:
    """Return record → until when this is to be done about it, of every record of a school where it is open."""
    these = (record_task.c.school_id == school_id) & (record_task.c.what == what) & record_task.c.done_at.is_(None)
    rows = connection.execute(select(record_task.c.record_id, record_task.c.due_at).where(these))
    return {row.record_id: row.due_at for row in rows}


def tasks(connection: Connection, record_id: int) -> list[Task]:
    """Return a record's tasks, in the order in which they were set."""
    rows = connection.execute(
        select(record_task).where(record_task.c.record_id == record_id).order_by(record_task.c.id)
    )
    return [Task(row.what, row.due_at, row.done_at, row.done_by) for row in rows]


def link(connection: Connection, school_id: int, this: Record, other: Record, what: str, at: datetime) -> None:
    """Append that a record is linked to another; the same again changes nothing."""
    values = {"school_id": school_id, "record_id": this.record_id, "other_id": other.record_id, "what": what, "at": at}
    connection.execute(insert_if_new(connection.dialect.name, record_link).values(**values))


def linked(connection: Connection, record_id: int, what: str) -> list[int]:
    """Return the rows of the records to which one is linked."""
    these = (record_link.c.record_id == record_id) & (record_link.c.what == what)
    return list(connection.execute(select(record_link.c.other_id).where(these).order_by(record_link.c.id)).scalars())
