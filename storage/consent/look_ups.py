"""The look-up log: who asked, when, about which pupils, for which use. Kept for a year.

Never what was typed: it may be anybody's name. Two tables: a row for each pupil asked about by name, and one for
each list that named several, so that a class check or a minute of typing is one row.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    delete,
    insert,
    literal,
    select,
)
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_or_change
from storage.statements.prepared import Prepared

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

look_up_list = Table(
    "look_up_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("at", Instant, nullable=False),  # of what a picker offered: the minute
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("pupils", Text, nullable=False),  # ids with a comma on either side, ",36,41,"; some may be there twice
    Column("class_name", String(100), nullable=False),  # "" no whole class
    Column("use_key", String(40), nullable=False),  # "" none or every use
    Column("media", String(10), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("window_id", String(255)),  # the front's own; empty: no picker, so each is a row
    UniqueConstraint("person_id", "at", "window_id"),
    Index("ix_look_up_list_school_id_at", "school_id", "at"),
)

_VALUES: dict[str, Any] = {each.name: bindparam(each.name) for each in look_up.c if each.name != "id"}
_ADD = Prepared(insert(look_up).inline().values(_VALUES))  # nobody asks for the new row's number
_LISTED: dict[str, Any] = {each.name: bindparam(each.name) for each in look_up_list.c if each.name != "id"}
_ADD_LIST = Prepared(insert(look_up_list).inline().values(_LISTED))


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
    """Write down one look-up: a row for every pupil answered about by name."""
    common: dict[str, Any] = {"school_id": school_id, "at": at, "person_id": person_id}
    common |= {"use_key": use_key, "media": media, "purpose": purpose}
    if len(pupils) == 1:
        _ADD.run(connection, **common, pupil_id=pupils[0])
    elif pupils:
        _ADD.run_each(connection, [{**common, "pupil_id": pupil_id} for pupil_id in pupils])


def log_list(
    connection: Connection,
    school_id: int,
    *,
    at: datetime,
    person_id: int,
    pupils: Iterable[int],
    purpose: str,
    matter: tuple[str, str, str] = ("", "", ""),
) -> None:
    """Write down one list that named several pupils: one row. `matter`: class, use, medium."""
    class_name, use_key, media = matter
    values = {"school_id": school_id, "at": at, "person_id": person_id, "pupils": packed(pupils), "purpose": purpose}
    values |= {"class_name": class_name, "use_key": use_key, "media": media, "window_id": None}
    _ADD_LIST.run(connection, **values)


def log_typed(
    connection: Connection,
    school_id: int,
    *,
    at: datetime,
    person_id: int,
    pupils: Iterable[int],
    purpose: str,
    window_id: str,
) -> None:
    """Write down whom a picker offered: one row a person, minute and window, whatever else was typed meanwhile."""
    values = {"school_id": school_id, "person_id": person_id, "pupils": packed(pupils), "purpose": purpose}
    values |= {"at": at.replace(second=0, microsecond=0), "class_name": "", "use_key": "", "media": ""}
    _put(connection.dialect.name).run(connection, **values, window_id=window_id)


@cache
def _put(kind: str) -> Prepared:
    new = insert_or_change(kind, look_up_list).inline().values(_LISTED)
    there, added = look_up_list.c.pupils, new.excluded.pupils
    # The same names again, as when somebody deletes a letter, make the row no longer.
    whole = case((there.like(literal("%") + added + literal("%")), there), else_=there + added)
    key = ["person_id", "at", "window_id"]
    return Prepared(new.on_conflict_do_update(index_elements=key, set_={"pupils": whole}))


def packed(pupils: Iterable[int]) -> str:
    """Return ids as a list's row keeps them."""
    return f",{','.join(map(str, pupils))},"


def unpacked(pupils: str) -> tuple[int, ...]:
    """Return the ids of a list's row, each once."""
    return tuple(dict.fromkeys(int(each) for each in pupils.split(",") if each))


def any_before(connection: Connection, school_id: int, instant: datetime) -> bool:
    """Return whether a look-up is older than an instant."""
    return any(
        connection.execute(select(each.c.id).where(each.c.school_id == school_id, each.c.at < instant).limit(1)).first()
        for each in (look_up, look_up_list)
    )


def forget_before(connection: Connection, school_id: int, instant: datetime) -> int:
    """Remove look-ups older than an instant; returns how many rows."""
    return sum(
        int(connection.execute(delete(each).where(each.c.school_id == school_id, each.c.at < instant)).rowcount)
        for each in (look_up, look_up_list)
    )
