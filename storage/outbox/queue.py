"""Messages on their way: put in with the change they tell of, sent afterwards, and kept up to date where they lie.

Any number of processes may send. What holds for all of them is kept here, where all of them look: whose conversation
takes nothing yet (`free_at`), and which school's front has asked for time (`closed_until`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.notices import Notice
from bot.rules.school import SLACK
from storage.engine import Id, Instant, metadata
from storage.people.people import person
from storage.statements.inserts import insert_if_new
from storage.statements.prepared import Prepared

WAITING, SENDING, SENT, GIVEN_UP = "waiting", "sending", "sent", "given up"
CLAIM = timedelta(minutes=2)  # whoever claims a message and dies leaves it to the next after this
# Twice as long as anything is held: clocks of several senders differ by a little.
LONGEST_HELD, LONGEST_CLOSED = 2 * CLAIM, timedelta(hours=2)

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
    Column("front", String(20), nullable=False, default=SLACK),  # through which it goes, and whose ids these are
    Column("conversation", String(255)),
    Column("message", String(255)),
    Column("trouble", String(60)),  # its front's word for why it could not be delivered
    Column("free_at", Instant),  # from when its recipient's conversation takes another one
    Column("closed_until", Instant),  # its front has asked for time: nothing goes to anybody of this school until then
    UniqueConstraint("school_id", "key"),
    Index("ix_outbox_state_not_before", "state", "not_before"),
    Index("ix_outbox_school_id_notice_record", "school_id", "notice", "record"),
    Index("ix_outbox_free_at", "free_at"),
    Index("ix_outbox_closed_until", "closed_until"),
)


_HELD = outbox.alias("held")


class Place(NamedTuple):
    """Where a message lies: its front's own ids of a conversation and of the message in it."""

    conversation: str
    message: str


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
    place: Place | None  # None: it has not been sent, as far as we know
    interrupted: bool  # somebody claimed it and died, or had no answer from its front: it may have been sent

    @property
    def occasion(self) -> str:
        """Return on which occasion it was put in: the end of its key."""
        return self.key.removeprefix(f"{self.notice}-{self.record}-{self.person_id}-")


def key_of(notice: Notice, record: int, person_id: int, occasion: object) -> str:
    """Return by what a message is told once: the same notice of a record, to one person, on one occasion."""
    return f"{notice}-{record}-{person_id}-{occasion}"


class New(NamedTuple):
    """A message to put in."""

    key: str
    notice: Notice
    record: int
    person_id: int
    not_before: datetime
    front: str = SLACK


def put(connection: Connection, school_id: int, messages: Sequence[New]) -> None:
    """Put messages in. Those with a key that is there already are left out."""
    if messages:
        rows = [{"school_id": school_id, "state": WAITING, **new._asdict()} for new in messages]
        _add(connection.dialect.name).run_each(connection, rows)


@cache
def _add(kind: str) -> Prepared:
    """Return what puts in one message of those that every form has (docs/decisions/0009)."""
    given: dict[str, Any] = {name: bindparam(name) for name in ("school_id", "state", *New._fields)}
    return Prepared(insert_if_new(kind, outbox).values({**given, "attempts": 0, "wanted": 1, "shown": 0}))


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
    told = {"of_school": school_id, "of_record": record, "notices": list(notices), "now": now}
    if person_id is None:
        connection.execute(_CHANGED, told)
    else:
        connection.execute(_ONE_CHANGED, {**told, "of_person": person_id})


def _change() -> Update:
    these = (outbox.c.school_id == bindparam("of_school")) & (outbox.c.record == bindparam("of_record"))
    # One statement, and found by the record alone: asked for those that were sent, SQLite reads all that ever were.
    was_sent = outbox.c.state == SENT
    return (
        update(outbox)
        .where(these, outbox.c.notice.in_(bindparam("notices", expanding=True)))
        .values(
            wanted=outbox.c.wanted + 1,
            state=case((was_sent, WAITING), else_=outbox.c.state),
            not_before=case((was_sent, bindparam("now", type_=Instant)), else_=outbox.c.not_before),
            attempts=case((was_sent, 0), else_=outbox.c.attempts),
        )
    )


