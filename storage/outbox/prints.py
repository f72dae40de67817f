"""What was printed of a form, each content once: a code on paper is checked even when the record has changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.sealing import Purpose, Sealing
from storage.statements.inserts import insert_if_new

document_print = Table(
    "document_print",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("number", Integer, nullable=False),  # kind and number: AR, 7
    Column("code", String(40), nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # what was printed, as `rules.documents.spelt` spells it
    UniqueConstraint("school_id", "kind", "number", "code"),
)


@dataclass(frozen=True, slots=True)
class Print:
    """One content that was printed. `first_at`: for the first time."""

    content: str
    first_at: datetime


def keep(
    connection: Connection,
    sealing: Sealing,
    school_id: int,
    kind: str,
    number: int,
    *,
    code: str,
    content: str,
    at: datetime,
) -> None:
    """Keep what is printed, sealed; the same again is kept once. Raises Misconfigured without a key."""
    sealed = sealing.seal(Purpose.PRINTS, content.encode(), _belongs(school_id, kind, number, code))
    values = {"school_id": school_id, "kind": kind, "number": number, "code": code, "sealed": sealed, "first_at": at}
    connection.execute(insert_if_new(connection.dialect.name, document_print).values(**values))


def of_record(connection: Connection, sealing: Sealing, school_id: int, kind: str, number: int) -> list[Print]:
    """Return what was printed of a record, the newest first. Raises Misconfigured without the key that sealed it."""
    mine = (document_print.c.school_id == school_id) & (document_print.c.kind == kind)
    mine &= document_print.c.number == number
    rows = connection.execute(select(document_print).where(mine).order_by(document_print.c.id.desc()))
    return [
        Print(
            sealing.open(Purpose.PRINTS, row.sealed, _belongs(school_id, kind, number, row.code)).decode(), row.first_at
        )
        for row in rows
    ]


def _belongs(school_id: int, kind: str, number: int, code: str) -> str:
    return f"{school_id}/{kind}-{number}/{code}"
