"""Records of every kind on the spine: what was asked, its steps, and what people are to it.

A feature keeps only the columns of its own form, in a table of its own that points here. Steps and parts are appended;
only the state of a record moves, by compare-and-set on its version.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.procedures import UNASKED, Part, Procedure
from storage import numbers
from storage.engine import Id, Instant, metadata
from storage.statements.constants import has_id_of
from storage.statements.words import occurs

Named = TypeVar("Named", int, str)
AT_ONCE = 500  # records in one statement
TOKEN_BYTES = 9  # of a button: nobody guesses it, and it is short

record = Table(
    "record",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("number", Integer, nullable=False),  # PR-5
    Column("procedure", String(40), nullable=False),  # its name: two ways of one kind
    Column("state", String(60), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # for compare-and-set: a state may stay itself
    Column("asker_id", Id, ForeignKey("person.id")),  # empty: nobody asked, it follows from something
    Column("asked_at", Instant, nullable=False),
    Column("waits_since", Instant, nullable=False),  # since when the present state has lasted
    Column("for_on", Date),  # the day that it is for: silence is measured against it, too
    Column("origin", String(300), nullable=False),  # what it came from: the same form twice makes one
    Column("token", String(20), nullable=False),  # in its buttons: a button opens its own record only
    Column("moved_at", Instant),  # when it was moved here: its older buttons carry its number alone
    Column("next_at", Instant, index=True),  # of what is urgent: when the next in line is asked, unless somebody has it
    Column("hurried", Integer, nullable=False, default=0),  # how often the next in line was asked of what is urgent
    UniqueConstraint("school_id", "kind", "number"),
    UniqueConstraint("school_id", "origin"),
    Index("ix_record_school_id_kind_state", "school_id", "kind", "state", "waits_since"),
    Index("ix_record_asker_id", "asker_id"),
    Index("ix_record_school_id_asked_at", "school_id", "asked_at", "id"),
)

step = Table(
    "record_step",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False, index=True),
    Column("event", String(60), nullable=False),
    Column("came_from", String(60), nullable=False),
    Column("person_id", Id, ForeignKey("person.id")),  # empty: the clock
    Column("at", Instant, nullable=False),
    Column("words", Text, nullable=False, default=""),  # reasons, a question, an answer
    Column("signature", String(200), nullable=False, default=""),
    Column("office", String(200), nullable=False, default=""),  # in which it was taken: "held>whose turn,…"
)

part = Table(
    "record_part",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False, index=True),
    Column("part", String(20), nullable=False),
    Column("person_id", Id, ForeignKey("person.id")),  # one of the two
    Column("pupil_id", Id, ForeignKey("pupil.id")),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # empty: it holds
    Index("ix_record_part_person_id", "person_id"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a record. `person_id`: None for the clock."""

    event: str
    came_from: str
    person_id: int | None
    at: datetime
    words: str
    signature: str
    office: str = ""  # "deputy_headteacher>headteacher": held, and whose turn it was; several parted by commas
    step_id: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands."""

    record_id: int
    kind: str
    number: int
    procedure: str
    state: str
    version: int
    asker_id: int  # UNASKED where it follows from something
    asked_at: datetime
    waits_since: datetime
    for_on: date | None
    token: str
    moved_at: datetime | None
    parts: frozenset[tuple[Part, int]]  # as they hold now
    pupils: frozenset[int]  # of whom it speaks
    next_at: datetime | None = None
    hurried: int = 0

    @property
    def name(self) -> str:
        """Return the record's name: PR-5."""
        return f"{self.kind}-{self.number}"


# ── taking in, moving on ───────────────────────────────────────────────────────────────────────────────────────────


