"""The audit trail: append-only, each entry sealed with the one before it.

An entry names a thing that happened and a record's number: never a pupil, a reason, an address or a file.
"""

import hashlib
import json
from datetime import datetime
from functools import cache

from sqlalchemy import Column, ForeignKey, Integer, String, Table, bindparam, func, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new
from storage.statements.prepared import Prepared

GENESIS = "0" * 64

audit = Table(
    "audit",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor_id", Id, ForeignKey("person.id")),  # empty: the command line or the timetable
    Column("action", String(60), nullable=False),
    Column("record", String(60), nullable=False),
    Column("seal", String(64), nullable=False),
)

_LAST = Prepared(
    select(audit.c.seq, audit.c.seal)
    .where(audit.c.school_id == bindparam("of_school"))
    .order_by(audit.c.seq.desc())
    .limit(1)
)


# A trail is read entry by entry, however long it is: the driver would fetch all of it first.
_WHOLE = (
    select(audit.c.seq, audit.c.at, audit.c.actor_id, audit.c.action, audit.c.record, audit.c.seal)
    .where(audit.c.school_id == bindparam("of_school"))
    .order_by(audit.c.seq)
    .execution_options(yield_per=1000)
)


def newest(connection: Connection, school_id: int) -> str:
    """Return the seal of a school's newest entry: it differs whenever anything has been changed at the school."""
    last = _LAST.rows(connection, of_school=school_id)
    return str(last[0][1]) if last else GENESIS


@cache
def _add(kind: str) -> Prepared:
    return Prepared(insert_if_new(kind, audit).values({each.name: bindparam(each.name) for each in audit.c}))


def append(
    connection: Connection, school_id: int, *, at: datetime, actor_id: int | None, action: str, record: str
) -> None:
    """Add one entry to a school's trail."""
    while True:
        last = _LAST.rows(connection, of_school=school_id)
        seq, before = (last[0][0] + 1, last[0][1]) if last else (1, GENESIS)
        entry = {"school_id": school_id, "seq": seq, "actor_id": actor_id, "action": action, "record": record}
        # Two changes at once read the same last entry. The second one waits here until the first is committed, finds
        # its number taken and reads again; if the first is undone, the number and the seal are right.
        if _add(connection.dialect.name).run(connection, **entry, at=at, seal=_seal(before, at=at, **entry)):
            return


def first_broken(connection: Connection, school_id: int) -> int | None:
    """Return the number of the first entry that was altered or follows a removed one; None: all whole.

    Within a transaction: on PostgreSQL it is read through a server-side cursor.
    """
    before, expected = GENESIS, 1
    with connection.execute(_WHOLE, {"of_school": school_id}) as trail:
        for seq, at, actor_id, action, record, seal in trail:
            entry = {"school_id": school_id, "seq": seq, "actor_id": actor_id, "action": action, "record": record}
            if seq != expected or seal != _seal(before, at=at, **entry):
                return int(seq)
            before, expected = seal, seq + 1
    return None


def count(connection: Connection, school_id: int) -> int:
    """Return how many entries a school's trail has."""
    found = select(func.count()).select_from(audit).where(audit.c.school_id == school_id)
    return int(connection.execute(found).scalar_one())


def entries(connection: Connection, school_id: int) -> list[tuple[str, str]]:
    """Return (action, record) of every entry, oldest first."""
    rows = connection.execute(
        select(audit.c.action, audit.c.record).where(audit.c.school_id == school_id).order_by(audit.c.seq)
    )
    return [(row.action, row.record) for row in rows]


def _seal(before: str, *, at: datetime, **entry: object) -> str:
    told = json.dumps([before, at.isoformat(), entry], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
