"""What was printed of a form, each content once: a code on paper is checked even when the record has changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.prepared import insert_if_new

document_print = Table(
    "document_print",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("number", Integer, nullable=False),  # kind and number: AR, 7
    Column("code", String(40), nullable=False),
    Column("content", Text, nullable=False),  # as `rules.documents.spelt` spells it
    Column("first_at", Instant, nullable=False),
    UniqueConstraint("school_id", "kind", "number", "code"),
)


@dataclass(frozen=True, slots=True)
class Print:
    """One content that was printed. `first_at`: for the first time."""

    content: str
    first_at: datetime


def keep(
    connection: Connection, school_id: int, kind: str, number: int, *, code: str, content: str, at: datetime
) -> None:
    """Keep what is printed; the same again is kept once."""
    values = {"school_id": school_id, "kind": kind, "number": number, "code": code, "content": content, "first_at": at}
    connection.execute(insert_if_new(connection.dialect.name, document_print).values(**values))


def of_record(connection: Connection, school_id: int, kind: str, number: int) -> list[Print]:
    """Return what was printed of a record, the newest first."""
    mine = (document_print.c.school_id == school_id) & (document_print.c.kind == kind)
    mine &= document_print.c.number == number
    rows = connection.execute(select(document_print).where(mine).order_by(document_print.c.id.desc()))
    return [Print(row.content, row.first_at) for row in rows]
