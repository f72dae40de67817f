"""What somebody asks permission for: the form of a record on the spine, and the conditions of a Yes."""

from datetime import date

from sqlalchemy import Column, Date, ForeignKey, Index, Text, select
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


def may_post(connection: Connection, school_id: int, day: date) -> dict[int, list[tuple[int, str]]]:
    """Return place → who is permitted to post there on a day, each as (person, "PR-5")."""
    form = permissions.table.c
    found: dict[int, list[tuple[int, str]]] = {}
    holds = (form.school_id == school_id) & (form.first_on <= day) & (form.last_on >= day)
    rows = (
        select(form.surface_id, record.c.asker_id, record.c.kind, record.c.number)
        .join(record, record.c.id == form.record_id)
        .where(holds, form.surface_id.is_not(None), record.c.state == State.PERMITTED)
    )
    for surface_id, person_id, kind, number in connection.execute(rows.order_by(record.c.id)):
        found.setdefault(surface_id, []).append((person_id, f"{kind}-{number}"))
    return found
