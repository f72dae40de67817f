"""What somebody asks to have opened: the form of an access request (appendix a)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.access import KIND, Form, State
from storage import records
from storage.engine import Id, metadata
from storage.records import record, said_of
from storage.spine import record_search
from storage.statements.prepared import Prepared
from storage.statements.words import occurs

access_form = Table(
    "access_form",
    metadata,
    Column("record_id", Id, ForeignKey("record.id"), primary_key=True, autoincrement=False),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("content", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("risks", Text, nullable=False),
    Column("until", Date),  # the last day of the allowance: as asked for, then as decided
)

_WITH_LAST_DAY = (
    select(record.c.number)
    .join(access_form, access_form.c.record_id == record.c.id)
    .where(record.c.school_id == bindparam("of_school"), record.c.asker_id == bindparam("of_asker"))
    .where(record.c.kind == KIND, record.c.state == State.APPROVED, access_form.c.until >= bindparam("first"))
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `until`: the last day of the allowance; None: always."""

    url: str
    content: str
    reasons: str
    risks: str
    until: date | None

    @classmethod
    def of(cls, form: Form) -> "Asked":
        """Return what a form asks for."""
        return cls(form.url.url, form.content, form.reasons, form.risks, form.until)


_ADD = Prepared(insert(access_form).inline().values({each.name: bindparam(each.name) for each in access_form.c}))


def add(connection: Connection, school_id: int, record_id: int, form: Form) -> None:
    """Insert the form of a record."""
    told: dict[str, Any] = {"content": form.content, "reasons": form.reasons, "risks": form.risks, "until": form.until}
    _ADD.run(connection, record_id=record_id, school_id=school_id, url=form.url.url, **told)
    record_search.add(connection, school_id, record_id, (form.url.url,))


def allow_until(connection: Connection, record_id: int, until: date | None) -> None:
    """Note until when it is allowed, as somebody decided."""
    connection.execute(update(access_form).where(access_form.c.record_id == record_id).values(until=until))


def of_records(connection: Connection, record_ids: Collection[int]) -> dict[int, Asked]:
    """Return record → what is asked for."""
    found: dict[int, Asked] = {}
    for some in records.pieces(record_ids):
        for row in connection.execute(_OF_RECORDS, {"records": some}):
            found[row.record_id] = Asked(row.url, row.content, row.reasons, row.risks, row.until)
    return found


_OF_RECORDS = select(access_form).where(access_form.c.record_id.in_(bindparam("records", expanding=True)))


def with_last_day(connection: Connection, school_id: int, asker_id: int, first: date) -> list[int]:
    """Return the numbers of somebody's approved requests that have a last day, from `first` on."""
    asked = {"of_school": school_id, "of_asker": asker_id, "first": first}
    return list(connection.execute(_WITH_LAST_DAY, asked).scalars())


def says(connection: Connection, word: str) -> ColumnElement[bool]:
    """Return the condition that a word occurs in what is asked for."""
    texts = (access_form.c.url, access_form.c.content, access_form.c.reasons, access_form.c.risks)
    return said_of(access_form.c.record_id, occurs(connection, word, texts))
