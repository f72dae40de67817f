"""Records of every kind on the spine: what was asked, its steps, and what people are to it.

A feature keeps only the columns of its own form, in a table of its own that points here. Steps and parts are appended;
only the state of a record moves, by compare-and-set on its version.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

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
    and_,
    bindparam,
    case,
    exists,
    false,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.people import Person
from bot.rules.procedures import DENIED, Line, Part, Procedure, Sight, groups
from storage import numbers
from storage.engine import Id, Instant, metadata
from storage.prepared import Prepared

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
    Column("asker_id", Id, ForeignKey("person.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("waits_since", Instant, nullable=False),  # since when the present state has lasted
    Column("for_on", Date),  # the day that it is for: silence is measured against it, too
    Column("origin", String(300), nullable=False),  # what it came from: the same form twice makes one
    Column("token", String(20), nullable=False),  # in its buttons: a button opens its own record only
    UniqueConstraint("school_id", "kind", "number"),
    UniqueConstraint("school_id", "origin"),
    Index("ix_record_school_id_kind_state", "school_id", "kind", "state"),
    Index("ix_record_asker_id", "asker_id"),
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
)

part = Table(
    "record_part",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False, index=True),
    Column("part", String(20), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),  # empty: it holds
    Index("ix_record_part_person_id", "person_id"),
)


@cache
def _any_in(kind: str, states: tuple[str, ...]) -> Prepared:
    """Return what every Home and every tick asks, mostly for nothing: whether there is one in these states."""
    mine = (record.c.school_id == bindparam("school")) & (record.c.kind == kind)
    return Prepared(select(record.c.id).where(mine, or_(*(record.c.state == state for state in states))).limit(1))


_ASKED = Prepared(
    select(record.c.id)
    .where(record.c.asker_id == bindparam("asker"), record.c.school_id == bindparam("school"))
    .limit(1)
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


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands."""

    record_id: int
    kind: str
    number: int
    procedure: str
    state: str
    version: int
    asker_id: int
    asked_at: datetime
    waits_since: datetime
    for_on: date | None
    token: str
    parts: frozenset[tuple[Part, int]]  # as they hold now

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
) -> tuple[int, bool]:
    """Insert a record under the next number of its kind; returns (id, whether it is new). `origin` makes one only."""
    mine = (record.c.school_id == school_id) & (record.c.origin == origin)
    known = connection.execute(select(record.c.id).where(mine)).scalar_one_or_none()
    if known is not None:
        return int(known), False
    values = {"kind": procedure.kind, "procedure": procedure.name, "state": procedure.first, "version": 1}
    values |= {"asker_id": asker_id, "asked_at": at, "waits_since": at, "for_on": for_on, "origin": origin}
    values |= {"number": numbers.following(connection, school_id, procedure.kind)}
    values |= {"token": secrets.token_urlsafe(TOKEN_BYTES), "school_id": school_id}
    return int(connection.execute(insert(record).values(**values).returning(record.c.id)).scalar_one()), True


def move(connection: Connection, found: Record, *, to: str, at: datetime) -> bool:
    """Compare-and-set on the version: two may act at once, one wins. False: somebody was quicker."""
    still = (record.c.id == found.record_id) & (record.c.version == found.version)
    since = at if to != found.state else found.waits_since
    values = {"state": to, "waits_since": since, "version": found.version + 1}
    return connection.execute(update(record).where(still).values(**values)).rowcount == 1


def add_step(connection: Connection, school_id: int, found: Record, made: Step) -> None:
    """Append what happened."""
    values = {name: getattr(made, name) for name in Step.__slots__}
    connection.execute(insert(step).values(school_id=school_id, record_id=found.record_id, **values))


def add_part(connection: Connection, school_id: int, record_id: int, what: Part, person_id: int, at: datetime) -> None:
    """Append what somebody is to a record from now on."""
    values = {"school_id": school_id, "record_id": record_id, "part": what, "person_id": person_id, "since": at}
    connection.execute(insert(part).values(**values))


def end_part(connection: Connection, record_id: int, what: Part, person_id: int, at: datetime) -> None:
    """Note that somebody is no longer this to a record."""
    this = (part.c.record_id == record_id) & (part.c.part == what) & (part.c.person_id == person_id)
    connection.execute(update(part).where(this, part.c.until.is_(None)).values(until=at))


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def get(connection: Connection, school_id: int, kind: str, number: int) -> Record | None:
    """Return one record."""
    these = (record.c.kind == kind) & (record.c.number == number)
    found = _found(connection, school_id, these)
    return found[0] if found else None


def by_id(connection: Connection, school_id: int, record_id: int) -> Record | None:
    """Return one record by its row."""
    found = _found(connection, school_id, record.c.id == record_id)
    return found[0] if found else None


def where(connection: Connection, school_id: int, which: ColumnElement[bool], limit: int = 0) -> list[Record]:
    """Return the records that fit, the newest first; at most `limit`, if any."""
    found = select(record).where(record.c.school_id == school_id, which).order_by(record.c.id.desc())
    return _made(connection, connection.execute(found.limit(limit) if limit else found).all())


def in_states(connection: Connection, school_id: int, kind: str, states: Collection[str]) -> list[Record]:
    """Return the records of a kind in these states, the longest waiting first."""
    if not _any_in(kind, tuple(sorted(states))).rows(connection, school=school_id):
        return []
    found = _found(connection, school_id, (record.c.kind == kind) & record.c.state.in_(sorted(states)))
    return sorted(found, key=lambda each: (each.waits_since, each.number))


