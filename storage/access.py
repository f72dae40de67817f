"""Access requests (appendix a) and every step taken on them: append-only but for the state (compare-and-set)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.access import Event, Form, State
from storage import numbers
from storage.engine import Id, Instant, metadata
from storage.people.people import person
from storage.prepared import Prepared
from storage.words import called, occurs

AT_ONCE = 1000  # rows named in one statement: SQLite takes 32,766 values at most

request = Table(
    "access_request",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),  # AR-7
    Column("asker_id", Id, ForeignKey("person.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(40), nullable=False),
    Column("waits_since", Instant, nullable=False),  # since when the present state has lasted
    Column("url", String(2000), nullable=False),
    Column("content", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("risks", Text, nullable=False),
    Column("until", Date),  # the last day of the allowance
    Column("form_id", String(255), nullable=False),  # what Slack called the form: sent twice is recorded once
    UniqueConstraint("school_id", "number"),
    UniqueConstraint("school_id", "form_id"),
    Index("ix_access_request_school_id_state", "school_id", "state", "waits_since"),
    Index("ix_access_request_asker_id", "asker_id"),
)

step = Table(
    "access_step",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("request_id", Id, ForeignKey("access_request.id"), nullable=False, index=True),
    Column("event", String(40), nullable=False),
    Column("came_from", String(40), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("words", Text, nullable=False, default=""),  # reasons, a question, an answer
    Column("signature", String(200), nullable=False, default=""),
)

_GET = Prepared(
    select(request).where(request.c.school_id == bindparam("school_id"), request.c.number == bindparam("number"))
)
_STEPS = Prepared(select(step).where(step.c.request_id == bindparam("request_id")).order_by(step.c.id))
_MOVE = Prepared(
    update(request)
    .where(request.c.id == bindparam("request_id"), request.c.state == bindparam("came_from"))
    .values({name: bindparam(name) for name in ("state", "waits_since", "until")})
)
_ADD_STEP = Prepared(
    insert(step).inline().values({each.name: bindparam(each.name) for each in step.c if each.name != "id"})
)


@cache
def _silent(states: tuple[State, ...], own: tuple[State, ...]) -> Prepared:
    """Return what is asked at every tick of every school: only what reminders need, and one statement.

    `states`: everybody's requests; `own`: those of one asker.
    """
    count = func.count(step.c.id).label("steps")
    wanted = [request.c.state == state for state in states]
    wanted += [(request.c.state == state) & (request.c.asker_id == bindparam("asker")) for state in own]
    return Prepared(
        select(request.c.number, request.c.state, request.c.asker_id, request.c.waits_since, count)
        .select_from(request.outerjoin(step, step.c.request_id == request.c.id))
        .where(request.c.school_id == bindparam("school"), or_(*wanted))
        .group_by(request.c.id)
        .order_by(request.c.waits_since, request.c.number)
    )


class Silent(NamedTuple):
    """A request that waits for somebody, as far as reminders have to know. `steps`: how many were taken."""

    number: int
    state: State
    asker_id: int
    waits_since: datetime
    steps: int


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody did with a request."""

    event: Event
    came_from: State
    person_id: int
    at: datetime
    words: str
    signature: str


@dataclass(frozen=True, slots=True)
class Request:
    """One access request as it stands."""

    request_id: int
    number: int
    asker_id: int
    asked_at: datetime
    state: State
    waits_since: datetime
    url: str
    content: str
    reasons: str
    risks: str
    until: date | None
    steps: tuple[Step, ...] = ()


def add(
    connection: Connection, school_id: int, kind: str, *, asker_id: int, at: datetime, form: Form, form_id: str
) -> Request | None:
    """Insert a request under the next number of its kind and return it; None where this very form has made one."""
    values: dict[str, Any] = {"asker_id": asker_id, "asked_at": at, "waits_since": at, "state": State.AWAITING_REVIEW}
    values |= {"url": form.url.url, "content": form.content, "reasons": form.reasons, "risks": form.risks}
    values |= {"until": form.until}
    made = numbers.add(connection, request, kind, {**values, "form_id": form_id}, school_id=school_id)
    return Request(made[0], made[1], **values) if made else None


def number_of_form(connection: Connection, school_id: int, form_id: str) -> int:
    """Return the number of the request that this very form has made."""
    mine = (request.c.school_id == school_id) & (request.c.form_id == form_id)
    return int(connection.execute(select(request.c.number).where(mine)).scalar_one())


def get(connection: Connection, school_id: int, number: int) -> Request | None:
    """Return one request with its steps, oldest first."""
    for row in _GET.records(connection, school_id=school_id, number=number):
        steps = _STEPS.records(connection, request_id=row.id)
        return _request(row, tuple(_step(each) for each in steps))
    return None


def move(connection: Connection, found: Request, *, to: State, at: datetime, until: date | None) -> bool:
    """Compare-and-set: two may decide at once, one decision wins. False: somebody was quicker."""
    still = {"request_id": found.request_id, "came_from": found.state}
    return _MOVE.run(connection, **still, state=to, waits_since=at, until=until) == 1


def add_step(connection: Connection, school_id: int, found: Request, made: Step) -> None:
    """Append what somebody did."""
    values = {"school_id": school_id, "request_id": found.request_id, "event": made.event, "came_from": made.came_from}
    values |= {"person_id": made.person_id, "at": made.at, "words": made.words, "signature": made.signature}
    _ADD_STEP.run(connection, **values)


# Home asks these of everybody.
_MINE = (request.c.school_id == bindparam("of_school")) & (request.c.asker_id == bindparam("of_asker"))
# By id, which is in the asker's index; for the order of numbers SQLite would walk through everybody's requests.
_OF_ASKER = Prepared(select(request).where(_MINE).order_by(request.c.id.desc()).limit(bindparam("most", type_=Integer)))
_WITH_LAST_DAY = Prepared(
    select(request.c.number).where(_MINE, request.c.until >= bindparam("first"), request.c.state == State.APPROVED)
)


