"""Reminders: what was told in which digest, and what was put off or handed over."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from bot.rules.reminders.digest import Line, Why
from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new, insert_or_change

told = Table(
    "reminder_told",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("told_key", String(200), primary_key=True),  # says what was told, to whom, at which stage; never a name
    Column("reference", String(160), nullable=False),
    Column("digest", Integer, nullable=False),
    Column("reader_id", Id, ForeignKey("person.id"), nullable=False),
    Column("owner_id", Id, ForeignKey("person.id"), nullable=False),
    Column("why", String(10), nullable=False),
    Column("feature", String(40), nullable=False),
    Column("words", JSON, nullable=False),  # to say what it was once it is done
    Column("due", Date, nullable=False),
    Column("told_at", Instant, nullable=False),
    Index("ix_reminder_told_school_id_told_at", "school_id", "told_at"),
    Index("ix_reminder_told_school_id_digest", "school_id", "digest"),
)

put_off = Table(
    "reminder_put_off",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("reference", String(160), primary_key=True),
    Column("until", Date, nullable=False),  # on this day it is told again
)

hand_over = Table(
    "reminder_hand_over",
    metadata,
    Column("id", Id, primary_key=True),  # the newest one counts
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("reference", String(160), nullable=False),
    Column("taker_id", Id, ForeignKey("person.id"), nullable=False),
    Column("handed_by", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_reminder_hand_over_school_id_reference", "school_id", "reference"),
)


LOST = "-lost-"  # ends the key of what was in a digest that never arrived: its line may be told again

# Asked at every tick of every school.
_TOLD_SINCE = select(told.c.told_key, told.c.reader_id, (told.c.told_at >= bindparam("today")).label("is_today")).where(
    told.c.school_id == bindparam("school"), told.c.told_at >= bindparam("since")
)
_PUT_OFF = select(put_off.c.person_id, put_off.c.reference, put_off.c.until).where(
    put_off.c.school_id == bindparam("school")
)
_ABOUT = (
    select(told.c.digest)
    .where(told.c.school_id == bindparam("school"), told.c.told_at >= bindparam("since"))
    .where(told.c.reference.like(bindparam("begins"), escape="/"))
    .distinct()
)
_TAKERS = (
    select(hand_over.c.reference, hand_over.c.taker_id)
    .where(hand_over.c.school_id == bindparam("school"))
    .order_by(hand_over.c.id)
)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a digest, as it was told."""

    reference: str
    owner_id: int
    why: Why
    feature: str
    words: dict[str, Any]
    due: date


def told_since(connection: Connection, school_id: int, since: datetime, today: datetime) -> list[tuple[str, int, bool]]:
    """Return (told key, reader, whether today) of what was told from an instant on. `today`: when today began."""
    rows = connection.execute(_TOLD_SINCE, {"school": school_id, "since": since, "today": today})
    return [(key, reader, bool(is_today)) for key, reader, is_today in rows]


def told_of(connection: Connection, school_id: int, keys: Collection[str]) -> set[str]:
    """Return which of these keys were told, whenever that was."""
    if not keys:
        return set()
    these = (told.c.school_id == school_id) & told.c.told_key.in_(keys)
    return set(connection.execute(select(told.c.told_key).where(these)).scalars())


def tell(connection: Connection, school_id: int, at: datetime, digests: Iterable[tuple[int, Line]]) -> set[str]:
    """Mark (digest, line) as told; returns the keys of those that nobody had told before."""
    rows = [
        {
            "school_id": school_id,
            "told_key": line.told_key,
            "reference": line.item.reference,
            "digest": digest,
            "reader_id": line.reader_id,
            "owner_id": line.item.person_id,
            "why": line.why,
            "feature": line.item.feature,
            "words": dict(line.item.words),
            "due": line.item.due,
            "told_at": at,
        }
        for digest, line in digests
    ]
    new = insert_if_new(connection.dialect.name, told).returning(told.c.told_key)
    return set(connection.execute(new, rows).scalars()) if rows else set()


def never_arrived(connection: Connection, school_id: int, digest: int, reader_id: int) -> None:
    """Let the lines of a digest that Slack will not take count as untold; that it was tried on this day stays."""
    these = (told.c.school_id == school_id) & (told.c.digest == digest) & (told.c.reader_id == reader_id)
    free = told.c.told_key + f"{LOST}{digest}"
    connection.execute(update(told).where(these, told.c.told_key.not_like(f"%{LOST}%")).values(told_key=free))


def of_digest(connection: Connection, school_id: int, digest: int, reader_id: int) -> list[Told]:
    """Return what one person was told in a digest."""
    mine = (told.c.school_id == school_id) & (told.c.digest == digest) & (told.c.reader_id == reader_id)
    rows = connection.execute(select(told).where(mine))
    return [Told(row.reference, row.owner_id, Why(row.why), row.feature, row.words, row.due) for row in rows]


def digests_about(connection: Connection, school_id: int, key: str, since: datetime) -> list[int]:
    """Return the digests from an instant on that speak of things whose key begins so."""
    begins = key.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
    found = connection.execute(_ABOUT, {"school": school_id, "since": since, "begins": begins})
    return list(found.scalars())


def set_put_off(connection: Connection, school_id: int, person_id: int, reference: str, until: date) -> None:
    """Put a thing off; the last word counts."""
    values = {"school_id": school_id, "person_id": person_id, "reference": reference, "until": until}
    key = [put_off.c.school_id, put_off.c.person_id, put_off.c.reference]
    new = insert_or_change(connection.dialect.name, put_off).values(**values)
    connection.execute(new.on_conflict_do_update(index_elements=key, set_={"until": until}))


def all_put_off(connection: Connection, school_id: int) -> dict[tuple[int, str], date]:
    """Return (person, reference) → until which day."""
    rows = connection.execute(_PUT_OFF, {"school": school_id})
    return {(person_id, reference): until for person_id, reference, until in rows}


def add_hand_over(
    connection: Connection, school_id: int, reference: str, *, taker_id: int, handed_by: int, at: datetime
) -> None:
    """Append that a thing was handed over."""
    values = {"school_id": school_id, "reference": reference, "taker_id": taker_id, "handed_by": handed_by, "at": at}
    connection.execute(insert(hand_over).values(**values))


def takers(connection: Connection, school_id: int) -> dict[str, int]:
    """Return reference → who has taken it over last."""
    return {row.reference: row.taker_id for row in connection.execute(_TAKERS, {"school": school_id})}
