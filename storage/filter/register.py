"""The filter register: each line that the school has blocked or allowed, and every step taken with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
    bindparam,
    false,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.filter.register import LISTED, NO_RECORD, Event, Kind, Narrowed, RegisterEntry, State
from storage.engine import Id, Instant, metadata
from storage.people.people import person
from storage.statements.constants import is_one_of
from storage.statements.words import occurs

entry = Table(
    "filter_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("entry", String(2000), nullable=False),  # as the filter takes it
    Column("reason", Text, nullable=False),
    Column("record", String(20), nullable=False),  # what is behind it: AR-7, CR-3; "" when added by hand
    Column("decided_by", Id, ForeignKey("person.id")),  # empty: from school.toml
    Column("decided_on", Date, nullable=False),
    Column("expires_on", Date),
    Column("state", String(40), nullable=False),
    Column("since", Date, nullable=False),  # since when the present state has lasted
    Column("applied_on", Date),
    Column("form_id", String(255)),  # what Slack called the form, where one made it: sent twice is added once
    UniqueConstraint("school_id", "number"),
    UniqueConstraint("school_id", "form_id", "entry"),
    Index("ix_filter_entry_school_id_state", "school_id", "state"),
    Index("ix_filter_entry_school_id_expires_on", "school_id", "expires_on"),
    Index("ix_filter_entry_school_id_entry", "school_id", "entry"),
    Index("ix_filter_entry_school_id_record", "school_id", "record"),
)

step = Table(
    "filter_step",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("entry_id", Id, ForeignKey("filter_entry.id"), nullable=False, index=True),
    Column("event", String(40), nullable=False),
    Column("person_id", Id, ForeignKey("person.id")),  # empty: its last day was over
    Column("at", Instant, nullable=False),
    Column("words", Text, nullable=False, default=""),
)

_FOUND = select(entry, person.c.name).outerjoin(person, person.c.id == entry.c.decided_by)
# Asked at every tick of every school.
_OF_SCHOOL = _FOUND.where(entry.c.school_id == bindparam("of_school"))
_DATED = _OF_SCHOOL.where(entry.c.expires_on.is_not(None))
_IN_STATES = _OF_SCHOOL.where(entry.c.state.in_(bindparam("states", expanding=True)))
_OF_RECORDS = _OF_SCHOOL.where(entry.c.record.in_(bindparam("records", expanding=True)))
_OF_LINES = _OF_SCHOOL.where(entry.c.entry.in_(bindparam("lines", expanding=True)))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an entry. `person`: "" for the calendar."""

    event: Event
    person: str
    at: datetime
    words: str


def add(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    *,
    number: int,
    kind: Kind,
    line: str,
    reason: str,
    record: str,
    decided_by: int | None,
    on: date,
    expires_on: date | None = None,
    state: State = State.PROPOSED,
    form_id: str | None = None,
) -> None:
    """Insert an entry."""
    values = {"school_id": school_id, "number": number, "kind": kind, "entry": line, "reason": reason}
    values |= {"record": record, "decided_by": decided_by, "decided_on": on, "expires_on": expires_on}
    values |= {"state": state, "since": on, "applied_on": on if state is State.APPLIED else None, "form_id": form_id}
    connection.execute(insert(entry), values)


def of_form(connection: Connection, school_id: int, form_id: str) -> list[RegisterEntry]:
    """Return the entries that this very form has made, if it was delivered before."""
    return _entries(connection, (entry.c.school_id == school_id) & (entry.c.form_id == form_id))


def get(connection: Connection, school_id: int, number: int) -> RegisterEntry | None:
    """Return one entry."""
    found = _entries(connection, (entry.c.school_id == school_id) & (entry.c.number == number))
    return found[0] if found else None


def of_records(connection: Connection, school_id: int, records: Collection[str]) -> list[RegisterEntry]:
    """Return the entries that came from these records, such as AR-7, oldest first."""
    return _ordered(connection.execute(_OF_RECORDS, {"of_school": school_id, "records": list(records)}))


def in_states(connection: Connection, school_id: int, states: Collection[State]) -> list[RegisterEntry]:
    """Return the entries in these states, oldest first."""
    return _ordered(connection.execute(_IN_STATES, {"of_school": school_id, "states": list(states)}))


def of_lines(connection: Connection, school_id: int, kind: Kind, lines: Collection[str]) -> list[RegisterEntry]:
    """Return the entries of these lines that are not done with, oldest first."""
    # Chosen here: asked for the states, too, SQLite reads everything in these states rather than those few lines.
    found = _ordered(connection.execute(_OF_LINES, {"of_school": school_id, "lines": list(lines)}))
    return [each for each in found if each.kind is kind and each.state is not State.REMOVED]


def expiring(connection: Connection, school_id: int) -> list[RegisterEntry]:
    """Return the entries in the filter that have a last day, oldest first."""
    return _in_the_filter(_ordered(connection.execute(_DATED, {"of_school": school_id})))


