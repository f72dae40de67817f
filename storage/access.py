"""Access requests (appendix a) and every step taken on them: append-only but for the state (compare-and-set)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
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
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.access import Event, Form, State
from storage.engine import Id, Instant, metadata

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
    Index("ix_access_request_school_id_state", "school_id", "state"),
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


# Asked at every tick of every school: only what reminders need, and one statement.
_SILENT = (
    select(request.c.number, request.c.state, request.c.asker_id, request.c.waits_since, func.count(step.c.id))
    .select_from(request.outerjoin(step, step.c.request_id == request.c.id))
    .where(request.c.school_id == bindparam("school"), request.c.state.in_(bindparam("states", expanding=True)))
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
    connection: Connection, school_id: int, *, number: int, asker_id: int, at: datetime, form: Form, form_id: str
) -> int:
    """Insert a request; returns its id."""
    values = {"school_id": school_id, "number": number, "asker_id": asker_id, "asked_at": at, "waits_since": at}
    values |= {"state": State.AWAITING_REVIEW, "url": form.url.url, "content": form.content, "reasons": form.reasons}
    values |= {"risks": form.risks, "until": form.until, "form_id": form_id}
    return int(connection.execute(insert(request).values(**values).returning(request.c.id)).scalar_one())


def number_of_form(connection: Connection, school_id: int, form_id: str) -> int | None:
    """Return the number of the request that this very form has made, if it was delivered before."""
    mine = (request.c.school_id == school_id) & (request.c.form_id == form_id)
    return connection.execute(select(request.c.number).where(mine)).scalar_one_or_none()


def get(connection: Connection, school_id: int, number: int) -> Request | None:
    """Return one request with its steps, oldest first."""
    mine = (request.c.school_id == school_id) & (request.c.number == number)
    row = connection.execute(select(request).where(mine)).one_or_none()
    if row is None:
        return None
    steps = connection.execute(select(step).where(step.c.request_id == row.id).order_by(step.c.id))
    return _request(row, tuple(_step(each) for each in steps))


def move(connection: Connection, found: Request, *, to: State, at: datetime, until: date | None) -> bool:
    """Compare-and-set: two may decide at once, one decision wins. False: somebody was quicker."""
    still = (request.c.id == found.request_id) & (request.c.state == found.state)
    values = {"state": to, "waits_since": at, "until": until}
    return connection.execute(update(request).where(still).values(**values)).rowcount == 1


def add_step(connection: Connection, school_id: int, found: Request, made: Step) -> None:
    """Append what somebody did."""
    values = {"school_id": school_id, "request_id": found.request_id, "event": made.event, "came_from": made.came_from}
    values |= {"person_id": made.person_id, "at": made.at, "words": made.words, "signature": made.signature}
    connection.execute(insert(step).values(**values))


def of_asker(connection: Connection, school_id: int, asker_id: int, limit: int) -> list[Request]:
    """Return somebody's own requests, newest first."""
    mine = (request.c.school_id == school_id) & (request.c.asker_id == asker_id)
    rows = connection.execute(select(request).where(mine).order_by(request.c.number.desc()).limit(limit))
    return [_request(row, ()) for row in rows]


def in_states(connection: Connection, school_id: int, states: Collection[State]) -> list[Request]:
    """Return the requests in these states, the longest waiting first, with their steps."""
    mine = (request.c.school_id == school_id) & request.c.state.in_(list(states))
    rows = connection.execute(select(request).where(mine).order_by(request.c.waits_since, request.c.number)).all()
    taken: dict[int, list[Step]] = {row.id: [] for row in rows}
    for each in connection.execute(select(step).where(step.c.request_id.in_(list(taken))).order_by(step.c.id)):
        taken[each.request_id].append(_step(each))
    return [_request(row, tuple(taken[row.id])) for row in rows]


def silent(connection: Connection, school_id: int, states: Collection[State]) -> list[Silent]:
    """Return the requests in these states, the longest waiting first."""
    rows = connection.execute(_SILENT, {"school": school_id, "states": list(states)})
    return [Silent(row[0], _STATES[row[1]], *row[2:]) for row in rows]


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
