"""How many records of a kind there were, and when they were decided: for the week and for the overview."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from storage import records
from storage.records import Record, record


def counted(
    connection: Connection, school_id: int, kind: str, states: Collection[str], first: datetime, before: datetime
) -> tuple[int, int]:
    """Return how many were asked, and how many came into one of these states, from one instant until before another."""
    mine = (record.c.school_id == school_id) & (record.c.kind == kind)
    # By when it was asked, not by its kind: of a kind there may be a hundred thousand.
    of_kind = (record.c.school_id == school_id) & (func.coalesce(record.c.kind, "") == kind)
    asked = of_kind & (record.c.asked_at >= first) & (record.c.asked_at < before)
    moved = mine & record.c.state.in_(list(states)) & (record.c.waits_since >= first) & (record.c.waits_since < before)
    both = [select(func.count()).select_from(record).where(which).scalar_subquery() for which in (asked, moved)]
    row = connection.execute(select(*both)).one()
    return int(row[0]), int(row[1])


def moved(connection: Connection, school_id: int, kind: str, since: datetime) -> list[tuple[datetime, str, datetime]]:
    """Return (asked at, state, since when it stands so) of what was asked from an instant on."""
    mine = (record.c.school_id == school_id) & (func.coalesce(record.c.kind, "") == kind)
    mine &= record.c.asked_at >= since
    rows = connection.execute(select(record.c.asked_at, record.c.state, record.c.waits_since).where(mine))
    return [(row.asked_at, row.state, row.waits_since) for row in rows]


def since(
    connection: Connection,
    school_id: int,
    kind: str,
    waiting: Collection[str],
    others: Collection[str],
    instant: datetime,
    which: ColumnElement[bool] | None = None,
) -> list[Record]:
    """Return what has come into one of the `others` from an instant on, and what still waits. `which`: may be seen."""
    of_kind = (record.c.kind == kind) if which is None else (record.c.kind == kind) & which
    # Asked one after the other: asked for "or", SQLite reads all that there are.
    waits = records.unordered(connection, school_id, of_kind & record.c.state.in_(list(waiting)))
    states = record.c.state.in_(list(others)) & (record.c.waits_since >= instant)
    changed = records.unordered(connection, school_id, of_kind & states)
    return sorted((*waits, *changed), key=lambda each: (each.asked_at, each.number))