def add(
    connection: Connection,
    school_id: int,
    procedure: Procedure,
    *,
    asker_id: int,
    at: datetime,
    origin: str,
    for_on: date | None,
    secret: bytes,
) -> tuple[Record, bool]:
    """Insert a record under a number of its kind; returns (it, whether it is new). `origin` makes one only.

    `asker_id`: UNASKED where it follows from something. The next number or, where a gap could tell of it, one that is
    drawn with a `secret` of the school's.
    """
    values: dict[str, Any] = {"kind": procedure.kind, "procedure": procedure.name, "state": procedure.first}
    values |= {"version": 1, "asker_id": asker_id or None, "asked_at": at, "waits_since": at, "for_on": for_on}
    values |= {"token": secrets.token_urlsafe(TOKEN_BYTES), "moved_at": None, "next_at": None, "hurried": 0}
    if procedure.confidential:
        made = _draw(connection, school_id, {**values, "origin": origin}, secret)
    else:
        made = numbers.add(connection, record, procedure.kind, {**values, "origin": origin}, school_id=school_id)
    if made is None:
        return unordered(connection, school_id, record.c.origin == origin)[0], False
    values |= {"asker_id": asker_id}
    return Record(made[0], number=made[1], **values, parts=frozenset(), pupils=frozenset()), True


def _draw(connection: Connection, school_id: int, values: Mapping[str, Any], secret: bytes) -> tuple[int, int] | None:
    """Insert a record under a number that is drawn; returns (id, number), None where it is there already."""
    kind = values["kind"]
    # The count first: of the same form delivered twice at once, the second waits here and then finds the first.
    so_many = numbers.following(connection, school_id, kind)
    if count(connection, school_id, record.c.origin == values["origin"], most=1):
        numbers.give_back(connection, school_id, kind)
        return None
    number = numbers.drawn(so_many, secret + kind.encode())
    while get(connection, school_id, kind, number):  # given before they were drawn
        number = numbers.drawn(numbers.following(connection, school_id, kind), secret + kind.encode())
    row = {**values, "number": number, "school_id": school_id}
    return int(connection.execute(insert(record).returning(record.c.id), row).scalar_one()), number


def move(connection: Connection, found: Record, *, to: str, at: datetime, procedure: str = "") -> Record | None:
    """Compare-and-set on the version: two may act at once, one wins. Returns it as it is now, None for the slower one.

    `procedure`: another way that it takes from now on, "" for the same.
    """
    since = at if to != found.state else found.waits_since
    values: dict[str, Any] = {"state": to, "waits_since": since, "version": found.version + 1}
    values |= {"procedure": procedure or found.procedure, "next_at": found.next_at if to == found.state else None}
    as_seen = {"of_record": found.record_id, "as_seen": found.version}
    moved = connection.execute(_MOVE, {**values, **as_seen}).rowcount == 1
    return replace(found, **values) if moved else None


# What every decision asks is put together once: that takes SQLAlchemy as long as the database takes to answer.
_MOVE = update(record).where(record.c.id == bindparam("of_record"), record.c.version == bindparam("as_seen"))


def set_next_at(connection: Connection, found: Record, at: datetime | None, *, hurried: int = 0) -> Record | None:
    """Note when the next in line is asked as well, and how many more were asked since `found` was read.

    Compare-and-set: None where somebody was faster. `at`: None where nobody else is asked.
    """
    values = {"next_at": at, "hurried": found.hurried + hurried}
    as_seen = (record.c.id == found.record_id) & (record.c.version == found.version)
    as_seen &= (record.c.hurried == found.hurried) & record.c.next_at.is_not_distinct_from(found.next_at)
    moved = connection.execute(update(record).where(as_seen).values(**values)).rowcount == 1
    return replace(found, **values) if moved else None  # type: ignore[arg-type]


def schools_in_a_hurry(connection: Connection, since: datetime, until: datetime) -> set[int]:
    """Return the schools in which the next in line is to be asked between two instants, the first left out."""
    due = (record.c.next_at > since) & (record.c.next_at <= until)
    return set(connection.execute(select(record.c.school_id).where(due).distinct()).scalars())


def add_step(connection: Connection, school_id: int, found: Record, made: Step) -> int:
    """Append what happened; returns its row."""
    values = {name: getattr(made, name) for name in Step.__slots__ if name != "step_id"}
    values |= {"school_id": school_id, "record_id": found.record_id}
    return int(connection.execute(_ADD_STEP, values).scalar_one())


