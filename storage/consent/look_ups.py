"""The look-up log: who asked, when, about which pupil, for which use. Kept for a year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.prepared import Prepared

look_up = Table(
    "look_up",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False),
    Column("use_key", String(40), nullable=False),  # "" every use
    Column("media", String(10), nullable=False),  # "" both
    Column("purpose", String(20), nullable=False),  # rules.consent.Purpose: asked by name, a class check, a form …
    Index("ix_look_up_pupil_id_at", "pupil_id", "at"),
    Index("ix_look_up_school_id_at", "school_id", "at"),
)

_ADD = insert(look_up).inline()  # nobody asks for the new row's number
_ADD_ONE = Prepared(_ADD.values({each.name: bindparam(each.name) for each in look_up.c if each.name != "id"}))


def log(
    connection: Connection,
    school_id: int,
    *,
    at: datetime,
    person_id: int,
    pupils: Sequence[int],
    use_key: str,
    media: str,
    purpose: str,
) -> None:
    """Write down one look-up: a row for every pupil answered about."""
    common: dict[str, Any] = {"school_id": school_id, "at": at, "person_id": person_id}
    common |= {"use_key": use_key, "media": media, "purpose": purpose}
    if len(pupils) == 1:
        _ADD_ONE.run(connection, **common, pupil_id=pupils[0])
    elif pupils:
        connection.execute(_ADD, [{**common, "pupil_id": pupil_id} for pupil_id in pupils])


def of_pupil(connection: Connection, school_id: int, pupil_id: int) -> list[tuple[datetime, int, str, str]]:
    """Return (instant, person id, use, media) of every look-up of one pupil, newest first: for subject access."""
    rows = connection.execute(
        select(look_up.c.at, look_up.c.person_id, look_up.c.use_key, look_up.c.media)
        .where(look_up.c.school_id == school_id, look_up.c.pupil_id == pupil_id)
        .order_by(look_up.c.at.desc(), look_up.c.id.desc())
    )
    return [(row.at, row.person_id, row.use_key, row.media) for row in rows]


def any_before(connection: Connection, school_id: int, instant: datetime) -> bool:
    """Return whether a look-up is older than an instant."""
    old = (look_up.c.school_id == school_id) & (look_up.c.at < instant)
    return connection.execute(select(look_up.c.id).where(old).limit(1)).first() is not None


def forget_before(connection: Connection, school_id: int, instant: datetime) -> int:
    """Remove look-ups older than an instant; returns how many."""
    old = (look_up.c.school_id == school_id) & (look_up.c.at < instant)
    return int(connection.execute(delete(look_up).where(old)).rowcount)
