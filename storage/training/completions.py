"""The training register: completions. Append-only; a correction is a row of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.engine import Connection

from bot.rules.school import Training
from bot.rules.training import Completion, Subject
from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new

# When the school set a kind up: nobody can have been late before that. A kind that is removed keeps its row.
kind_table = Table(
    "training_kind",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("noted_on", Date, nullable=False),
)

completion = Table(
    "training_completion",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind_key", String(40), nullable=False),
    Column("kind_name", String(100), nullable=False),  # as it was called then: the kind may be renamed or removed
    Column("person_id", Id, ForeignKey("person.id")),  # neither person nor class: the school's parents
    Column("class_name", String(100), nullable=False, default=""),
    Column("done_on", Date),  # empty: a correction that says that it did not take place
    Column("provider", String(200), nullable=False),
    Column("recorded_by", Id, ForeignKey("person.id")),  # empty: imported on the machine
    Column("recorded_at", Instant, nullable=False),
    Column("form_id", String(300), nullable=False),  # what Slack called the form: sent twice is recorded once
    Column("voids", Id, ForeignKey("training_completion.id"), unique=True),  # the entry that this one corrects
    Column("why", Text, nullable=False, default=""),
    UniqueConstraint("school_id", "form_id"),
    Index("ix_training_completion_school_id_kind_key", "school_id", "kind_key"),
    Index("ix_training_completion_person_id", "person_id"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the register as it was recorded."""

    entry_id: int
    kind_key: str
    kind_name: str
    subject: Subject
    done_on: date | None
    provider: str
    recorded_by: int | None
    recorded_at: datetime
    voids: int | None
    why: str


def _voided(school_id: Any) -> Any:
    return select(completion.c.voids).where(completion.c.school_id == school_id, completion.c.voids.is_not(None))


# Asked at every tick of every school.
_OF_SCHOOL = bindparam("of_school", type_=Id)
_KINDS = select(kind_table.c.key, kind_table.c.noted_on).where(kind_table.c.school_id == _OF_SCHOOL)
_STANDING = (
    select(completion.c.kind_key, completion.c.person_id, completion.c.class_name, completion.c.done_on)
    .where(completion.c.school_id == _OF_SCHOOL, completion.c.done_on.is_not(None))
    .where(completion.c.id.not_in(_voided(_OF_SCHOOL)))
    .distinct()
)
_STANDING_OF_ONE = _STANDING.where(or_(completion.c.person_id == bindparam("person"), completion.c.person_id.is_(None)))


def noted_kinds(connection: Connection, school_id: int) -> dict[str, date]:
    """Return key → since when the school has each kind of training, as far as that was written down."""
    return {row.key: row.noted_on for row in connection.execute(_KINDS, {"of_school": school_id})}


def note_kinds(connection: Connection, school_id: int, keys: Iterable[str], today: date) -> None:
    """Write down since when the school has each kind, if that is not known yet."""
    known = noted_kinds(connection, school_id)
    new: list[dict[str, Any]] = [
        {"school_id": school_id, "key": key, "noted_on": today} for key in keys if key not in known
    ]
    if new:
        # Two processes may meet a new kind at once.
        connection.execute(insert_if_new(connection.dialect.name, kind_table), new)


def add(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    kind: Training,
    subject: Subject,
    *,
    done_on: date | None,
    provider: str,
    recorded_by: int | None,
    at: datetime,
    form_id: str,
    voids: int | None = None,
    why: str = "",
) -> int | None:
    """Append an entry; returns its id, None where this very form has recorded it already."""
    values = {"school_id": school_id, "kind_key": kind.key, "kind_name": kind.name, "done_on": done_on}
    values |= {"person_id": subject.person_id, "class_name": subject.class_name, "provider": provider}
    values |= {"recorded_by": recorded_by, "recorded_at": at, "form_id": form_id, "voids": voids, "why": why}
    statement = insert_if_new(connection.dialect.name, completion).values(**values).returning(completion.c.id)
    made = connection.execute(statement).scalar_one_or_none()
    return None if made is None else int(made)


def of_form(connection: Connection, school_id: int, form_id: str) -> Entry | None:
    """Return the entry that this very form has made, if it was delivered before."""
    mine = (completion.c.school_id == school_id) & (completion.c.form_id == form_id)
    row = connection.execute(select(completion).where(mine)).one_or_none()
    return _entry(row) if row else None


