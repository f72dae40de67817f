"""Files that somebody asked for: what, for whom, where it lies in their front, and when it was taken away again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, insert, select, update
from sqlalchemy.engine import Connection

from bot.rules.documents import What
from bot.rules.school import SLACK
from storage.engine import Id, Instant, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", Text, nullable=False),  # a record such as AR-7, or what a list was narrowed to
    Column("asked_at", Instant, nullable=False),
    Column("file_id", String(255)),  # the front's own; noted before anything of it is there
    Column("front", String(20), nullable=False, default=SLACK),  # where it lies
    Column("sent_at", Instant),  # when it was there, whole
    Column("removed_at", Instant),
    Column("press_id", String(255)),  # the press of a button that asked for it; empty in older rows
    Column("remove_at", Instant),  # when it is to be taken away; empty: nothing of it is there
    UniqueConstraint("school_id", "number"),
    Index("ix_delivery_school_id_press_id", "school_id", "press_id", unique=True),
    Index("ix_delivery_remove_at", "remove_at"),
)


NARROWED = frozenset(
    {What.RECORDS_CSV, What.RECORDS_XLSX, What.LOOKS}
)  # whose subject is what the list was narrowed to


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file that somebody asked for."""

    delivery_id: int
    school_id: int
    number: int
    person_id: int
    what: str
    subject: str
    file_id: str | None
    sent_at: datetime | None
    removed_at: datetime | None


def add(
    connection: Connection,
    school_id: int,
    *,
    number: int,
    person_id: int,
    what: str,
    subject: str,
    press_id: str,
    at: datetime,
) -> None:
    """Note what somebody asks for."""
    values = {"school_id": school_id, "number": number, "person_id": person_id, "what": what, "subject": subject}
    connection.execute(insert(delivery).values(**values, press_id=press_id, asked_at=at))


def is_asked(connection: Connection, school_id: int, press_id: str) -> bool:
    """Tell whether this very press of a button was delivered before."""
    mine = (delivery.c.school_id == school_id) & (delivery.c.press_id == press_id)
    return connection.execute(select(delivery.c.id).where(mine)).first() is not None


def get(connection: Connection, school_id: int, number: int) -> Delivery | None:
    """Return one delivery."""
    mine = (delivery.c.school_id == school_id) & (delivery.c.number == number)
    row = connection.execute(select(delivery).where(mine)).one_or_none()
    return _delivery(row) if row else None


def begun(connection: Connection, found: Delivery, *, file_id: str, front: str, remove_at: datetime) -> None:
    """Note which file it is going to be, and in which front."""
    this = delivery.c.id == found.delivery_id
    connection.execute(update(delivery).where(this).values(file_id=file_id, front=front, remove_at=remove_at))


def sent(connection: Connection, found: Delivery, *, at: datetime, remove_at: datetime) -> None:
    """Note that it is there, whole."""
    this = delivery.c.id == found.delivery_id
    connection.execute(update(delivery).where(this).values(sent_at=at, remove_at=remove_at))


def to_remove(connection: Connection, front: str, now: datetime, limit: int) -> list[Delivery]:
    """Return the files of all schools whose time in a front is over, the longest first."""
    over = (delivery.c.remove_at < now) & (delivery.c.front == front)
    rows = connection.execute(select(delivery).where(over).order_by(delivery.c.remove_at, delivery.c.id).limit(limit))
    return [_delivery(row) for row in rows]


def put_off(connection: Connection, found: Delivery, *, remove_at: datetime) -> None:
    """Note when a file is to be taken away, because now it could not be."""
    connection.execute(update(delivery).where(delivery.c.id == found.delivery_id).values(remove_at=remove_at))


def removed(connection: Connection, found: Delivery, at: datetime) -> None:
    """Note that a file was taken away. What never came whole is brought again."""
    this = (delivery.c.id == found.delivery_id) & (delivery.c.file_id == found.file_id)
    # What a list was narrowed to may be a name: it is not needed any more.
    values = {"removed_at": at, "subject": "" if found.what in NARROWED else found.subject}
    values = values if found.sent_at else {"file_id": None}
    connection.execute(update(delivery).where(this).values(remove_at=None, **values))


def _delivery(row: Any) -> Delivery:
    return Delivery(
        row.id,
        row.school_id,
        row.number,
        row.person_id,
        row.what,
        row.subject,
        row.file_id,
        row.sent_at,
        row.removed_at,
    )