def applied(connection: Connection, school_id: int, kind: str) -> list[str]:
    """Return the records of a kind, such as "AR-", whose lines are in the filter."""
    these = (entry.c.school_id == school_id) & (entry.c.state == State.APPLIED)
    found = select(entry.c.record).where(these, entry.c.record.startswith(kind, autoescape=True)).distinct()
    return list(connection.execute(found).scalars())


def page(
    connection: Connection, school_id: int, narrowed: Narrowed, hidden: Collection[str], *, first: int, most: int
) -> tuple[list[RegisterEntry], int]:
    """Return some of the entries that fit, the latest first, and how many fit. `first`: how many are passed over.

    Number and reason of `hidden` records are not searched: nobody finds by their words what they must not know.
    """
    this = (entry.c.school_id == school_id) & is_one_of(entry.c.state, narrowed.states)
    if narrowed.kinds != frozenset(Kind):
        this &= is_one_of(entry.c.kind, narrowed.kinds)
    for word in narrowed.words:
        this &= _says(connection, word, hidden)
    found = _FOUND.where(this).order_by(entry.c.number.desc()).offset(first).limit(most)
    total = connection.execute(select(func.count()).select_from(entry).where(this)).scalar_one()
    return [_entry(row) for row in connection.execute(found)], total


def _says(connection: Connection, word: str, hidden: Collection[str]) -> ColumnElement[bool]:
    line, told = occurs(connection, word, [entry.c.entry]), occurs(connection, word, [entry.c.reason, entry.c.record])
    if not hidden:
        return line | told
    instead = true() if word.casefold() in NO_RECORD.casefold() else false()
    is_hidden = entry.c.record.in_(sorted(hidden))
    return line | (is_hidden & instead) | (~is_hidden & told)


def mark(connection: Connection, school_id: int) -> tuple[int, int]:
    """Return a mark that differs whenever any entry is made or moves on."""
    newest = select(func.max(entry.c.number)).where(entry.c.school_id == school_id).scalar_subquery()
    last = select(func.max(step.c.id)).scalar_subquery()  # of any school: one look at the end of an index
    row = connection.execute(select(newest, last)).one()
    return int(row[0] or 0), int(row[1] or 0)


def listed(connection: Connection, school_id: int) -> list[RegisterEntry]:
    """Return all that belongs in the filter, oldest first."""
    return in_states(connection, school_id, tuple(LISTED))


def every(connection: Connection, school_id: int) -> list[RegisterEntry]:
    """Return the whole register, oldest first."""
    return _entries(connection, entry.c.school_id == school_id)


def move(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    found: RegisterEntry,
    *,
    to: State,
    event: Event,
    by: int | None,
    at: datetime,
    today: date,
    words: str = "",
) -> bool:
    """Take a step with an entry and write it down. Compare-and-set: False where somebody was quicker."""
    this = (entry.c.school_id == school_id) & (entry.c.number == found.number)
    values: dict[str, Any] = {"state": to, "since": today}
    if to is State.APPLIED:
        values["applied_on"] = today
    moved = connection.execute(
        update(entry).where(this, entry.c.state == found.state).values(**values).returning(entry.c.id)
    ).scalar_one_or_none()
    if moved is None:
        return False
    written = {"school_id": school_id, "entry_id": moved, "event": event, "person_id": by, "at": at, "words": words}
    connection.execute(insert(step).values(**written))
    return True


def steps(connection: Connection, school_id: int, number: int) -> Sequence[Step]:
    """Return what happened to an entry, oldest first."""
    this = (entry.c.school_id == school_id) & (entry.c.number == number)
    rows = connection.execute(
        select(step.c.event, step.c.at, step.c.words, person.c.name)
        .join(entry, entry.c.id == step.c.entry_id)
        .outerjoin(person, person.c.id == step.c.person_id)
        .where(this)
        .order_by(step.c.id)
    )
    return [Step(Event(row.event), row.name or "", row.at, row.words) for row in rows]


def _entries(connection: Connection, which: ColumnElement[bool]) -> list[RegisterEntry]:
    return _ordered(connection.execute(_FOUND.where(which)))


def _in_the_filter(entries: Iterable[RegisterEntry]) -> list[RegisterEntry]:
    # Chosen here: asked for the state too, SQLite reads all that is in the filter rather than those few lines.
    return [each for each in entries if each.state in LISTED]


def _ordered(rows: Iterable[Any]) -> list[RegisterEntry]:
    # Sorted here: asked for the order, SQLite walks through the whole register by number rather than find those few.
    return sorted((_entry(row) for row in rows), key=lambda each: each.number)


def _entry(row: Any) -> RegisterEntry:
    return RegisterEntry(
        number=row.number,
        kind=Kind(row.kind),
        entry=row.entry,
        reason=row.reason,
        record=row.record,
        decided_by=row.name or "school.toml",
        decided_on=row.decided_on,
        expires_on=row.expires_on,
        applied_on=row.applied_on,
        state=State(row.state),
        since=row.since,
        form_id=row.form_id or "",
    )
