"""What the sender asks of the outbox: each of these is one short transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from bot.clock import Now
from bot.context import Context
from bot.notices import Notice
from bot.rules import content as content_rules
from bot.rules import deciding
from bot.rules.deciding import Duty
from bot.rules.people import Actor, Person, Standing
from bot.rules.school import Role
from bot.rules.training import STARTERS
from storage import audit, content, school
from storage.engine import Database
from storage.outbox import queue, reminders
from storage.outbox.queue import Message, New
from storage.people import people

# Whose turn it is when somebody to whom a message was addressed has left.
NEXT_IN_LINE = {
    Notice.ACCESS_WAITS: Duty.REVIEW_ACCESS,
    Notice.REGISTER_CHANGE: Duty.REVIEW_ACCESS,
}


def claim(
    database: Database, now: datetime, limit: int, *, busy: Collection[int], closed: Collection[int]
) -> list[Message]:
    """Take messages that are due, one for each person. `busy`: people, `closed`: schools to pass over. Raises Busy."""
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
    return Context(database, found, now, Actor(person, found, roll_version=0))


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


def give_up(database: Database, now: Now, message: Message, *, trouble: str) -> None:
    """Stop trying, where the office and the IT lead can see it. Raises Busy."""
    with database.begin() as connection:
        queue.give_up(connection, message, trouble=trouble)
        _untell(connection, message)
        _audit(connection, now(), message, "outbox.given_up")


def hand_on(database: Database, now: Now, message: Message, *, trouble: str) -> None:
    """Give a message to the next in line, because the person has left; where nobody is, to nobody. Raises Busy."""
    with database.begin() as connection:
        queue.give_up(connection, message, trouble=trouble)
        _untell(connection, message)
        _audit(connection, now(), message, "outbox.recipient_left")
        line = [each.person_id for each in _next_in_line(connection, message)]
        new = [New(f"{message.key}-for-{each}", message.notice, message.record, each, now()) for each in line]
        queue.put(connection, message.school_id, new)
        if message.notice is Notice.CONTENT_WAITS and not line:
            _tell_reporter(connection, message, now())


def _tell_reporter(connection: Connection, message: Message, now: datetime) -> None:
    """Tell whoever made a report that nobody at the school can deal with it any more: it must not wait in silence."""
    found = content.get(connection, message.school_id, message.record)
    if found is None or found.state is not content_rules.State.AWAITING_ACTION:
        return
    stands, number, reporter = Notice.CONTENT_STANDS, message.record, found.reporter_id
    queue.changed(connection, message.school_id, [stands], number, now)
    new = New(f"{stands}-{number}-{reporter}-nobody", stands, number, reporter, now)  # a change makes no sound
    queue.put(connection, message.school_id, [new])


def _untell(connection: Connection, message: Message) -> None:
    """Have the next school morning tell again what was in a digest that never arrived, whosever turn it is then."""
    if message.notice is Notice.REMINDERS_DIGEST and message.ts is None:
        reminders.never_arrived(connection, message.school_id, message.record, message.person_id)


def _next_in_line(connection: Connection, message: Message) -> Sequence[Person]:
    """Return whose turn it is now; nobody's for an outcome, which concerns only the person who asked.

    A report's line hangs on whom it is about: it must never come to that person (KCSIE).
    """
    everybody = [each for each in people.every(connection, message.school_id) if each.person_id != message.person_id]
    if message.notice is Notice.CONTENT_WAITS:
        found = content.get(connection, message.school_id, message.record)
        return content_rules.completers(everybody, found.about, found.reporter_id, found.subjects) if found else ()
    if message.notice is Notice.TRAINING_PROPOSED:
        return [each for each in everybody if each.standing is Standing.STAFF and each.holds(*STARTERS)]
    duty = NEXT_IN_LINE.get(message.notice)
    if duty is None:
        return ()
    heads = [each for each in everybody if each.standing is Standing.STAFF and each.holds(Role.HEADTEACHER)]
    return deciding.in_line(duty, everybody) or heads


def _audit(connection: Connection, at: datetime, message: Message, action: str) -> None:
    record = f"message {message.message_id}"
    audit.append(connection, message.school_id, at=at, actor_id=None, action=action, record=record)
