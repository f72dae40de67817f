"""Which roles were given and taken away, when and by whom: append-only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, insert, select
from sqlalchemy.engine import Connection

from bot.rules.school import Role
from bot.rules.staff.role_changes import Event
from storage import school
from storage.engine import Id, Instant, metadata
from storage.people.people import role_holder

role_change = Table(
    "role_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False, index=True),
    Column("email", String(254), nullable=False),  # by address, as roles are
    Column("role", String(40), nullable=False),
    Column("event", String(10), nullable=False),
    Column("changed_by", Id, ForeignKey("person.id")),  # empty: setup, on the school's machine
    Column("at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True)
class RoleChange:
    """One change of one role. `changed_by`: None for setup."""

    email: str
    role: Role
    event: Event
    changed_by: int | None
    at: datetime


def make(connection: Connection, school_id: int, change: RoleChange) -> int:
    """Give a role, or take it away, and append that it was; returns its number."""
    held = {"school_id": school_id, "email": change.email, "role": change.role}
    mine = (role_holder.c.school_id == school_id) & (role_holder.c.email == change.email)
    connection.execute(delete(role_holder).where(mine, role_holder.c.role == change.role))
    if change.event is Event.GIVEN:
        connection.execute(insert(role_holder).values(**held))
    school.staff_changed(connection, school_id)
    values = {**held, "event": change.event, "changed_by": change.changed_by, "at": change.at}
    return int(connection.execute(insert(role_change).values(**values).returning(role_change.c.id)).scalar_one())


def get(connection: Connection, school_id: int, number: int) -> RoleChange | None:
    """Return one change."""
    mine = (role_change.c.school_id == school_id) & (role_change.c.id == number)
    row = connection.execute(select(role_change).where(mine)).first()
    return RoleChange(row.email, Role(row.role), Event(row.event), row.changed_by, row.at) if row else None
