"""Staff: who works here, which roles they hold, which classes they teach."""

from collections import namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.people import Person, Standing
from bot.rules.school import SLACK, Role
from storage import school as school_storage
from storage.engine import Database, Id, Instant, metadata
from storage.school import school
from storage.statements.prepared import Prepared, Row

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("email", String(254), nullable=False),  # lower case; "" never
    Column("name", String(200), nullable=False),
    Column("job", String(200), nullable=False, default=""),
    Column("started_on", Date),
    Column("account", String(255)),  # the front's own id of this person
    Column("front", String(20), nullable=False, default=SLACK),
    Column("standing", String(20), nullable=False, default=Standing.STAFF),
    Column("checked_at", Instant),
    Column("same_as", Id, ForeignKey("person.id")),  # who this turned out to be: all that was theirs is there now
    Column("perhaps", Id, ForeignKey("person.id")),  # who had the address before: the office is asked if it is the same
    UniqueConstraint("school_id", "email"),
    UniqueConstraint("school_id", "account", "front"),
)

role_holder = Table(
    "role_holder",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("email", String(254), primary_key=True),  # by address: a role may be given before the person is known
    Column("role", String(40), primary_key=True),
)

teaches = Table(
    "teaches",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Column("class_name", String(100), primary_key=True),
)

# One statement for every request: the person, the roles and the versions of what is kept in memory.
_WHO = (
    select(
        person.c.id,
        person.c.name,
        person.c.email,
        person.c.account,
        person.c.front,
        person.c.standing,
        person.c.checked_at,
        person.c.perhaps,
        role_holder.c.role,
        school.c.id.label("school_id"),
        school.c.settings_version,
        school.c.roll_version,
        teaches.c.class_name,
    )
    .select_from(person)
    .join(school, school.c.id == person.c.school_id)
    .outerjoin(role_holder, and_(role_holder.c.school_id == person.c.school_id, role_holder.c.email == person.c.email))
    .outerjoin(teaches, teaches.c.person_id == person.c.id)
)
_BY_SLACK_USER = Prepared(
    _WHO.where(school.c.workspace == bindparam("team"), school.c.front == SLACK).where(
        person.c.account == bindparam("slack_user"), person.c.front == SLACK
    )
)

Known = tuple[Person, int, int, int]  # person, school_id, settings_version, roll_version


def who_asks(database: Database, team_id: str, slack_user: str) -> Known | None:
    """Return who is behind a Slack account, known or once known: the first thing that every request needs."""
    with database.read() as connection:
        return by_slack_user(connection, team_id, slack_user)


def by_slack_user(connection: Connection, team_id: str, slack_user: str) -> Known | None:
    """Return what `who_asks` returns, within a transaction."""
    return _known(_BY_SLACK_USER.rows(connection, team=team_id, slack_user=slack_user))


_EVERY = _WHO.where(person.c.school_id == bindparam("of_school"), person.c.same_as.is_(None)).order_by(
    person.c.name, person.c.id
)
_FIRST_DAYS = select(person.c.id, person.c.started_on).where(person.c.school_id == bindparam("of_school"))
_WhoRow = namedtuple("_WhoRow", [column.key for column in _WHO.selected_columns])  # type: ignore[misc]


def _known(found: Sequence[Row]) -> Known | None:
    if not found:
        return None
    rows: list[Any] = [_WhoRow(*row) for row in found]
    first = rows[0]
    return _person(rows), first.school_id, first.settings_version, first.roll_version


def by_email(connection: Connection, school_id: int, email: str) -> Person | None:
    """Return the person with this e-mail address."""
    found = connection.execute(_WHO.where(person.c.school_id == school_id, person.c.email == email.lower())).all()
    return _person(found) if found else None


def every(connection: Connection, school_id: int) -> list[Person]:
    """Return everybody known, leavers too, by name; a person who turned out to be another is there as that one only."""
    grouped: dict[int, list[Any]] = {}
    for row in connection.execute(_EVERY, {"of_school": school_id}):
        grouped.setdefault(row.id, []).append(row)
    return [_person(group) for group in grouped.values()]


def names(connection: Connection, school_id: int) -> dict[int, str]:
    """Return person id → name, leavers too: an old record still says who made it."""
    rows = connection.execute(select(person.c.id, person.c.name).where(person.c.school_id == school_id))
    return {row.id: row.name for row in rows}


def first_days(connection: Connection, school_id: int) -> dict[int, date | None]:
    """Return person id → first day at the school, None where the staff list does not say."""
    return {row.id: row.started_on for row in connection.execute(_FIRST_DAYS, {"of_school": school_id})}


def first_day(connection: Connection, school_id: int, person_id: int) -> date | None:
    """Return one person's first day at the school, None where the staff list does not say."""
    mine = (person.c.school_id == school_id) & (person.c.id == person_id)
    found: date | None = connection.execute(select(person.c.started_on).where(mine)).scalar_one_or_none()
    return found


Facts = tuple[str, str, date | None, tuple[str, ...]]  # name, job, started on, classes


@dataclass(frozen=True, slots=True)
class StaffRow:
    """What the staff list says of somebody, as recorded."""

    person_id: int
    facts: Facts
    is_listed: bool  # False: a role in school.toml is all that is known of them


