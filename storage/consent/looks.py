"""The look-up log as it is read afterwards, and of whose looks somebody was told.

Who looks for one pupil scans the lists of the time that is kept: class checks and typing are one row, not thirty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Select, Table, delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from bot.rules.consent.answer import Purpose
from bot.rules.consent.looks import Entry, Narrowed
from storage.audit import audit
from storage.consent.look_ups import look_up, look_up_list, unpacked
from storage.engine import Id, Instant, metadata

look_told = Table(
    "look_told",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),  # whose looks
    Column("since", Instant, nullable=False),  # from when on they were counted
    Column("told_at", Instant, nullable=False),
    Column("classes", Integer, nullable=False),  # looked through, day by day
    Column("pictures", Integer, nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", Id, ForeignKey("person.id")),
    Index("ix_look_told_school_id_person_id", "school_id", "person_id"),
)

# What the audit trail says → on what ground it is read with the log.
TRAIL: Mapping[str, Purpose] = {
    "ledger.seen": Purpose.RECORD,
    "ledger.history_seen": Purpose.HISTORY,
    "looks.seen": Purpose.LOG,
    "looks.exported": Purpose.EXPORT,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One look at which somebody was asked to look."""

    number: int
    person_id: int
    since: datetime
    told_at: datetime
    classes: int
    pictures: int
    settled_at: datetime | None
    settled_by: int | None


def newest(
    connection: Connection, school_id: int, narrowed: Narrowed, *, since: datetime, most: int | None = None
) -> list[Entry]:
    """Return the newest entries since an instant, `most` of them, or all: the newest first."""
    found = [
        entry
        for read in (_by_name, _lists, _trail)
        for entry in read(connection, school_id, narrowed, since=since, most=most)
    ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:most]


def _by_name(
    connection: Connection, school_id: int, narrowed: Narrowed, *, since: datetime, most: int | None
) -> Iterator[Entry]:
    each = look_up.c
    fits = select(look_up).where(each.school_id == school_id, each.at >= since)
    if narrowed.pupil_id:
        fits = fits.where(each.pupil_id == narrowed.pupil_id)
    if narrowed.person_id:
        fits = fits.where(each.person_id == narrowed.person_id)
    for row in connection.execute(_first(fits, each.at, each.id, most)):
        yield Entry(row.at, row.person_id, Purpose(row.purpose), (row.pupil_id,), "", row.use_key, row.media)


def _lists(
    connection: Connection, school_id: int, narrowed: Narrowed, *, since: datetime, most: int | None
) -> Iterator[Entry]:
    each = look_up_list.c
    fits = select(look_up_list).where(each.school_id == school_id, each.at >= since)
    if narrowed.pupil_id:
        fits = fits.where(each.pupils.like(f"%,{narrowed.pupil_id},%"))
    if narrowed.person_id:
        fits = fits.where(each.person_id == narrowed.person_id)
    for row in connection.execute(_first(fits, each.at, each.id, most)):
        pupils = unpacked(row.pupils)
        yield Entry(row.at, row.person_id, Purpose(row.purpose), pupils, row.class_name, row.use_key, row.media)


def _trail(
    connection: Connection, school_id: int, narrowed: Narrowed, *, since: datetime, most: int | None
) -> Iterator[Entry]:
    each = audit.c
    fits = select(audit).where(each.school_id == school_id, each.at >= since, each.action.in_(list(TRAIL)))
    fits = fits.where(each.actor_id.is_not(None))
    if narrowed.pupil_id:
        about = f"pupil {narrowed.pupil_id}"
        fits = fits.where(or_(each.record == about, each.record.startswith(f"{about},")))
    if narrowed.person_id:
        fits = fits.where(each.actor_id == narrowed.person_id)
    for row in connection.execute(_first(fits, each.at, each.seq, most)):
        parts = dict(part.rsplit(" ", 1) for part in row.record.split(", ") if " " in part)
        pupils = (int(parts["pupil"]),) if "pupil" in parts else ()
        colleague = int(parts["person"]) if "person" in parts else None
        yield Entry(row.at, row.actor_id, TRAIL[row.action], pupils, colleague_id=colleague)


def _first(fits: Select[Any], at: Any, number: Any, most: int | None) -> Select[Any]:
    ordered = fits.order_by(at.desc(), number.desc())
    return ordered if most is None else ordered.limit(most)


# ── whose looks somebody was told of ───────────────────────────────────────────────────────────────────────────────


def mark(connection: Connection, school_id: int) -> tuple[int, ...]:
    """Return what changes as soon as there is something new to count."""
    ordered = ((look_up, look_up.c.at), (look_up_list, look_up_list.c.at), (look_told, look_told.c.id))
    newest_of = (
        select(table.c.id).where(table.c.school_id == school_id).order_by(by.desc()).limit(1).scalar_subquery()
        for table, by in ordered
    )
    row = connection.execute(select(*newest_of)).one()
    return tuple(int(each or 0) for each in row)


def tell(
    connection: Connection, school_id: int, *, person_id: int, since: datetime, at: datetime, counts: tuple[int, int]
) -> int:
    """Write down that somebody is told of a person's looks; returns its number. `counts`: classes, pictures."""
    values = {"school_id": school_id, "person_id": person_id, "since": since, "told_at": at}
    values |= {"classes": counts[0], "pictures": counts[1]}
    return int(connection.execute(insert(look_told).values(**values).returning(look_told.c.id)).scalar_one())


def every_told(connection: Connection, school_id: int) -> list[Told]:
    """Return all of them, the oldest first."""
    rows = connection.execute(select(look_told).where(look_told.c.school_id == school_id).order_by(look_told.c.id))
    return [_told(row) for row in rows]


def told(connection: Connection, school_id: int, number: int) -> Told | None:
    """Return one of them."""
    mine = (look_told.c.school_id == school_id) & (look_told.c.id == number)
    row = connection.execute(select(look_told).where(mine)).one_or_none()
    return _told(row) if row else None


def settle(connection: Connection, school_id: int, number: int, *, by: int | None, at: datetime) -> bool:
    """Note that somebody has looked into it; False where that was noted before."""
    mine = (look_told.c.school_id == school_id) & (look_told.c.id == number) & look_told.c.settled_at.is_(None)
    return bool(connection.execute(update(look_told).where(mine).values(settled_at=at, settled_by=by)).rowcount)


def reopen(connection: Connection, school_id: int, number: int) -> bool:
    """Take back that it was looked into; False where it was not."""
    mine = (look_told.c.school_id == school_id) & (look_told.c.id == number) & look_told.c.settled_at.is_not(None)
    return bool(connection.execute(update(look_told).where(mine).values(settled_at=None, settled_by=None)).rowcount)


def forget_before(connection: Connection, school_id: int, instant: datetime) -> None:
    """Forget of whose looks somebody was told before an instant: what they had looked through is gone as well."""
    connection.execute(delete(look_told).where(look_told.c.school_id == school_id, look_told.c.told_at < instant))


def _told(row: Any) -> Told:
    return Told(
        row.id,
        row.person_id,
        row.since,
        row.told_at,
        row.classes,
        row.pictures,
        row.settled_at,
        row.settled_by,
    )
