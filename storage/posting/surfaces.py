"""Where pictures appear, and who looks after each place. Nothing is removed: a place is closed, a custodian ends."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Boolean, Column, Date, ForeignKey, String, Table, UniqueConstraint, insert, select, update
from sqlalchemy.engine import Connection

from bot.rules.posting.surfaces import BY_PHONE, Surface
from storage.engine import Id, Instant, metadata
from storage.school import places_changed

surface = Table(
    "surface",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("key", String(40), nullable=False),  # as in [[accounts]] or [[uses]], or drawn
    Column("name", String(100), nullable=False),
    Column("use_key", String(40), nullable=False),  # what parents are asked for it
    Column("url", String(300), nullable=False, default=""),
    Column("since", Instant, nullable=False),
    Column("retired_at", Instant),
    Column("recovery", String(100), nullable=False, default=""),  # who gets the school back in; never a password
    Column("takes_phones", Boolean, nullable=False),  # pictures may be taken for it with a personal phone
    Column("looked_on", Date, nullable=False),  # when somebody last found that all of this is right
    UniqueConstraint("school_id", "key"),
)

surface_custodian = Table(
    "surface_custodian",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False, index=True),
    Column("surface_id", Id, ForeignKey("surface.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # empty: it holds
)


def every(connection: Connection, school_id: int) -> list[Surface]:
    """Return every place of a school, closed ones too, by name."""
    holders: dict[int, set[int]] = {}
    holds = (surface_custodian.c.school_id == school_id) & surface_custodian.c.until.is_(None)
    for row in connection.execute(select(surface_custodian).where(holds)):
        holders.setdefault(row.surface_id, set()).add(row.person_id)
    rows = connection.execute(select(surface).where(surface.c.school_id == school_id).order_by(surface.c.name))
    return [
        Surface(
            row.id,
            row.key,
            row.name,
            row.use_key,
            row.url,
            frozenset(holders.get(row.id, ())),
            row.retired_at is None,
            row.recovery,
            row.looked_on,
            row.takes_phones,
        )
        for row in rows
    ]


def add(connection: Connection, school_id: int, key: str, name: str, use_key: str, url: str, at: datetime) -> int:
    """Insert a place; returns its id."""
    values = {"school_id": school_id, "key": key, "name": name, "use_key": use_key, "url": url, "since": at}
    values |= {"looked_on": at.date(), "takes_phones": use_key in BY_PHONE}
    places_changed(connection, school_id)
    return int(connection.execute(insert(surface).values(**values).returning(surface.c.id)).scalar_one())


def change(connection: Connection, school_id: int, surface_id: int, **values: str | bool) -> None:
    """Change what a place is called, what it is asked for, its address, and what else is kept of it."""
    this = (surface.c.id == surface_id) & (surface.c.school_id == school_id)
    connection.execute(update(surface).where(this).values(**values))
    places_changed(connection, school_id)


def looked_through(connection: Connection, school_id: int, day: date) -> None:
    """Note that somebody found all open places to be right."""
    these = (surface.c.school_id == school_id) & surface.c.retired_at.is_(None)
    connection.execute(update(surface).where(these).values(looked_on=day))
    places_changed(connection, school_id)


def set_closed(connection: Connection, school_id: int, surface_id: int, at: datetime | None) -> None:
    """Close a place, or open it again: `at` None."""
    this = (surface.c.id == surface_id) & (surface.c.school_id == school_id)
    connection.execute(update(surface).where(this).values(retired_at=at))
    places_changed(connection, school_id)


def set_custodians(
    connection: Connection, school_id: int, found: Surface, people: Collection[int], at: datetime
) -> None:
    """Have exactly these people look after a place from now on."""
    places_changed(connection, school_id)
    gone = sorted(found.custodians - set(people))
    if gone:
        holds = (surface_custodian.c.surface_id == found.surface_id) & surface_custodian.c.until.is_(None)
        theirs = holds & surface_custodian.c.person_id.in_(gone)
        connection.execute(update(surface_custodian).where(theirs).values(until=at))
    for person_id in sorted(set(people) - found.custodians):
        values = {"school_id": school_id, "surface_id": found.surface_id, "person_id": person_id, "since": at}
        connection.execute(insert(surface_custodian).values(**values))


def first_since(connection: Connection, school_id: int) -> datetime | None:
    """Return since when the school has had places at all; None without any."""
    since = select(surface.c.since).where(surface.c.school_id == school_id).order_by(surface.c.since).limit(1)
    found: datetime | None = connection.execute(since).scalar()
    return found