def has_asked(connection: Connection, school_id: int, person_id: int) -> bool:
    """Tell whether somebody has ever asked for anything."""
    return bool(_ASKED.rows(connection, school=school_id, asker=person_id))


def steps(connection: Connection, record_ids: Sequence[int]) -> dict[int, list[Step]]:
    """Return record → what happened to it, oldest first."""
    found: dict[int, list[Step]] = {record_id: [] for record_id in record_ids}
    for some in pieces(record_ids):
        for row in connection.execute(select(step).where(step.c.record_id.in_(some)).order_by(step.c.id)):
            made = Step(row.event, row.came_from, row.person_id, row.at, row.words, row.signature)
            found[row.record_id].append(made)
    return found


def pieces(record_ids: Iterable[int]) -> Iterator[list[int]]:
    """Part many ids: no database takes any number of them in one statement."""
    every = list(record_ids)
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))


def _found(connection: Connection, school_id: int, which: ColumnElement[bool]) -> list[Record]:
    return _made(connection, connection.execute(select(record).where(record.c.school_id == school_id, which)).all())


def _made(connection: Connection, rows: Sequence[Any]) -> list[Record]:
    parts: dict[int, set[tuple[Part, int]]] = {row.id: set() for row in rows}
    for some in pieces(parts):
        holds = part.c.record_id.in_(some) & part.c.until.is_(None)
        for each in connection.execute(select(part.c.record_id, part.c.part, part.c.person_id).where(holds)):
            parts[each.record_id].add((Part(each.part), each.person_id))
    names = [name for name in Record.__slots__ if name not in {"record_id", "parts"}]
    return [
        Record(record_id=row.id, parts=frozenset(parts[row.id]), **{name: getattr(row, name) for name in names})
        for row in rows
    ]


# ── the gate, in SQL ───────────────────────────────────────────────────────────────────────────────────────────────


def visible_to(
    person: Person,
    procedures: Iterable[Procedure],
    people: Collection[Person],
    absent: Collection[int],
    *,
    silent_before: Mapping[str, datetime],
    urgent_until: date,
    least: Sight = Sight.OWN,
) -> ColumnElement[bool]:
    """Return the condition under which a record may be seen by a person: `procedures.sight` in SQL, and the only one.

    `silent_before`: procedure → before when it must have begun to wait to be silent; `urgent_until`: what is for a day
    up to this one is silent, too. `least`: how much of it, at the least. Lists, counts and searches use nothing else.
    """
    if not person.is_here:
        return false()
    ways = list(procedures)
    seen = [_by_procedure(person, way, people, absent, silent_before[way.name], urgent_until, least) for way in ways]
    handled = _is_part([Part.HANDLER], person.person_id)
    own = record.c.asker_id == person.person_id if least <= Sight.OWN else false()
    known = record.c.procedure.in_([way.name for way in ways])
    return and_(known, ~_is_part(sorted(DENIED), person.person_id), or_(handled, own, *seen))


def _by_procedure(
    person: Person,
    way: Procedure,
    people: Collection[Person],
    absent: Collection[int],
    silent_before: datetime,
    urgent_until: date,
    least: Sight,
) -> ColumnElement[bool]:
    """Return the condition by role, and by whose turn it is."""
    mine = record.c.procedure == way.name
    if any(way.readers.get(role, Sight.NONE) >= least for role in person.roles):
        return mine
    silent = or_(record.c.waits_since < silent_before, record.c.for_on <= urgent_until)
    turns = [
        and_(record.c.state == state, _in_line(person, line, people, absent, silent))
        for state in way.turns
        for line in {line for lines in way.lines(state).values() for line in lines}
        if person.roles.intersection(line)
    ]
    return and_(mine, or_(false(), *turns))


def _in_line(
    person: Person, line: Line, people: Collection[Person], absent: Collection[int], silent: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition under which somebody is asked: how many groups before theirs have anybody who is here.

    Who is barred hangs on the record, so the groups are counted there.
    """
    before: list[tuple[Person, ...]] = []
    for group in groups(line, people, ()):
        if person in group:
            break
        before.append(group)
    else:
        return false()
    every = groups(line, people, ())
    several = case((silent, 2), else_=1)
    here = sum((_anybody([each for each in group if each.person_id not in absent]) for group in before), literal(0))
    there = sum((_anybody(group) for group in before), literal(0))
    nobody_here = and_(*(_anybody([p for p in group if p.person_id not in absent]) == 0 for group in every))
    asked = or_(and_(not_(nobody_here), here < several), and_(nobody_here, there < several))
    return and_(record.c.asker_id != person.person_id, asked)


def _anybody(group: Iterable[Person]) -> Any:
    """Return 1 where anybody of a group is not barred from the record, else 0."""
    free = [and_(record.c.asker_id != each.person_id, ~_is_part(sorted(DENIED), each.person_id)) for each in group]
    return case((or_(false(), *free), 1), else_=0)


def _is_part(parts: Collection[Part], person_id: int) -> ColumnElement[bool]:
    holds = (part.c.record_id == record.c.id) & (part.c.person_id == person_id) & part.c.until.is_(None)
    return exists(select(part.c.id).where(holds, part.c.part.in_(list(parts))))
