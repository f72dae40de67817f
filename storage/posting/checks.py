"""Checks of pictures before they are posted: no records; they are over when posted, not posted, or too old."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.posting.checks import Form, Question, TakenWith
from bot.rules.school import Media
from storage.engine import Id, Instant, metadata
from storage.records import TOKEN_BYTES, pieces

Places = Mapping[int, Collection[int]]  # pupil → the places where they may be shown

picture_check = Table(
    "picture_check",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("request_id", String(255), nullable=False),  # the form's: sent twice, it is one check
    Column("token", String(20), nullable=False),  # in its buttons
    Column("medium", String(10), nullable=False),
    Column("taken_with", String(20), nullable=False),
    Column("adults", Text, nullable=False, default=""),
    Column("untrue", String(200), nullable=False),  # of rules.posting.checks.Question, with a comma between
    Column("made_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("stale_at", Instant),  # since when it may not be posted as it is
    Column("ended_at", Instant),  # posted everywhere, or not posted
    Column("planned_on", Date),  # for which day it is planned: looked at once more on its morning
    UniqueConstraint("school_id", "request_id"),
    Index("ix_picture_check_person_id", "person_id", "ended_at"),
    Index("ix_picture_check_until", "school_id", "until"),
)

checked_surface = Table(
    "checked_surface",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("check_id", Id, ForeignKey("picture_check.id"), nullable=False),
    Column("surface_id", Id, ForeignKey("surface.id"), nullable=False),
    Column("post_id", Id, ForeignKey("record.id")),  # once it was posted there
    UniqueConstraint("check_id", "surface_id"),
)

checked_pupil = Table(
    "checked_pupil",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("check_id", Id, ForeignKey("picture_check.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("places", Text, nullable=False),  # where they may be shown: ids of surfaces, with a comma between
    UniqueConstraint("check_id", "pupil_id"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `pupils`: who is in the picture → the places where they may be shown.

    `posted`: place → the record of what was posted there, None while it was not.
    """

    check_id: int
    person_id: int
    token: str
    form: Form
    pupils: Mapping[int, frozenset[int]]
    posted: dict[int, int | None]
    made_at: datetime
    until: datetime
    stale_at: datetime | None
    ended_at: datetime | None
    planned_on: date | None

    def is_open(self, now: datetime) -> bool:
        """Return whether it can still be posted by it."""
        return self.ended_at is None and self.until > now


def add(
    connection: Connection,
    school_id: int,
    person_id: int,
    request_id: str,
    form: Form,
    pupils: Places,
    *,
    at: tuple[datetime, datetime],
) -> tuple["Check", bool]:
    """Insert a check; returns (it, whether it is new). `at`: (when it is made, until when it is good)."""
    if connection.execute(_KNOWN, {"of_school": school_id, "of_request": request_id}).first():
        return where(connection, school_id, picture_check.c.request_id == request_id)[0], False
    values: dict[str, Any] = {"school_id": school_id, "person_id": person_id, "request_id": request_id}
    values |= {"made_at": at[0]}
    values |= {"token": secrets.token_urlsafe(TOKEN_BYTES), "medium": form.medium, "taken_with": form.taken_with}
    values |= {"adults": form.adults, "untrue": ",".join(sorted(form.untrue)), "until": at[1]}
    made = connection.execute(_ADD, values).scalar_one()
    common = {"school_id": school_id, "check_id": int(made)}
    for each in form.surfaces:  # mostly one: by itself it is quicker than as a list
        connection.execute(_ADD_SURFACES, {**common, "surface_id": each})
    _add_pupils(connection, common, pupils)
    posted = dict.fromkeys(form.surfaces)
    places = {pupil_id: frozenset(each) for pupil_id, each in pupils.items()}
    return Check(int(made), person_id, values["token"], form, places, posted, *at, None, None, None), True


_KNOWN = select(picture_check.c.id).where(
    picture_check.c.school_id == bindparam("of_school"), picture_check.c.request_id == bindparam("of_request")
)
_ADD = insert(picture_check).returning(picture_check.c.id)
_ADD_SURFACES = insert(checked_surface)
_ADD_PUPILS = insert(checked_pupil).returning(checked_pupil.c.id)  # so that all rows go in one statement


def _add_pupils(connection: Connection, common: Mapping[str, int], pupils: Places) -> None:
    rows = [{**common, "pupil_id": pupil_id, "places": _packed(places)} for pupil_id, places in pupils.items()]
    if rows:
        connection.execute(_ADD_PUPILS, rows)


def _packed(places: Collection[int]) -> str:
    return ",".join(map(str, sorted(places)))


