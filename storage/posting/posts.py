"""What was posted: a record's own columns, and who is in the picture. Never the picture."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.posting.checks import TakenWith
from bot.rules.posting.posts import KIND, Form, State
from bot.rules.procedures import Part
from bot.rules.school import Media
from storage.engine import Id, Instant, metadata
from storage.posting.surfaces import surface
from storage.records import part, pieces, record
from storage.spine.record_forms import FormTable
from storage.statements.words import occurs


def _read(**columns: Any) -> Form:
    medium, taken_with = Media(columns.pop("medium")), TakenWith(columns.pop("taken_with"))
    return Form(medium=medium, taken_with=taken_with, **columns)


posts = FormTable(
    "post",
    Column("surface_id", Id, ForeignKey("surface.id"), nullable=False),
    Column("medium", String(10), nullable=False),
    Column("posted_on", Date, nullable=False),
    Column("place", Text, nullable=False),  # a link, or words for where it is
    Column("adults", Text, nullable=False, default=""),
    Column("taken_with", String(20), nullable=False),
    Column("check_id", Id, ForeignKey("picture_check.id")),  # empty: logged afterwards, without a check
    Column("look_on", Date, nullable=False),  # from when on somebody looks whether it may still be there
    Column("out_on", Date),  # by when it is to come down anyway, if there is such a day
    Index("ix_post_surface_id", "surface_id", "posted_on"),
    Index("ix_post_look_on", "school_id", "look_on"),
    read=_read,
)

post_pupil = Table(
    "post_pupil",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("wording", String(60), nullable=False),  # the version of the form on which their Yes rested, "" unknown
    Column("hidden_at", Instant),  # since when they cannot be recognised any more: cropped or blurred
    UniqueConstraint("record_id", "pupil_id"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A pupil whom something that is still published shows. `post_id`: the record's row."""

    post_id: int
    pupil_id: int
    surface_id: int
    medium: Media
    posted_on: date
    look_on: date


def add_pupils(connection: Connection, school_id: int, post_id: int, wordings: Mapping[int, str]) -> None:
    """Note who is in a picture. `wordings`: pupil → the version of the form on which their Yes rested."""
    common = {"school_id": school_id, "record_id": post_id}
    rows = [{**common, "pupil_id": pupil_id, "wording": wording} for pupil_id, wording in wordings.items()]
    if rows:
        connection.execute(insert(post_pupil), rows)


def pupils(connection: Connection, post_ids: Collection[int]) -> dict[int, list[int]]:
    """Return post → who can be recognised in it."""
    found: dict[int, list[int]] = {post_id: [] for post_id in post_ids}
    for some in pieces(post_ids):
        shows = post_pupil.c.record_id.in_(some) & post_pupil.c.hidden_at.is_(None)
        these = select(post_pupil).where(shows).order_by(post_pupil.c.id)
        for row in connection.execute(these):
            found[row.record_id].append(row.pupil_id)
    return found


_SHOWN = (
    select(
        post_pupil.c.record_id,
        post_pupil.c.pupil_id,
        posts.table.c.surface_id,
        posts.table.c.medium,
        posts.table.c.posted_on,
        posts.table.c.look_on,
    )
    .join(record, record.c.id == post_pupil.c.record_id)
    .join(posts.table, posts.table.c.record_id == post_pupil.c.record_id)
    .where(record.c.kind == KIND, record.c.state == State.PUBLISHED, post_pupil.c.hidden_at.is_(None))
)


def shown(connection: Connection, school_id: int, pupil_ids: Iterable[int]) -> list[Shown]:
    """Return where any of these pupils is shown by something that is still published."""
    found: list[Shown] = []
    for some in pieces(pupil_ids):
        these = _SHOWN.where(post_pupil.c.pupil_id.in_(some), post_pupil.c.school_id == school_id)
        found += (Shown(row[0], row[1], row[2], _MEDIA[row[3]], row[4], row[5]) for row in connection.execute(these))
    return found


_MEDIA = {each.value: each for each in Media}  # four times as quick as calling the enum