def recorded_by_forms(connection: Connection, school_id: int, form_ids: Collection[str]) -> int:
    """Return how many entries these forms have made, if they were delivered before."""
    mine = (completion.c.school_id == school_id) & completion.c.form_id.in_(list(form_ids))
    return int(connection.execute(select(func.count()).where(mine)).scalar_one())


def get(connection: Connection, school_id: int, entry_id: int) -> Entry | None:
    """Return one entry."""
    mine = (completion.c.school_id == school_id) & (completion.c.id == entry_id)
    row = connection.execute(select(completion).where(mine)).one_or_none()
    return _entry(row) if row else None


def standing(connection: Connection, school_id: int, person_id: int | None = None) -> list[Completion]:
    """Return what counts: every completion that no later entry corrects; of one person and of all classes, perhaps."""
    if person_id is None:
        rows = connection.execute(_STANDING, {"of_school": school_id})
    else:
        rows = connection.execute(_STANDING_OF_ONE, {"of_school": school_id, "person": person_id})
    return [Completion(key, Subject(person, class_name), done_on) for key, person, class_name, done_on in rows]


def entries(connection: Connection, school_id: int) -> list[Entry]:
    """Return everything ever recorded, corrections and what they correct included, oldest first."""
    mine = completion.c.school_id == school_id
    return [_entry(row) for row in connection.execute(select(completion).where(mine).order_by(completion.c.id))]


def counted(connection: Connection, school_id: int) -> dict[str, tuple[str, int]]:
    """Return kind key → (the name that it had last, how many completions count), of every kind ever recorded."""
    mine = (completion.c.school_id == school_id) & completion.c.done_on.is_not(None)
    mine &= completion.c.id.not_in(_voided(school_id))
    rows = connection.execute(
        select(completion.c.kind_key, completion.c.kind_name, func.count().label("records"))
        .where(mine)
        .group_by(completion.c.kind_key, completion.c.kind_name)
        .order_by(func.max(completion.c.id))
    )
    found: dict[str, tuple[str, int]] = {}
    for row in rows:
        found[row.kind_key] = (row.kind_name, row.records + found.get(row.kind_key, ("", 0))[1])
    return found


def recorded_between(connection: Connection, school_id: int, first: datetime, before: datetime) -> int:
    """Return how many completions that count were recorded from one instant until before another."""
    mine = (completion.c.school_id == school_id) & completion.c.done_on.is_not(None)
    mine &= (completion.c.recorded_at >= first) & (completion.c.recorded_at < before)
    counted = select(func.count()).where(mine, completion.c.id.not_in(_voided(school_id)))
    return int(connection.execute(counted).scalar_one())


def newest(connection: Connection, school_id: int, subject: Subject, limit: int) -> list[Entry]:
    """Return the newest entries about one subject that count."""
    mine = (completion.c.school_id == school_id) & _about(subject)
    mine &= completion.c.done_on.is_not(None) & completion.c.id.not_in(_voided(school_id))
    rows = connection.execute(select(completion).where(mine).order_by(completion.c.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


def numbers_about(connection: Connection, school_id: int, subjects: Iterable[Subject]) -> list[int]:
    """Return the numbers of all entries about some subjects, corrected ones too."""
    about = [_about(each) for each in subjects]
    rows = connection.execute(select(completion.c.id).where(completion.c.school_id == school_id, or_(*about)))
    return [int(row.id) for row in rows]


def of_numbers(connection: Connection, school_id: int, numbers: Collection[int]) -> tuple[dict[int, Entry], set[int]]:
    """Return number → entry, and the numbers of those that a later entry corrects."""
    mine = (completion.c.school_id == school_id) & completion.c.id.in_(list(numbers))
    corrects = (completion.c.school_id == school_id) & completion.c.voids.in_(list(numbers))
    found = [_entry(row) for row in connection.execute(select(completion).where(mine))]
    voided = connection.execute(select(completion.c.voids).where(corrects))
    return {each.entry_id: each for each in found}, {int(row.voids) for row in voided}


def _about(subject: Subject) -> Any:
    person = completion.c.person_id
    whose = person.is_(None) if subject.person_id is None else person == subject.person_id
    return whose & (completion.c.class_name == subject.class_name)


def _entry(row: Any) -> Entry:
    return Entry(
        entry_id=row.id,
        kind_key=row.kind_key,
        kind_name=row.kind_name,
        subject=Subject(row.person_id, row.class_name),
        done_on=row.done_on,
        provider=row.provider,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
        voids=row.voids,
        why=row.why,
    )
