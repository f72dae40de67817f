"""What the sender asks of the outbox: each of these is one short transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from bot.clock import Now
from bot.context import Context
from bot.notices import Notice
from bot.rules import access as access_rules
from bot.rules import content as content_rules
from bot.rules import deciding
from bot.rules.deciding import Duty
from bot.rules.people import Actor, Person, Standing
from bot.rules.school import Role
from bot.rules.training import STARTERS
from storage import access, audit, content, outbox, people, reminders, school
from storage.engine import Database
from storage.outbox import Message, New


def claim(
    database: Database, now: datetime, limit: int, *, busy: Collection[int], closed: Collection[int]
) -> list[Message]:
    """Take messages that are due, one for each person. `busy`: people, `closed`: schools to pass over. Raises Busy."""
    with database.begin() as connection:
        return outbox.claim(connection, now, limit, busy=busy, closed=closed)


def release(database: Database, messages: Sequence[Message], now: datetime) -> None:
    """Give claimed messages back untried. Raises Busy."""
    with database.begin() as connection:
        outbox.release(connection, messages, now)


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
        return outbox.has_later(connection, message)


def sent(database: Database, message: Message, *, channel: str, ts: str) -> None:
    """Note where a message lies. Raises Busy."""
    with database.begin() as connection:
        outbox.sent(connection, message, channel=channel, ts=ts)


def put_off(database: Database, message: Message, *, until: datetime, trouble: str) -> None:
    """Try again later. Raises Busy."""
    with database.begin() as connection:
        outbox.put_off(connection, message, until=until, trouble=trouble)


def give_up(database: Database, now: Now, message: Message, *, trouble: str) -> None:
    """Stop trying, where the office and the IT lead can see it. Raises Busy."""
    with database.begin() as connection:
        outbox.give_up(connection, message, trouble=trouble)
        _untell(connection, message)
        _audit(connection, now(), message, "outbox.given_up")


def hand_on(database: Database, now: Now, message: Message, *, trouble: str) -> None:
    """Give a message to the next in line, because the person has left; where nobody is, to nobody. Raises Busy."""
    with database.begin() as connection:
        outbox.give_up(connection, message, trouble=trouble)
        _untell(connection, message)
        _audit(connection, now(), message, "outbox.recipient_left")
        line = [each.person_id for each in _next_in_line(connection, message)]
        new = [New(f"{message.key}-for-{each}", message.notice, message.record, each, now()) for each in line]
        outbox.put(connection, message.school_id, new)
        if message.notice is Notice.CONTENT_WAITS and not line:
            _tell_reporter(connection, message, now())


def _tell_reporter(connection: Connection, message: Message, now: datetime) -> None:
    """Tell whoever made a report that nobody at the school can deal with it any more: it must not wait in silence."""
    found = content.get(connection, message.school_id, message.record)
    if found is None or found.state is not content_rules.State.AWAITING_ACTION:
        return
    stands, number, reporter = Notice.CONTENT_STANDS, message.record, found.reporter_id
    outbox.changed(connection, message.school_id, [stands], number, now)
    new = New(f"{stands}-{number}-{reporter}-nobody", stands, number, reporter, now)  # a change makes no sound
    outbox.put(connection, message.school_id, [new])


def _untell(connection: Connection, message: Message) -> None:
    """Have the next school morning tell again what was in a digest that never arrived, whosever turn it is then."""
    if message.notice is Notice.REMINDERS_DIGEST and message.ts is None:
        reminders.never_arrived(connection, message.school_id, message.record, message.person_id)


def _audit(connection: Connection, at: datetime, message: Message, action: str) -> None:
    record = f"message {message.message_id}"
    audit.append(connection, message.school_id, at=at, actor_id=None, action=action, record=record)


# ── whose turn it is when somebody to whom a message was addressed has left ────────────────────────────────────────


def _next_in_line(connection: Connection, message: Message) -> Sequence[Person]:
    everybody = [each for each in people.every(connection, message.school_id) if each.person_id != message.person_id]
    return _NEXT[message.notice](connection, message, everybody)


def _nobody(_connection: Connection, _message: Message, _everybody: list[Person]) -> Sequence[Person]:
    """An outcome concerns only the person who asked; and what is somebody's own is nobody else's to do."""
    return ()


def _deciders(connection: Connection, message: Message, everybody: list[Person]) -> Sequence[Person]:
    """Who decides hangs on where the request stands: who reviews it may not approve it. Nobody decides on their own."""
    found = access.get(connection, message.school_id, message.record)
    if found is None or found.state not in access_rules.UNDECIDED:
        return ()
    return deciding.in_line(access_rules.DUTIES[found.state], everybody, barred={found.asker_id})


def _completers(connection: Connection, message: Message, everybody: list[Person]) -> Sequence[Person]:
    """A report's line hangs on whom it is about: it must never come to that person (KCSIE)."""
    found = content.get(connection, message.school_id, message.record)
    return content_rules.completers(everybody, found.about, found.reporter_id, found.subjects) if found else ()


def _keepers(_connection: Connection, _message: Message, everybody: list[Person]) -> Sequence[Person]:
    return deciding.in_line(Duty.REVIEW_ACCESS, everybody) or _holders(everybody, {Role.HEADTEACHER})


def _starters(_connection: Connection, _message: Message, everybody: list[Person]) -> Sequence[Person]:
    return _holders(everybody, STARTERS)


def _holders(everybody: list[Person], roles: Collection[Role]) -> list[Person]:
    return [each for each in everybody if each.standing is Standing.STAFF and each.holds(*roles)]


_NEXT: Mapping[Notice, Callable[[Connection, Message, list[Person]], Sequence[Person]]] = {
    Notice.ACCESS_WAITS: _deciders,
    Notice.ACCESS_STANDS: _nobody,
    Notice.CONTENT_WAITS: _completers,
    Notice.CONTENT_TOLD: _nobody,
    Notice.CONTENT_STANDS: _nobody,
    Notice.REGISTER_CHANGE: _keepers,
    Notice.DELIVERY_READY: _nobody,
    Notice.TRAINING_PROPOSED: _starters,
    Notice.REMINDERS_DIGEST: _nobody,  # what was in it is told again, to whoever has it then
    Notice.POLICY_SIGN: _nobody,  # whoever else can sign was asked, too
    Notice.ACKNOWLEDGEMENT_ASKED: _nobody,
}
