"""What somebody reports: the form of a content report (appendix b) without its words, which are sealed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, Table, Text, cast, insert, select
from sqlalchemy.engine import Connection

from bot.rules.content import About
from storage import records
from storage.engine import Id, Instant, metadata
from storage.spine import record_search
from storage.statements.constants import is_found_by_id
from storage.statements.words import occurs

content_form = Table(
    "content_form",
    metadata,
    Column("record_id", Id, ForeignKey("record.id"), primary_key=True, autoincrement=False),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("about", String(20), nullable=False),
    Column("perhaps_illegal", Boolean, nullable=False),  # then nothing of the material is kept, not even its address
    Column("urls", JSON, nullable=False),
    Column("head_told_at", Instant),  # §6.7; empty where the headteacher must not know
)


@dataclass(frozen=True, slots=True)
class Form:
    """The reporter's half, without its words."""

    about: About
    perhaps_illegal: bool
    urls: tuple[str, ...]
    head_told_at: datetime | None


def add(
    connection: Connection,
    school_id: int,
    record_id: int,
    *,
    about: About,
    perhaps_illegal: bool,
    urls: Sequence[str],
    head_told_at: datetime | None,
) -> None:
    """Insert the form of a record."""
    values = {"record_id": record_id, "school_id": school_id, "about": about, "perhaps_illegal": perhaps_illegal}
    connection.execute(insert(content_form).values(**values, urls=list(urls), head_told_at=head_told_at))
    record_search.add(connection, school_id, record_id, urls)


def of_records(connection: Connection, record_ids: Collection[int]) -> dict[int, Form]:
    """Return record → its form."""
    found: dict[int, Form] = {}
    for some in records.pieces(record_ids):
        for row in connection.execute(select(content_form).where(content_form.c.record_id.in_(some))):
            found[row.record_id] = Form(About(row.about), row.perhaps_illegal, tuple(row.urls), row.head_told_at)
    return found


def at_addresses(connection: Connection, record_ids: Collection[int], word: str) -> set[int]:
    """Return those of these records in one of whose addresses a word occurs."""
    found: set[int] = set()
    for some in records.pieces(record_ids):
        # Not every list is read, but those in which it may occur: between the addresses there are signs of JSON.
        these = is_found_by_id(connection, content_form.c.record_id, some) & occurs(
            connection, word, (cast(content_form.c.urls, Text),)
        )
        for record_id, urls in connection.execute(
            select(content_form.c.record_id, content_form.c.urls).where(these)
        ).all():
            if any(word.casefold() in url.casefold() for url in urls):
                found.add(record_id)
    return found
