"""Messages on their way: put in with the change they tell of, sent afterwards, and kept up to date where they lie."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, func, or_, select, update
from sqlalchemy.engine import Connection

from bot.notices import Notice
from storage.engine import Id, Instant, metadata

WAITING, SENDING, SENT, GIVEN_UP = "waiting", "sending", "sent", "given up"
CLAIM = timedelta(minutes=2)  # whoever claims a message and dies leaves it to the next after this

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("key", String(120), nullable=False),  # says what the message is; never a name
    Column("notice", String(40), nullable=False),
    Column("record", Integer, nullable=False),  # the number of the record that it speaks of
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("claimed_until", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("wanted", Integer, nullable=False, default=1),  # how often what it says has changed
    Column("shown", Integer, nullable=False, default=0),  # which of these people see
    Column("channel", String(40)),
    Column("ts", String(40)),
    Column("trouble", String(60)),  # Slack's word for why it could not be delivered
    UniqueConstraint("school_id", "key"),
    Index("ix_outbox_state_not_before", "state", "not_before"),
    Index("ix_outbox_school_id_notice_record", "school_id", "notice", "record"),
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send or to bring up to date."""

    message_id: int
    school_id: int
    key: str
    notice: Notice
    record: int
    person_id: int
    attempts: int
    wanted: int
    channel: str | None
    ts: str | None
    interrupted: bool  # somebody claimed it and died: it may have been sent


def put(
    connection: Connection,
    school_id: int,
    *,
    key: str,
    notice: Notice,
    record: int,
    person_id: int,
    not_before: datetime,
) -> bool:
    """Put a message in; False where one with this key is there already."""
    # Loaded when asked for: nobody needs both, and PostgreSQL's takes as long as a tenth of the start.
    kind = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    values = {"school_id": school_id, "key": key, "notice": notice, "record": record, "person_id": person_id}
    values |= {"state": WAITING, "not_before": not_before, "attempts": 0, "wanted": 1, "shown": 0}
    done = connection.execute(kind.insert(outbox).values(**values).on_conflict_do_nothing())
    return done.rowcount == 1


def changed(
    connection: Connection,
    school_id: int,
    notices: Iterable[Notice],
    record: int,
    now: datetime,
    *,
    person_id: int | None = None,
) -> None:
    """Have every copy of these messages about a record, or one person's copy, brought up to date."""
    mine = (outbox.c.school_id == school_id) & outbox.c.notice.in_(list(notices)) & (outbox.c.record == record)
    if person_id is not None:
        mine &= outbox.c.person_id == person_id
    connection.execute(update(outbox).where(mine).values(wanted=outbox.c.wanted + 1))
    sent = mine & (outbox.c.state == SENT)
    connection.execute(update(outbox).where(sent).values(state=WAITING, not_before=now, attempts=0))


def claim(connection: Connection, now: datetime, limit: int) -> list[Message]:
    """Take messages that are due, oldest first; nobody else takes the same. Those of a dead sender come back."""
    due = or_(
        (outbox.c.state == WAITING) & (outbox.c.not_before <= now),
        (outbox.c.state == SENDING) & (outbox.c.claimed_until < now),
    )
    rows = connection.execute(
        select(outbox).where(due).order_by(outbox.c.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if rows:
        taken = outbox.c.id.in_([row.id for row in rows])
        values = {"state": SENDING, "claimed_until": now + CLAIM, "attempts": outbox.c.attempts + 1}
        connection.execute(update(outbox).where(taken).values(**values))
    return [_message(row) for row in rows]


def sent(connection: Connection, message: Message, *, channel: str, ts: str) -> None:
    """Note where a message lies. If what it says has changed meanwhile, it is due again at once."""
    this = outbox.c.id == message.message_id
    connection.execute(
        update(outbox).where(this).values(channel=channel, ts=ts, shown=message.wanted, state=SENT, trouble=None)
    )
    connection.execute(update(outbox).where(this, outbox.c.wanted > outbox.c.shown).values(state=WAITING))


def put_off(connection: Connection, message: Message, *, until: datetime, trouble: str) -> None:
    """Try again later."""
    values = {"state": WAITING, "not_before": until, "trouble": trouble}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def give_up(connection: Connection, message: Message, *, trouble: str) -> None:
    """Stop trying, and keep why."""
    values = {"state": GIVEN_UP, "trouble": trouble}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def undelivered(connection: Connection, school_id: int) -> list[tuple[Notice, int, int]]:
    """Return (notice, record, person id) of every message that was given up on."""
    rows = connection.execute(
        select(outbox.c.notice, outbox.c.record, outbox.c.person_id)
        .where(outbox.c.school_id == school_id, outbox.c.state == GIVEN_UP)
        .order_by(outbox.c.id)
    )
    return [(Notice(row.notice), row.record, row.person_id) for row in rows]


def waiting(connection: Connection) -> int:
    """Return how many messages are still to be sent or brought up to date."""
    still = outbox.c.state.in_([WAITING, SENDING])
    return int(connection.execute(select(func.count()).select_from(outbox).where(still)).scalar_one())


def _message(row: Any) -> Message:
    return Message(
        message_id=row.id,
        school_id=row.school_id,
        key=row.key,
        notice=Notice(row.notice),
        record=row.record,
        person_id=row.person_id,
        attempts=row.attempts + 1,
        wanted=row.wanted,
        channel=row.channel,
        ts=row.ts,
        interrupted=row.state == SENDING,
    )