_CHANGED = _change()
_ONE_CHANGED = _CHANGED.where(outbox.c.person_id == bindparam("of_person"))


def claim(connection: Connection, front: str, now: datetime, limit: int) -> list[Message]:
    """Take messages that are due in a front, one for each person, the oldest first; nobody else takes the same.

    One for each: a conversation takes one at a time, and whoever has hundreds waiting keeps nobody else waiting.
    Those of a dead sender come back, and are the first of their conversation.
    """
    moment = _moment(front, now)
    # First the conversations, each by the row of whose it is: two senders may see different messages of one as oldest.
    first = connection.execute(_CONVERSATIONS, {**moment, "most": limit}).scalars().all()
    if not first:
        return []
    # Due is asked again: until these conversations were ours, another sender may have taken a message, or sent one.
    rows = connection.execute(_OURS, {**moment, "first": first}).all()
    if rows:
        taken, ends = outbox.c.id.in_([row.id for row in rows]), now + CLAIM
        values = {"state": SENDING, "claimed_until": ends, "free_at": ends, "attempts": outbox.c.attempts + 1}
        connection.execute(update(outbox).where(taken).values(**values))
    return [_message(row) for row in rows]


def is_closed(connection: Connection, school_id: int, front: str, now: datetime) -> bool:
    """Tell whether a front has asked for time, whichever sender it has told so."""
    return bool(_IS_CLOSED.rows(connection, **_moment(front, now), of_school=school_id))


def has_later(connection: Connection, message: Message) -> bool:
    """Tell whether a later message of the same kind tells the same person of the same record."""
    same = (outbox.c.school_id == message.school_id) & (outbox.c.notice == message.notice)
    same &= (outbox.c.record == message.record) & (outbox.c.person_id == message.person_id)
    later = select(outbox.c.id).where(same, outbox.c.id > message.message_id).limit(1)
    return connection.execute(later).first() is not None


def asked_for_time(connection: Connection, now: datetime) -> datetime | None:
    """Return until when some school's front has asked for time; None where each takes what comes."""
    longest = select(outbox.c.closed_until).where(outbox.c.closed_until > now).order_by(outbox.c.closed_until.desc())
    return connection.execute(longest.limit(1)).scalar_one_or_none()


