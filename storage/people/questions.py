"""Whom the office was asked about: whether two are one person, by an address that has passed on or by their name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, case, false, insert, or_, select, true, update
from sqlalchemy.engine import Connection

from bot.rules.staff.persons import Doubt
from storage import school as school_storage
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
    Column("why", String(10), nullable=False, default=Doubt.ADDRESS),
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
    why: Doubt

    @property
    def both(self) -> tuple[int, int]:
        """Return the two of whom it is asked: neither of them answers."""
        return self.newcomer_id, self.earlier_id


def ask(
    connection: Connection, school_id: int, *, newcomer_id: int, earlier_id: int, address: str, at: datetime, why: Doubt
) -> int:
    """Append a question; returns its number."""
    values: dict[str, Any] = {"school_id": school_id, "newcomer_id": newcomer_id, "earlier_id": earlier_id}
    values |= {"address": address, "asked_at": at, "why": why}
    school_storage.staff_changed(connection, school_id)  # who is in doubt stands with the relatives
    made = insert(person_question).values(**values).returning(person_question.c.id)
    return int(connection.execute(made).scalar_one())


def answer(connection: Connection, school_id: int, question_id: int, *, is_same: bool, by: int, at: datetime) -> bool:
    """Note the answer. False: somebody was quicker."""
    school_storage.staff_changed(connection, school_id)
    still = (person_question.c.id == question_id) & person_question.c.is_same.is_(None)
    values = {"is_same": is_same, "answered_by": by, "answered_at": at}
    return connection.execute(update(person_question).where(still).values(**values)).rowcount == 1


def get(connection: Connection, school_id: int, question_id: int) -> Question | None:
    """Return one question, answered or not."""
    mine = (person_question.c.school_id == school_id) & (person_question.c.id == question_id)
    row = connection.execute(_ALL.where(mine)).first()
    return _question(row) if row else None


def unanswered(connection: Connection, school_id: int) -> list[Question]:
    """Return the questions that nobody has answered, the longest waiting first."""
    mine = (person_question.c.school_id == school_id) & person_question.c.is_same.is_(None)
    return [_question(row) for row in connection.execute(_ALL.where(mine).order_by(person_question.c.id))]


def asked_about(connection: Connection, school_id: int) -> set[frozenset[int]]:
    """Return of which two people it was ever asked whether they are one, whatever the answer was."""
    both = select(person_question.c.newcomer_id, person_question.c.earlier_id)
    return {frozenset(row) for row in connection.execute(both.where(person_question.c.school_id == school_id))}


def doubles(connection: Connection, school_id: int, person_id: int) -> frozenset[int]:
    """Return who may be the same person as somebody, by their name, while nobody has answered."""
    newcomer, earlier = person_question.c.newcomer_id, person_question.c.earlier_id
    found = select(newcomer, earlier).where(
        person_question.c.school_id == school_id,
        person_question.c.why == Doubt.NAME,
        person_question.c.is_same.is_(None),
        or_(newcomer == person_id, earlier == person_id),
    )
    return frozenset(each for row in connection.execute(found) for each in row) - {person_id}


def settle(connection: Connection, school_id: int, gone_id: int, into_id: int, at: datetime) -> list[int]:
    """Note that two were joined: questions about them are answered, and the one who is gone is asked about no more.

    Returns the numbers of the questions that were still open.
    """
    newcomer, earlier = person_question.c.newcomer_id, person_question.c.earlier_id
    mine = (person_question.c.school_id == school_id) & person_question.c.is_same.is_(None)
    mine &= or_(newcomer == gone_id, earlier == gone_id)
    is_theirs = or_(newcomer == into_id, earlier == into_id)
    school_storage.staff_changed(connection, school_id)
    values = {"is_same": case((is_theirs, true()), else_=false()), "answered_at": at}
    closed = update(person_question).where(mine).values(**values).returning(person_question.c.id)
    return sorted(connection.execute(closed).scalars())


def _question(row: Any) -> Question:
    both, answered = (row.newcomer_id, row.earlier_id), (row.is_same, row.answered_by, row.answered_at)
    return Question(row.id, *both, row.address, row.asked_at, *answered, Doubt(row.why))


_ALL = select(*(column for column in person_question.c if column.name != "school_id"))