def shown_at(connection: Connection, school_id: int) -> dict[int, set[tuple[int, Media]]]:
    """Return pupil → where anything that is still published shows them: (place, medium)."""
    table = posts.table.c
    which = _SHOWN.with_only_columns(post_pupil.c.pupil_id, table.surface_id, table.medium).distinct()
    found: dict[int, set[tuple[int, Media]]] = {}
    for pupil_id, surface_id, medium in connection.execute(which.where(post_pupil.c.school_id == school_id)):
        found.setdefault(pupil_id, set()).add((surface_id, _MEDIA[medium]))
    return found


def hide(connection: Connection, post_id: int, pupil_id: int, at: datetime) -> None:
    """Note that a child cannot be recognised in a picture any more."""
    this = (post_pupil.c.record_id == post_id) & (post_pupil.c.pupil_id == pupil_id)
    connection.execute(update(post_pupil).where(this, post_pupil.c.hidden_at.is_(None)).values(hidden_at=at))


def show(connection: Connection, school_id: int, post_id: int, wordings: Mapping[int, str]) -> None:
    """Note that these children are in a picture as well, also where they were logged before and struck out."""
    known = select(post_pupil.c.pupil_id).where(post_pupil.c.record_id == post_id)
    before = set(connection.execute(known.where(post_pupil.c.pupil_id.in_(wordings))).scalars())
    for pupil_id in sorted(before):
        this = (post_pupil.c.record_id == post_id) & (post_pupil.c.pupil_id == pupil_id)
        connection.execute(update(post_pupil).where(this).values(hidden_at=None, wording=wordings[pupil_id]))
    add_pupils(connection, school_id, post_id, {each: said for each, said in wordings.items() if each not in before})


def set_custodians(
    connection: Connection, school_id: int, surface_id: int, people: Collection[int], at: datetime
) -> None:
    """Have exactly these people see what was posted at a place."""
    there = select(posts.table.c.record_id).where(posts.table.c.surface_id == surface_id)
    holds = (part.c.part == Part.CUSTODIAN) & part.c.until.is_(None)
    gone = holds & part.c.record_id.in_(there) & part.c.person_id.not_in(sorted(people))
    connection.execute(update(part).where(gone).values(until=at))
    columns = ("school_id", "record_id", "part", "person_id", "since")
    for person_id in sorted(people):
        known = select(part.c.record_id).where(holds, part.c.person_id == person_id)
        rows = select(
            literal(school_id, Id),
            posts.table.c.record_id,
            literal(Part.CUSTODIAN),
            literal(person_id, Id),
            literal(at, Instant),
        ).where(posts.table.c.surface_id == surface_id, posts.table.c.record_id.not_in(known))
        connection.execute(insert(part).from_select(columns, rows))


def says(connection: Connection, word: str) -> ColumnElement[bool]:
    """Return the condition that a word occurs in a post, or in the name of the place where it is."""
    named = select(posts.table.c.record_id).join(surface, surface.c.id == posts.table.c.surface_id)
    return posts.says(connection, word) | record.c.id.in_(named.where(occurs(connection, word, [surface.c.name])))


def names(connection: Connection, post_ids: Iterable[int]) -> dict[int, str]:
    """Return post → its name: "PO-9"."""
    found: dict[int, str] = {}
    for some in pieces(post_ids):
        rows = connection.execute(select(record.c.id, record.c.kind, record.c.number).where(record.c.id.in_(some)))
        found |= {row[0]: f"{row[1]}-{row[2]}" for row in rows}
    return found


def to_look_at(connection: Connection, school_id: int, until: date) -> list[int]:
    """Return the rows of what is published and has to be looked at by a day, the longest overdue first."""
    found = (
        select(posts.table.c.record_id)
        .join(record, record.c.id == posts.table.c.record_id)
        .where(posts.table.c.school_id == school_id, posts.table.c.look_on <= until)
        .where(record.c.state == State.PUBLISHED)
    )
    return list(connection.execute(found.order_by(posts.table.c.look_on, posts.table.c.record_id)).scalars())


def same_place(connection: Connection, school_id: int, surface_id: int, place: str) -> list[int]:
    """Return the rows of what was posted at the same place under the same link."""
    table = posts.table.c
    same = (table.school_id == school_id) & (table.surface_id == surface_id) & (table.place == place)
    return list(connection.execute(select(table.record_id).where(same).order_by(table.record_id)).scalars())