def of_asker(connection: Connection, school_id: int, asker_id: int, limit: int) -> list[Request]:
    """Return somebody's own requests, newest first."""
    rows = _OF_ASKER.records(connection, of_school=school_id, of_asker=asker_id, most=limit)
    return [_request(row, ()) for row in rows]


def in_states(connection: Connection, school_id: int, states: Collection[State]) -> list[Request]:
    """Return the requests in these states, the longest waiting first, with their steps."""
    mine = (request.c.school_id == school_id) & request.c.state.in_(list(states))
    rows = connection.execute(select(request).where(mine).order_by(request.c.waits_since, request.c.number)).all()
    return _with_steps(connection, rows)


def search(
    connection: Connection,
    school_id: int,
    states: Collection[State],
    *,
    asker_id: int | None,
    first: datetime | None,
    before: datetime | None,
    words: Collection[str],
    limit: int,
) -> tuple[list[Request], int]:
    """Return the newest requests that fit, and how many fit. `words`: each has to occur in it."""
    fits = (request.c.school_id == school_id) & request.c.state.in_(list(states))
    if asker_id is not None:
        fits &= request.c.asker_id == asker_id
    if first:
        fits &= request.c.asked_at >= first
    if before:
        fits &= request.c.asked_at < before
    for word in words:
        texts = (request.c.url, request.c.content, request.c.reasons, request.c.risks, person.c.name)
        fits &= occurs(connection, word, texts) | (request.c.number == called("AR", word))
    found = select(request).join(person, person.c.id == request.c.asker_id).where(fits)
    count = int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())
    rows = connection.execute(found.order_by(request.c.asked_at.desc(), request.c.number.desc()).limit(limit)).all()
    return _with_steps(connection, rows), count


def _with_steps(connection: Connection, rows: Sequence[Any]) -> list[Request]:
    taken: dict[int, list[Step]] = {row.id: [] for row in rows}
    ids = list(taken)
    for start in range(0, len(ids), AT_ONCE):
        some = step.c.request_id.in_(ids[start : start + AT_ONCE])
        for each in connection.execute(select(step).where(some).order_by(step.c.id)):
            taken[each.request_id].append(_step(each))
    return [_request(row, tuple(taken[row.id])) for row in rows]


def silent(
    connection: Connection,
    school_id: int,
    states: Collection[State],
    *,
    asker_id: int = 0,
    own: Collection[State] = (),
) -> list[Silent]:
    """Return the requests in these states, the longest waiting first, and of one asker those in `own`."""
    asked = {"asker": asker_id} if own else {}
    rows = _silent(tuple(states), tuple(own)).rows(connection, school=school_id, **asked)
    return [Silent(row[0], _STATES[row[1]], *row[2:]) for row in rows]


def answered(connection: Connection, school_id: int, since: datetime) -> list[tuple[datetime, State, datetime]]:
    """Return (asked at, state, since when it stands so) of what was asked from an instant on and not taken back."""
    mine = (request.c.school_id == school_id) & (request.c.asked_at >= since) & (request.c.state != State.WITHDRAWN)
    rows = connection.execute(select(request.c.asked_at, request.c.state, request.c.waits_since).where(mine))
    return [(row.asked_at, _STATES[row.state], row.waits_since) for row in rows]


def counted(
    connection: Connection, school_id: int, first: datetime, before: datetime, states: Collection[State]
) -> tuple[int, int]:
    """Return how many were asked, and how many came into one of these states, from one instant until before another."""
    mine = request.c.school_id == school_id
    # Numbers rise with time: the newest that was asked before is found at once, however many came before it.
    older = select(request.c.number).where(mine, request.c.asked_at < first).order_by(request.c.number.desc()).limit(1)
    asked = mine & (request.c.number > func.coalesce(older.scalar_subquery(), 0)) & (request.c.asked_at < before)
    moved = (
        mine & request.c.state.in_(list(states)) & (request.c.waits_since >= first) & (request.c.waits_since < before)
    )
    row = connection.execute(
        select(
            select(func.count()).where(asked).select_from(request).scalar_subquery(),
            select(func.count()).where(moved).select_from(request).scalar_subquery(),
        )
    ).one()
    return int(row[0]), int(row[1])


def with_last_day(connection: Connection, school_id: int, asker_id: int, first: date) -> list[int]:
    """Return the numbers of somebody's approved requests that have a last day, from `first` on."""
    rows = _WITH_LAST_DAY.rows(connection, of_school=school_id, of_asker=asker_id, first=first)
    return [number for (number,) in rows]


def askers(connection: Connection, school_id: int, numbers: Collection[int]) -> dict[int, int]:
    """Return number → who asked, of these requests."""
    mine = (request.c.school_id == school_id) & request.c.number.in_(list(numbers))
    return {
        row.number: row.asker_id for row in connection.execute(select(request.c.number, request.c.asker_id).where(mine))
    }


_STATES = {state.value: state for state in State}


def _request(row: Any, steps: tuple[Step, ...]) -> Request:
    return Request(
        request_id=row.id,
        number=row.number,
        asker_id=row.asker_id,
        asked_at=row.asked_at,
        state=State(row.state),
        waits_since=row.waits_since,
        url=row.url,
        content=row.content,
        reasons=row.reasons,
        risks=row.risks,
        until=row.until,
        steps=steps,
    )


def _step(row: Any) -> Step:
    return Step(Event(row.event), State(row.came_from), row.person_id, row.at, row.words, row.signature)