_ADD_STEP = insert(step).returning(step.c.id)


def add_part(connection: Connection, school_id: int, record_id: int, what: Part, person_id: int, at: datetime) -> None:
    """Append what somebody is to a record from now on."""
    values = {"school_id": school_id, "record_id": record_id, "part": what, "person_id": person_id, "since": at}
    connection.execute(insert(part).values(**values))


def add_pupil(connection: Connection, school_id: int, record_id: int, pupil_id: int, at: datetime) -> None:
    """Append that a record speaks of a pupil."""
    values = {"school_id": school_id, "record_id": record_id, "part": Part.SUBJECT, "pupil_id": pupil_id, "since": at}
    connection.execute(insert(part).values(**values))


def end_part(connection: Connection, record_id: int, what: Part, person_id: int, at: datetime) -> None:
    """Note that somebody is no longer this to a record."""
    this = (part.c.record_id == record_id) & (part.c.part == what) & (part.c.person_id == person_id)
    connection.execute(update(part).where(this, part.c.until.is_(None)).values(until=at))


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def get(connection: Connection, school_id: int, kind: str, number: int) -> Record | None:
    """Return one record."""
    this = {"of_school": school_id, "of_kind": kind, "this": number}
    found = _made(connection, connection.execute(_ONE, this).all())
    return found[0] if found else None


_ONE = select(record).where(
    record.c.school_id == bindparam("of_school"),
    record.c.kind == bindparam("of_kind"),
    record.c.number == bindparam("this"),
)


def where(
    connection: Connection, school_id: int, which: ColumnElement[bool], limit: int = 0, offset: int = 0
) -> list[Record]:
    """Return the records that fit, the newest first; at most `limit`, if any, after the first `offset`."""
    newest = (record.c.asked_at.desc(), record.c.id.desc())
    found = select(record).where(record.c.school_id == school_id, which).order_by(*newest)
    return _made(connection, connection.execute(found.limit(limit).offset(offset) if limit else found).all())


def known_origins(connection: Connection, school_id: int, origins: Iterable[str]) -> frozenset[str]:
    """Return those of some origins from which there is a record already."""
    found: set[str] = set()
    for some in pieces(origins):
        these = select(record.c.origin).where(record.c.school_id == school_id, record.c.origin.in_(some))
        found.update(connection.execute(these).scalars())
    return frozenset(found)


def says(connection: Connection, word: str) -> ColumnElement[bool]:
    """Return the condition that a word occurs in a step of a record."""
    return exists().where(step.c.record_id == record.c.id, occurs(connection, word, (step.c.words,)))