def staff_record(connection: Connection, school_id: int) -> dict[str, StaffRow]:
    """Return e-mail address → what the staff list says, to compare an import with."""
    classes: dict[int, list[str]] = {}
    mine = select(teaches).where(teaches.c.school_id == school_id).order_by(teaches.c.class_name)
    for row in connection.execute(mine):
        classes.setdefault(row.person_id, []).append(row.class_name)
    rows = connection.execute(select(person).where(person.c.school_id == school_id, person.c.same_as.is_(None)))
    return {
        row.email: StaffRow(
            row.id,
            (row.name, row.job, row.started_on, tuple(sorted(classes.get(row.id, ())))),
            is_listed=row.account is not None or row.standing != Standing.OUTSIDER,
        )
        for row in rows
    }


def add(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    *,
    email: str,
    name: str,
    job: str = "",
    started_on: date | None = None,
    account: str | None = None,
    standing: Standing = Standing.STAFF,
    checked_at: datetime | None = None,
) -> int:
    """Insert a person; returns the id."""
    values = {
        "school_id": school_id,
        "email": email.lower(),
        "name": name,
        "job": job,
        "started_on": started_on,
        "account": account,
        "standing": standing,
        "checked_at": checked_at,
    }
    school_storage.staff_changed(connection, school_id)
    return int(connection.execute(insert(person).values(**values).returning(person.c.id)).scalar_one())


def change(connection: Connection, school_id: int, person_id: int, **values: Any) -> None:
    """Change columns of a person."""
    school_storage.staff_changed(connection, school_id)
    connection.execute(update(person).where(person.c.id == person_id).values(**values))


def checked(connection: Connection, person_id: int, at: datetime) -> None:
    """Note when Slack was asked about a person last. Nobody keeps that in memory."""
    connection.execute(update(person).where(person.c.id == person_id).values(checked_at=at))


def classes(connection: Connection, person_id: int) -> list[str]:
    """Return which classes the staff list gives to somebody, whatever they may do with them now."""
    mine = select(teaches.c.class_name).where(teaches.c.person_id == person_id).order_by(teaches.c.class_name)
    return list(connection.execute(mine).scalars())


def set_classes(connection: Connection, school_id: int, person_id: int, classes: Iterable[str]) -> None:
    """Replace the classes that a person teaches."""
    school_storage.staff_changed(connection, school_id)
    connection.execute(delete(teaches).where(teaches.c.person_id == person_id))
    rows = [{"school_id": school_id, "person_id": person_id, "class_name": name} for name in classes]
    if rows:
        connection.execute(insert(teaches), rows)


def roles(connection: Connection, school_id: int) -> set[tuple[str, str]]:
    """Return every (e-mail address, role)."""
    rows = connection.execute(
        select(role_holder.c.email, role_holder.c.role).where(role_holder.c.school_id == school_id)
    )
    return {(row.email, row.role) for row in rows}


def set_roles(connection: Connection, school_id: int, holders: set[tuple[str, str]]) -> None:
    """Replace who holds which role."""
    school_storage.staff_changed(connection, school_id)
    connection.execute(delete(role_holder).where(role_holder.c.school_id == school_id))
    rows = [{"school_id": school_id, "email": email, "role": role} for email, role in sorted(holders)]
    if rows:
        connection.execute(insert(role_holder), rows)


def _person(rows: Any) -> Person:
    first = rows[0]
    # While nobody knows whether this is whoever had the address before, nothing of either is kept.
    mine = () if first.perhaps else rows
    return Person(
        person_id=first.id,
        name=first.name,
        email=first.email,
        account=first.account,
        standing=Standing(first.standing),
        roles=frozenset({Role.STAFF, *(Role(row.role) for row in mine if row.role)}),
        classes=tuple(sorted({row.class_name for row in mine if row.class_name})),
        checked_at=first.checked_at,
        front=first.front,
        perhaps=first.perhaps,
    )


def by_id(connection: Connection, school_id: int, person_id: int) -> Person | None:
    """Return one person of a school."""
    found = connection.execute(_WHO.where(person.c.school_id == school_id, person.c.id == person_id)).all()
    return _person(found) if found else None


def facts(connection: Connection, person_id: int) -> tuple[str, date | None]:
    """Return (job, first day) of one person, as the staff list has them."""
    row = connection.execute(select(person.c.job, person.c.started_on).where(person.c.id == person_id)).one()
    return row.job, row.started_on


def change_address(connection: Connection, school_id: int, who: Person, email: str) -> None:
    """Give a person a new e-mail address; their roles go with them."""
    school_storage.staff_changed(connection, school_id)
    connection.execute(update(person).where(person.c.id == who.person_id).values(email=email))
    move_roles(connection, school_id, who.email, email)


def move_roles(connection: Connection, school_id: int, was: str, now: str) -> None:
    """Have the roles of one address held by another, which may hold some of them already."""
    if was == now:
        return
    school_storage.staff_changed(connection, school_id)
    held = roles(connection, school_id)
    missing = {role for email, role in held if email == was} - {role for email, role in held if email == now}
    rows = [{"school_id": school_id, "email": now, "role": role} for role in sorted(missing)]
    if rows:
        connection.execute(insert(role_holder), rows)
    connection.execute(delete(role_holder).where(role_holder.c.school_id == school_id, role_holder.c.email == was))
