"""What somebody asks permission for: the form of a record on the spine, and the conditions of a Yes."""

from datetime import date

from sqlalchemy import Column, Date, ForeignKey, Index, Text, bindparam, select
from sqlalchemy.engine import Connection

from bot.rules.permissions import Form, State
from storage.engine import Id
from storage.records import record
from storage.spine.record_forms import FormTable

permissions = FormTable(
    "permission",
    Column("purpose", Text, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("conditions", Text, nullable=False, default=""),
    Column("surface_id", Id, ForeignKey("surface.id")),  # where to post; empty: something else is asked for
    Index("ix_permission_school_id_last_on", "school_id", "last_on"),
    read=Form,
)


_FORM = permissions.table.c
_MAY_POST = (
    select(_FORM.surface_id, record.c.asker_id, record.c.kind, record.c.number)
    .join(record, record.c.id == _FORM.record_id)
    .where(
        _FORM.school_id == bindparam("of_school"),
        _FORM.first_on <= bindparam("day"),
        _FORM.last_on >= bindparam("day"),
        _FORM.surface_id.is_not(None),
        record.c.state == State.PERMITTED,
    )
    .order_by(record.c.id)
)


def may_post(connection: Connection, school_id: int, day: date) -> dict[int, list[tuple[int, str]]]:
    """Return place → who is permitted to post there on a day, each as (person, "PR-5")."""
    found: dict[int, list[tuple[int, str]]] = {}
    for surface_id, person_id, kind, number in connection.execute(_MAY_POST, {"of_school": school_id, "day": day}):
        found.setdefault(surface_id, []).append((person_id, f"{kind}-{number}"))
    return found