def sent(connection: Connection, message: Message, place: Place, *, free_at: datetime) -> None:
    """Note where a message lies. If what it says has changed meanwhile, it is due again.

    `free_at`: from when the conversation takes another one.
    """
    state = case((outbox.c.wanted > message.wanted, WAITING), else_=SENT)
    lies = {"conversation": place.conversation, "message": place.message}
    values = {**lies, "shown": message.wanted, "state": state, "trouble": None, "free_at": free_at}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def not_there(connection: Connection, message: Message, *, trouble: str) -> None:
    """Stop trying to change a message that was sent, and keep why. Its next change is tried once, too."""
    state = case((outbox.c.wanted > message.wanted, WAITING), else_=SENT)
    values = {"state": state, "trouble": trouble, "free_at": None}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def put_off(
    connection: Connection,
    message: Message,
    *,
    until: datetime,
    trouble: str,
    free_at: datetime | None = None,
    closed_until: datetime | None = None,
) -> None:
    """Try again later. What may have been sent stays under a claim: whoever takes it next has to look first.

    `free_at`: from when the conversation takes another one, None: at once. `closed_until`: the front has asked for
    time, and until then nobody sends anything to this school.
    """
    values: dict[str, Any] = {"state": WAITING, "not_before": until, "trouble": trouble}
    if message.interrupted:
        values |= {"state": SENDING, "claimed_until": until}
    values |= {"free_at": free_at, "closed_until": closed_until}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def readdress(connection: Connection, message: Message, front: str) -> None:
    """Have another front send it: the account of whom it is for is there now."""
    values = {"state": WAITING, "front": front, "free_at": None}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def release(connection: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Give claimed messages back as they were: nothing was tried."""
    these = outbox.c.id.in_([message.message_id for message in messages if not message.interrupted])
    others = outbox.c.id.in_([message.message_id for message in messages if message.interrupted])
    untried = update(outbox).values(attempts=outbox.c.attempts - 1, free_at=None)
    connection.execute(untried.where(these).values(state=WAITING))
    connection.execute(untried.where(others).values(claimed_until=now))


def give_up(connection: Connection, message: Message, *, trouble: str) -> None:
    """Stop trying, and keep why."""
    values = {"state": GIVEN_UP, "trouble": trouble, "free_at": None}
    connection.execute(update(outbox).where(outbox.c.id == message.message_id).values(**values))


def has_due(connection: Connection, front: str, now: datetime) -> bool:
    """Return whether a sender would find anything to send or to bring up to date in a front now."""
    return bool(_HAS_DUE.rows(connection, **_moment(front, now)))


def tried(connection: Connection, message: Message) -> tuple[set[int], set[int]]:
    """Return who could not be told of a message's record, and who was told or will be since the message was put in.

    Both of the same notice: whoever is in either need not be tried again.
    """
    same = (outbox.c.school_id == message.school_id) & (outbox.c.notice == message.notice)
    same &= outbox.c.record == message.record
    found = connection.execute(select(outbox.c.id, outbox.c.person_id, outbox.c.key, outbox.c.state).where(same)).all()
    lost = {row.person_id for row in found if row.state == GIVEN_UP}
    told = {
        row.person_id
        for row in found
        if row.state != GIVEN_UP and (row.id > message.message_id or row.key.endswith(f"-{message.occasion}"))
    }
    return lost, told


# Whether anything is due is asked after every form that anybody sends, by a thread that keeps those waiting who answer.


def _moment(front: str, now: datetime) -> dict[str, Any]:
    longest = {"longest_held": now + LONGEST_HELD, "longest_closed": now + LONGEST_CLOSED}
    return {"of_front": front, "now": now, **longest}


_NOW = bindparam("now", type_=Instant)
_OF_FRONT = bindparam("of_front", type_=String)


def _holds(until: Column[datetime], longest: str) -> ColumnElement[bool]:
    """Return the condition that nothing is sent yet. What would hold far longer was noted by a clock that was ahead."""
    return (until > _NOW) & (until <= bindparam(longest, type_=Instant)) & (_HELD.c.front == _OF_FRONT)


def _due() -> ColumnElement[bool]:
    busy = select(_HELD.c.person_id).where(_holds(_HELD.c.free_at, "longest_held"))
    closed = select(_HELD.c.school_id).where(_CLOSED)
    is_free = outbox.c.person_id.not_in(busy) & outbox.c.school_id.not_in(closed)
    is_due = or_(
        (outbox.c.state == WAITING) & (outbox.c.not_before <= _NOW),
        (outbox.c.state == SENDING) & (outbox.c.claimed_until <= _NOW),
    )
    return (outbox.c.front == _OF_FRONT) & is_due & is_free


def _conversations() -> Select[int]:
    oldest = func.min(outbox.c.id).label("oldest")
    turns = select(outbox.c.person_id, oldest).where(_DUE).group_by(outbox.c.person_id).subquery()
    whose = select(turns.c.oldest).join(person, person.c.id == turns.c.person_id).order_by(turns.c.oldest)
    return whose.limit(bindparam("most")).with_for_update(of=person, key_share=True, skip_locked=True)


_CLOSED = _holds(_HELD.c.closed_until, "longest_closed")
_IS_CLOSED = Prepared(select(_HELD.c.id).where(_CLOSED, _HELD.c.school_id == bindparam("of_school")).limit(1))
_DUE = _due()
_HAS_DUE = Prepared(select(outbox.c.id).where(_DUE).limit(1))
_CONVERSATIONS = _conversations()
_FIRST = outbox.c.id.in_(bindparam("first", expanding=True))
_OURS = select(outbox).where(_FIRST, _DUE).order_by(outbox.c.id).with_for_update(of=outbox, skip_locked=True)


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
        place=Place(row.conversation, row.message) if row.conversation and row.message else None,
        interrupted=row.state == SENDING,
    )