def said_of(record_id: Column[int], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that something holds of a record's form. `record_id`: the form's own column.

    Asked of one record after another: with EXISTS, PostgreSQL first looks through all the forms that there are.
    """
    return select(condition).where(record_id == record.c.id).correlate(record).scalar_subquery()


def of_numbers(connection: Connection, school_id: int, kind: str, numbers: Collection[int]) -> dict[int, Record]:
    """Return number → the record, of a few of a kind."""
    if not numbers:
        return {}
    these = (record.c.kind == kind) & record.c.number.in_(list(numbers))
    return {found.number: found for found in unordered(connection, school_id, these)}


def of_ids(
    connection: Connection, school_id: int, record_ids: Collection[int], which: ColumnElement[bool]
) -> list[Record]:
    """Return those of a few records that fit, the newest first."""
    # Asked plainly for the school, SQLite walks through all of its records rather than look up half a dozen.
    mine = has_id_of(record.c.id, record_ids) & (func.coalesce(record.c.school_id, 0) == school_id)
    found = _made(connection, connection.execute(select(record).where(mine, which)).all()) if record_ids else []
    return sorted(found, key=lambda each: (each.asked_at, each.record_id), reverse=True)


def count(connection: Connection, school_id: int, which: ColumnElement[bool], *, most: int) -> int:
    """Return how many records fit, counted as far as `most` and one more."""
    some = select(record.c.id).where(record.c.school_id == school_id, which).limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def days_asked(connection: Connection, school_id: int, which: ColumnElement[bool]) -> list[datetime]:
    """Return when each of the records that fit came in."""
    return list(connection.execute(select(record.c.asked_at).where(record.c.school_id == school_id, which)).scalars())


def in_states(
    connection: Connection, school_id: int, kind: str, states: Collection[str], *, asker_id: int | None = None
) -> list[Record]:
    """Return the records of a kind in these states, the longest waiting first; of one asker, perhaps."""
    these = (record.c.kind == kind) & record.c.state.in_(sorted(states))
    if asker_id is not None:
        these &= record.c.asker_id == asker_id
    found = unordered(connection, school_id, these)
    return sorted(found, key=lambda each: (each.waits_since, each.number))


def of_asker(connection: Connection, school_id: int, kind: str, person_id: int, most: int) -> list[Record]:
    """Return somebody's own newest records of a kind."""
    mine = (record.c.school_id == school_id) & (record.c.asker_id == person_id) & (record.c.kind == kind)
    # By id, which is in the asker's index.
    newest = select(record).where(mine).order_by(record.c.id.desc()).limit(most)
    return _made(connection, connection.execute(newest).all())


def has_asked(connection: Connection, school_id: int, person_id: int) -> bool:
    """Return whether somebody has ever asked for anything."""
    mine = (record.c.asker_id == person_id) & (record.c.school_id == school_id)
    return connection.execute(select(record.c.id).where(mine).limit(1)).first() is not None


def steps(connection: Connection, record_ids: Sequence[int]) -> dict[int, list[Step]]:
    """Return record → what happened to it, oldest first."""
    found: dict[int, list[Step]] = {record_id: [] for record_id in record_ids}
    for some in pieces(record_ids):
        for row in connection.execute(_STEPS, {"of_records": some}):
            made = Step(row.event, row.came_from, row.person_id, row.at, row.words, row.signature, row.office, row.id)
            found[row.record_id].append(made)
    return found


_STEPS = select(step).where(step.c.record_id.in_(bindparam("of_records", expanding=True))).order_by(step.c.id)


def pieces(named: Iterable[Named]) -> Iterator[list[Named]]:
    """Split many ids or names: every database limits how many it takes in one statement."""
    every = list(named)
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))


def _parts(connection: Connection, record_ids: list[int]) -> Iterable[Any]:
    holds = has_id_of(part.c.record_id, record_ids) & part.c.until.is_(None)
    return connection.execute(select(part.c.record_id, part.c.part, part.c.person_id, part.c.pupil_id).where(holds))


def unordered(connection: Connection, school_id: int, which: ColumnElement[bool]) -> list[Record]:
    """Return the records that fit, in any order: asked for the newest first, SQLite walks through all by their day."""
    return _made(connection, connection.execute(select(record).where(record.c.school_id == school_id, which)).all())


def _made(connection: Connection, rows: Sequence[Any]) -> list[Record]:
    parts: dict[int, set[tuple[Part, int]]] = {row.id: set() for row in rows}
    pupils: dict[int, set[int]] = {row.id: set() for row in rows}
    for some in pieces(parts):
        for record_id, what, person_id, pupil_id in _parts(connection, some):
            if pupil_id is None:
                parts[record_id].add((Part(what), person_id))
            else:
                pupils[record_id].add(pupil_id)
    return [_record(row, frozenset(parts[row.id]), frozenset(pupils[row.id])) for row in rows]


def _record(row: Any, parts: frozenset[tuple[Part, int]], pupils: frozenset[int]) -> Record:
    # By place: by name it takes three times as long, and Home reads two hundred of them.
    record_id, _, kind, number, procedure, state, version, asker_id, asked_at, waits_since, for_on, *rest = row
    _, token, moved, next_at, hurried = rest
    standing = (procedure, state, version, asker_id or UNASKED, asked_at, waits_since, for_on)
    return Record(record_id, kind, number, *standing, token, moved, parts, pupils, next_at, hurried)
