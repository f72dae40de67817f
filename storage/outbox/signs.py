"""Signs of life, for whoever watches over Lanyard: when it last heard of Slack, and when the timetable last came round.

Two rows beside the check value of the key, in a table that has room for them: no more is kept than the newest instant.
"""

import enum
from datetime import UTC, datetime

from sqlalchemy import Column, Integer, MetaData, String, Table, select, text, update
from sqlalchemy.engine import Connection

from storage.statements.inserts import insert_if_new

# As `storage.keys` declares it, which lies above: no layer looks up.
_kept = Table("sealing_check", MetaData(), Column("id", Integer, primary_key=True), Column("value", String(64)))


class Sign(enum.IntEnum):
    """What is noted; its number is the row's. 1 and 2 are the key's."""

    SLACK = 3
    TICK = 4


def note(connection: Connection, sign: Sign, at: datetime) -> None:
    """Note that something happened at an instant; several processes may, and the newest stays."""
    said = at.astimezone(UTC).isoformat(timespec="seconds")
    connection.execute(insert_if_new(connection.dialect.name, _kept).values(id=sign.value, value=said))
    connection.execute(update(_kept).where(_kept.c.id == sign.value, _kept.c.value < said).values(value=said))


def noted(connection: Connection, sign: Sign) -> datetime | None:
    """Return when something happened last; None: never, or before it was noted."""
    found = connection.execute(select(_kept.c.value).where(_kept.c.id == sign.value)).scalar_one_or_none()
    return datetime.fromisoformat(found) if found else None


def size(connection: Connection) -> int:
    """Return how much room the database takes, in bytes."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
