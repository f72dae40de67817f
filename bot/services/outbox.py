"""What the sender asks of the outbox: each of these is one short transaction."""

import enum
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy.engine import Connection

from bot.clock import Now
from bot.context import Context, Transaction
from bot.notices import Notice
from bot.rules.people import Actor
from bot.rules.turns import Line
from bot.services.features import NAMED, REACTIONS
from storage import school
from storage.engine import Database
from storage.outbox import queue, reminders
from storage.outbox.queue import Message
from storage.people import people


def claim(
    database: Database, now: datetime, limit: int, *, busy: Collection[int], closed: Collection[int]
) -> list[Message]:
    """Take messages that are due, one for each person. `busy`: people, `closed`: schools to pass over. Raises Busy."""
    with database.look() as connection:  # an idle sender keeps nobody waiting
        if not queue.has_due(connection, now):
            return []
    with database.begin() as connection:
        return queue.claim(connection, now, limit, busy=busy, closed=closed)


def release(database: Database, messages: Sequence[Message], now: datetime) -> None:
    """Give claimed messages back untried. Raises Busy."""
    with database.begin() as connection:
        queue.release(connection, messages, now)


def recipient(database: Database, now: Now, message: Message) -> Context | None:
    """Return the context of the person to whom a message goes; None where there is no such person."""
    with database.read() as connection:
        found = school.get(connection, message.school_id)
        person = people.by_id(connection, message.school_id, message.person_id)
    if person is None or person.slack_user is None:
        return None
    return Context(database, found, now, REACTIONS, Actor(person, found, roll_version=0))


def has_later(database: Database, message: Message) -> bool:
    """Tell whether a later message tells the same person of the same record. Raises Busy."""
    with database.read() as connection:
        return queue.has_later(connection, message)


def sent(database: Database, message: Message, *, channel: str, ts: str) -> None:
    """Note where a message lies. Raises Busy."""
    with database.begin() as connection:
        queue.sent(connection, message, channel=channel, ts=ts)


def put_off(database: Database, message: Message, *, until: datetime, trouble: str) -> None:
    """Try again later. Raises Busy."""
    with database.begin() as connection:
        queue.put_off(connection, message, until=until, trouble=trouble)


class Lost(enum.StrEnum):
    """Why a message will never arrive, for the audit trail."""

    GIVEN_UP = "outbox.given_up"  # Slack will not take it
    RECIPIENT_LEFT = "outbox.recipient_left"  # the person cannot be told


def hand_on(database: Database, now: Now, message: Message, why: Lost, *, trouble: str) -> None:
    """Give a message up, and to the next in line who was not tried yet. Raises Busy.

    Where nobody is left it has been given up for good: whoever asked is told, and Home and `doctor` show it.
    """
    with database.begin() as connection, _within(database, connection, now, message) as tx:
        queue.give_up(connection, message, trouble=trouble)
        if message.notice is Notice.REMINDERS_DIGEST and message.ts is None:
            # The next school morning tells again what was in a digest that never arrived, whosever turn it is then.
            reminders.never_arrived(connection, tx.school_id, message.record, message.person_id)
        tx.audit(why, f"message {message.message_id}")
        feature = NAMED.get(message.notice.feature)  # a digest, or a file somebody asked for, is no feature's
        line = feature.next_in_line(tx, message.notice, message.record) if feature else None
        if line is None:  # it concerns nobody else
            return
        lost, told = queue.tried(connection, message)
        takers = [person for person in line.next(lost, tx.absent()) if person.person_id not in told]
        tx.notify(message.notice, message.record, takers, occasion=message.occasion)
        if not takers and not told:
            _tell_asker(tx, line)


def _within(
    database: Database, connection: Connection, now: Now, message: Message
) -> AbstractContextManager[Transaction]:
    found = school.get(connection, message.school_id)
    return Context(database, found, now, REACTIONS).within(connection, now())


def _tell_asker(tx: Transaction, line: Line) -> None:
    """Tell whoever asked that nobody at the school can be told of it any more: it must not wait in silence."""
    asker = tx.person(line.asker.person_id) if line.asker else None
    if line.asker and asker:
        tx.told_otherwise(line.asker.record, line.asker.notice)
        tx.notify(line.asker.notice, line.asker.record, [asker], occasion="nobody")  # a change makes no sound
