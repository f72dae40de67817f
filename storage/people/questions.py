"""Whom the office was asked about: whether whoever uses an address is the person who had it before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, insert, select, update
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata

person_question = Table(
    "person_question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False, index=True),
    Column("newcomer_id", Id, ForeignKey("person.id"), nullable=False),
    Column("earlier_id", Id, ForeignKey("person.id"), nullable=False),
    Column("address", String(254), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("is_same", Boolean),  # empty: nobody has answered
    Column("answered_by", Id, ForeignKey("person.id")),
    Column("answered_at", Instant),
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `is_same`: None while nobody has answered."""

    question_id: int
    newcomer_id: int
    earlier_id: int
    address: str
    asked_at: datetime
    is_same: bool | None
    answered_by: int | None
    answered_at: datetime | None


def ask(
    connection: Connection, school_id: int, *, newcomer_id: int, earlier_id: int, address: str, at: datetime
) -> int:
    """Append a question; returns its number."""
    values: dict[str, Any] = {"school_id": school_id, "newcomer_id": newcomer_id, "earlier_id": earlier_id}
    values |= {"address": address, "asked_at": at}
    made = insert(person_question).values(**values).returning(person_question.c.id)
    return int(connection.execute(made).scalar_one())


def answer(connection: Connection, question_id: int, *, is_same: bool, by: int, at: datetime) -> bool:
    """Note the answer. False: somebody was quicker."""
    still = (person_question.c.id == question_id) & person_question.c.is_same.is_(None)
    values = {"is_same": is_same, "answered_by": by, "answered_at": at}
    return connection.execute(update(person_question).where(still).values(**values)).rowcount == 1


def get(connection: Connection, school_id: int, question_id: int) -> Question | None:
    """Return one question, answered or not."""
    mine = (person_question.c.school_id == school_id) & (person_question.c.id == question_id)
    row = connection.execute(_ALL.where(mine)).first()
    return Question(*row) if row else None


def unanswered(connection: Connection, school_id: int) -> list[Question]:
    """Return the questions that nobody has answered, the longest waiting first."""
    mine = (person_question.c.school_id == school_id) & person_question.c.is_same.is_(None)
    return [Question(*row) for row in connection.execute(_ALL.where(mine).order_by(person_question.c.id))]


_ALL = select(*(column for column in person_question.c if column.name != "school_id"))