def renew(connection: Connection, found: "Check", pupils: Places, *, at: datetime, until: datetime) -> None:
    """Have a check begin anew, as it stands now."""
    this = picture_check.c.id == found.check_id
    connection.execute(update(picture_check).where(this).values(made_at=at, until=until, stale_at=None))
    for pupil_id, places in pupils.items():
        theirs = (checked_pupil.c.check_id == found.check_id) & (checked_pupil.c.pupil_id == pupil_id)
        connection.execute(update(checked_pupil).where(theirs).values(places=_packed(places)))


def where(connection: Connection, school_id: int, which: ColumnElement[bool]) -> list[Check]:
    """Return the checks that fit, the newest first."""
    found = select(picture_check).where(picture_check.c.school_id == school_id, which)
    rows = connection.execute(found.order_by(picture_check.c.id.desc())).all()
    posted: dict[int, dict[int, int | None]] = {row.id: {} for row in rows}
    pupils: dict[int, dict[int, frozenset[int]]] = {row.id: {} for row in rows}
    for some in pieces(posted):
        for row in _of_checks(connection, checked_surface, some):
            posted[row.check_id][row.surface_id] = row.post_id
        for row in _of_checks(connection, checked_pupil, some):
            pupils[row.check_id][row.pupil_id] = frozenset(int(each) for each in row.places.split(",") if each)
    return [
        Check(
            row.id,
            row.person_id,
            row.token,
            Form(
                tuple(posted[row.id]),
                Media(row.medium),
                TakenWith(row.taken_with),
                len(pupils[row.id]),
                row.adults,
                frozenset(Question(each) for each in row.untrue.split(",") if each),
            ),
            pupils[row.id],
            posted[row.id],
            row.made_at,
            row.until,
            row.stale_at,
            row.ended_at,
            row.planned_on,
        )
        for row in rows
    ]


def _of_checks(connection: Connection, table: Table, check_ids: Sequence[int]) -> Sequence[Any]:
    return connection.execute(select(table).where(table.c.check_id.in_(check_ids)).order_by(table.c.id)).all()


def get(connection: Connection, school_id: int, check_id: int) -> Check | None:
    """Return one check."""
    return next(iter(where(connection, school_id, picture_check.c.id == check_id)), None)


def open_of(connection: Connection, school_id: int, person_id: int, now: datetime) -> list[Check]:
    """Return the checks by which somebody can still post, the newest first."""
    mine = (picture_check.c.person_id == person_id) & picture_check.c.ended_at.is_(None)
    return where(connection, school_id, mine & (picture_check.c.until > now))


def open_with(connection: Connection, school_id: int, pupils: Iterable[int], now: datetime) -> list[Check]:
    """Return the checks that are open and not known as out of date, with any of these pupils."""
    found: dict[int, Check] = {}
    good = picture_check.c.ended_at.is_(None) & picture_check.c.stale_at.is_(None) & (picture_check.c.until > now)
    for some in pieces(pupils):
        shows = select(checked_pupil.c.check_id).where(checked_pupil.c.pupil_id.in_(some))
        found |= {each.check_id: each for each in where(connection, school_id, good & picture_check.c.id.in_(shows))}
    return list(found.values())


def still_good(connection: Connection, school_id: int, now: datetime) -> list[Check]:
    """Return every check that is open and not known as out of date."""
    good = picture_check.c.ended_at.is_(None) & picture_check.c.stale_at.is_(None) & (picture_check.c.until > now)
    return where(connection, school_id, good)


def set_stale(connection: Connection, check_id: int, at: datetime) -> bool:
    """Note that it may not be posted as it is; False where that was known."""
    this = (picture_check.c.id == check_id) & picture_check.c.stale_at.is_(None)
    return connection.execute(update(picture_check).where(this).values(stale_at=at)).rowcount == 1


def plan(connection: Connection, check_id: int, day: date, until: datetime) -> None:
    """Note for which day it is planned, and that it is good until then."""
    connection.execute(update(picture_check).where(picture_check.c.id == check_id).values(planned_on=day, until=until))


def planned(connection: Connection, school_id: int, day: date, now: datetime) -> list[Check]:
    """Return the open checks of what is planned for a day."""
    open_ones = picture_check.c.ended_at.is_(None) & (picture_check.c.until > now)
    return where(connection, school_id, open_ones & (picture_check.c.planned_on == day))


def end(connection: Connection, check_id: int, at: datetime) -> bool:
    """Note that a check is over; False where it was."""
    this = (picture_check.c.id == check_id) & picture_check.c.ended_at.is_(None)
    return connection.execute(update(picture_check).where(this).values(ended_at=at)).rowcount == 1


def note_posted(connection: Connection, check_id: int, surface_id: int, post_id: int) -> None:
    """Note that what was checked for a place was posted there."""
    this = (checked_surface.c.check_id == check_id) & (checked_surface.c.surface_id == surface_id)
    connection.execute(update(checked_surface).where(this).values(post_id=post_id))
