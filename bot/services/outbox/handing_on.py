"""What becomes of a message that cannot be delivered: the next in line is told, and at the end whoever asked."""

import enum
from contextlib import AbstractContextManager

from sqlalchemy.engine import Connection

from bot.clock import Now
from bot.context import Context, Transaction
from bot.notices import Notice
from bot.rules.turns import Line
from bot.services.features import NAMED, REACTIONS
from storage import school
from storage.engine import Database
from storage.outbox import queue, reminders
from storage.outbox.queue import Message


class Lost(enum.StrEnum):
    """Why a message will never arrive, for the audit trail."""

    GIVEN_UP = "outbox.given_up"  # its front will not take it
    RECIPIENT_LEFT = "outbox.recipient_left"  # the person cannot be told


def hand_on(database: Database, now: Now, message: Message, why: Lost, *, trouble: str) -> None:
    """Give a message up, and to the next in line who was not tried yet. Raises Busy.

    Where nobody is left it has been given up for good: whoever asked is told, and Home and `doctor` show it.
    """
    with database.begin() as connection, _within(database, connection, now, message) as tx:
        queue.give_up(connection, message, trouble=trouble)
        if message.notice is Notice.REMINDERS_DIGEST and message.place is None:
            # The next school morning tells again what was in a digest that never arrived, whosever turn it is then.
            reminders.never_arrived(connection, tx.school_id, message.record, message.person_id)
        tx.audit(why, f"message {message.message_id}")
        feature = NAMED.get(message.notice.feature)  # a digest, or a file somebody asked for, is no feature's
        line = feature.next_in_line(tx, message.notice, message.record) if feature else None
        if line is None:  # it concerns nobody else
            return
        lost, told = queue.tried(connection, message)
        takers = [person for person in line.next(lost) if person.person_id not in told]
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
