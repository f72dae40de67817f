"""Files that somebody asked for: what, for whom, where it lies in Slack, and when it was taken away again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint, insert, select, update
from sqlalchemy.engine import Connection

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
    Column("file_id", String(40)),  # Slack's; empty until it is there
    Column("sent_at", Instant),
    Column("removed_at", Instant),
    UniqueConstraint("school_id", "number"),
)


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
    connection: Connection, school_id: int, *, number: int, person_id: int, what: str, subject: str, at: datetime
) -> None:
    """Note what somebody asks for."""
    values = {"school_id": school_id, "number": number, "person_id": person_id, "what": what, "subject": subject}
    connection.execute(insert(delivery).values(**values, asked_at=at))


def get(connection: Connection, school_id: int, number: int) -> Delivery | None:
    """Return one delivery."""
    mine = (delivery.c.school_id == school_id) & (delivery.c.number == number)
    row = connection.execute(select(delivery).where(mine)).one_or_none()
    return _delivery(row) if row else None


def sent(connection: Connection, found: Delivery, *, file_id: str, at: datetime) -> None:
    """Note which file in Slack it became."""
    this = delivery.c.id == found.delivery_id
    connection.execute(update(delivery).where(this).values(file_id=file_id, sent_at=at))


def sent_before(connection: Connection, instant: datetime, limit: int) -> list[Delivery]:
    """Return the files of all schools that have lain in Slack since before an instant."""
    old = (delivery.c.sent_at < instant) & delivery.c.removed_at.is_(None)
    rows = connection.execute(select(delivery).where(old).order_by(delivery.c.id).limit(limit))
    return [_delivery(row) for row in rows]


def removed(connection: Connection, found: Delivery, at: datetime) -> None:
    """Note that a file was taken away."""
    connection.execute(update(delivery).where(delivery.c.id == found.delivery_id).values(removed_at=at))


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
