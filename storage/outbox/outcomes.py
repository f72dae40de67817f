"""What became of messages: whom they reached and whom not, what still waits, what was given up on. Only read here."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, case, exists, func, or_, select
from sqlalchemy.engine import Connection

from bot.notices import Notice
from storage.outbox.queue import GIVEN_UP, SENDING, WAITING, outbox
from storage.statements.prepared import Prepared


def unsent(connection: Connection, school_id: int, notice: Notice) -> dict[int, int]:
    """Return person → record of the messages of one kind that no front has taken yet."""
    still = (outbox.c.school_id == school_id) & (outbox.c.notice == notice) & outbox.c.state.in_([WAITING, SENDING])
    rows = connection.execute(select(outbox.c.person_id, outbox.c.record).where(still, outbox.c.message.is_(None)))
    return {row.person_id: row.record for row in rows}


def undelivered(connection: Connection, school_id: int) -> list[tuple[Notice, int, int]]:
    """Return (notice, record, person id) of every message that was given up on."""
    rows = connection.execute(
        select(outbox.c.notice, outbox.c.record, outbox.c.person_id)
        .where(outbox.c.school_id == school_id, outbox.c.state == GIVEN_UP)
        .order_by(outbox.c.id)
    )
    return [(Notice(row.notice), row.record, row.person_id) for row in rows]


_LATER = outbox.alias("later")
_REACHED = exists().where(_LATER.c.id > outbox.c.id, _LATER.c.person_id == outbox.c.person_id, _LATER.c.shown > 0)
# Asked by every gate: with the settings' number, all that it asks where the staff is in memory.
_UNREACHED = Prepared(
    select(outbox.c.person_id, outbox.c.notice)
    # "+ 0": by the school alone SQLite would read all messages that ever were, by the state it reads these few.
    .where(outbox.c.state == GIVEN_UP, outbox.c.school_id + 0 == bindparam("of_school"), ~_REACHED)
    .distinct()
)


def unreached(connection: Connection, school_id: int, *, leave_out: Collection[Notice] = ()) -> set[int]:
    """Return the people for whom a message was given up on and whom none has reached since.

    `leave_out`: kinds of messages of which nobody else may learn.
    """
    found = _UNREACHED.rows(connection, of_school=school_id)
    return {person_id for person_id, notice in found if notice not in leave_out}


def recipients(connection: Connection, school_id: int, notice: Notice, record: int, since: datetime) -> set[int]:
    """Return who has been told of a record by one kind of message from an instant on, or is about to be."""
    mine = (outbox.c.school_id == school_id) & (outbox.c.notice == notice) & (outbox.c.record == record)
    found = select(outbox.c.person_id).where(mine, outbox.c.not_before >= since, outbox.c.state != GIVEN_UP)
    return set(connection.execute(found).scalars())


def told_since(connection: Connection, school_id: int, notice: Notice, since: datetime) -> dict[int, set[int]]:
    """Return record → who has been told of it by one kind of message from an instant on, or is about to be."""
    mine = (outbox.c.school_id == school_id) & (outbox.c.notice == notice) & (outbox.c.not_before >= since)
    found: dict[int, set[int]] = {}
    for row in connection.execute(select(outbox.c.record, outbox.c.person_id).where(mine)):
        found.setdefault(row.record, set()).add(row.person_id)
    return found


def waiting(connection: Connection) -> int:
    """Return how many messages are still to be sent or brought up to date."""
    still = outbox.c.state.in_([WAITING, SENDING])
    return int(connection.execute(select(func.count()).select_from(outbox).where(still)).scalar_one())


class Waiting(NamedTuple):
    """A message that is due and not sent. `due_at`: since when, or when it is to be tried again."""

    due_at: datetime
    tries: int
    trouble: str


def oldest_waiting(connection: Connection, now: datetime) -> Waiting | None:
    """Return the message that has waited longest of those that are due, or that were tried and put off."""
    still = outbox.c.state.in_([WAITING, SENDING]) & or_(outbox.c.not_before <= now, outbox.c.trouble != "")
    oldest = select(outbox).where(still).order_by(outbox.c.attempts.desc(), outbox.c.not_before).limit(1)
    row = connection.execute(oldest).first()
    return Waiting(row.not_before, row.attempts, row.trouble or "") if row else None


def given_up(connection: Connection, since: datetime) -> tuple[int, int]:
    """Return how many messages were given up on, and how many of those were to be sent from an instant on."""
    lately = func.sum(case((outbox.c.not_before >= since, 1), else_=0))
    row = connection.execute(select(func.count(), lately).where(outbox.c.state == GIVEN_UP)).one()
    return int(row[0]), int(row[1] or 0)
