"""What the sender asks of the outbox: each of these is one short transaction."""

from collections.abc import Sequence
from datetime import datetime

from bot.clock import Now
from bot.context import Context
from bot.rules.people import Actor
from bot.services.features import REACTIONS
from storage import school
from storage.engine import Database
from storage.outbox import queue
from storage.outbox.queue import Message, Place
from storage.people import people


def claim(database: Database, front: str, now: datetime, limit: int) -> list[Message]:
    """Take messages that are due in a front, one for each person. Raises Busy."""
    with database.look() as connection:  # an idle sender keeps nobody waiting
        if not queue.has_due(connection, front, now):
            return []
    with database.begin() as connection:
        return queue.claim(connection, front, now, limit)


def is_closed(database: Database, message: Message, front: str, now: datetime) -> bool:
    """Tell whether a front has asked for time for the school of a message, here or elsewhere. Raises Busy."""
    with database.read() as connection:
        return queue.is_closed(connection, message.school_id, front, now)


def release(database: Database, messages: Sequence[Message], now: datetime) -> None:
    """Give claimed messages back untried. Raises Busy."""
    with database.begin() as connection:
        queue.release(connection, messages, now)


def recipient(database: Database, now: Now, message: Message) -> Context | None:
    """Return the context of the person to whom a message goes; None where there is no such person."""
    with database.read() as connection:
        found = school.get(connection, message.school_id)
        person = people.by_id(connection, message.school_id, message.person_id)
    if person is None or person.account is None:
        return None
    return Context(database, found, now, REACTIONS, Actor(person, found, roll_version=0))


def has_later(database: Database, message: Message) -> bool:
    """Tell whether a later message tells the same person of the same record. Raises Busy."""
    with database.read() as connection:
        return queue.has_later(connection, message)


def sent(database: Database, message: Message, place: Place, *, free_at: datetime) -> None:
    """Note where a message lies, and from when its conversation takes another one. Raises Busy."""
    with database.begin() as connection:
        queue.sent(connection, message, place, free_at=free_at)


def not_there(database: Database, message: Message, *, trouble: str) -> None:
    """Note that a message is not there any more, to be changed. Raises Busy."""
    with database.begin() as connection:
        queue.not_there(connection, message, trouble=trouble)


def readdress(database: Database, message: Message, front: str) -> None:
    """Have another front send a message that its recipient is told through now. Raises Busy."""
    with database.begin() as connection:
        queue.readdress(connection, message, front)


def put_off(
    database: Database, message: Message, *, until: datetime, trouble: str, free_at: datetime | None = None
) -> None:
    """Try again later. `free_at`: from when its conversation takes another one; None: at once. Raises Busy."""
    with database.begin() as connection:
        queue.put_off(connection, message, until=until, trouble=trouble, free_at=free_at)


def close(database: Database, message: Message, *, until: datetime, trouble: str) -> None:
    """Try again later, and have no sender send anything to the school of a message until then. Raises Busy."""
    with database.begin() as connection:
        queue.put_off(connection, message, until=until, trouble=trouble, closed_until=until)
