"""Extra rounds of training: started, stopped again, and proposed. Append-only; a proposal is answered once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.buttons import value_of
from bot.rules.school import Training
from bot.rules.training import Round
from bot.rules.training_rounds import Event, State, next_state
from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new

round_table = Table(
    "training_round",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("kind_key", String(40), nullable=False),
    Column("kind_name", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("started_by", Id, ForeignKey("person.id"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("form_id", String(300), nullable=False),
    UniqueConstraint("school_id", "form_id"),
)

# A row here ends a round: nothing of it is due any more. What was done meanwhile stays in the register.
stop_table = Table(
    "training_stop",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("round_id", Id, ForeignKey("training_round.id"), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("stopped_by", Id, ForeignKey("person.id"), nullable=False),
    Column("stopped_at", Instant, nullable=False),
    Column("form_id", String(300), nullable=False),
    UniqueConstraint("school_id", "form_id"),
)

proposal = Table(
    "training_proposal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("source", String(120), nullable=False),  # a reference: "IN-2", "policy 2026-11-23"
    Column("proposed_at", Instant, nullable=False),
    Column("state", String(20), nullable=False),
    Column("decided_by", Id, ForeignKey("person.id")),
    Column("decided_at", Instant),
    Column("round_id", Id, ForeignKey("training_round.id")),
    UniqueConstraint("school_id", "source"),
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """That a round was stopped: by whom, when and why."""

    by: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One round as it was started, and whether it was stopped. `form`: what all rounds of one form have in common."""

    round_id: int
    kind_key: str
    kind_name: str
    reason: str
    due_on: date
    started_on: date
    started_by: int
    form: str
    stopped: Stopped | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody's or something's proposal of a refresher. `button`: what its buttons carry."""

    proposal_id: int
    source: str
    proposed_at: datetime
    state: State

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return value_of(self.proposal_id, self.proposed_at)


# Asked at every tick of every school.
_OF_SCHOOL = bindparam("of_school", type_=Id)
_ROUNDS = (
    select(round_table.c.kind_key, round_table.c.started_on, round_table.c.due_on)
    .where(round_table.c.school_id == _OF_SCHOOL)
    .where(round_table.c.id.not_in(select(stop_table.c.round_id).where(stop_table.c.school_id == _OF_SCHOOL)))
)


def add_round(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    kind: Training,
    *,
    reason: str,
    due_on: date,
    started_on: date,
    started_by: int,
    at: datetime,
    form_id: str,
) -> int:
    """Start an extra round; returns its id."""
    values = {"school_id": school_id, "kind_key": kind.key, "kind_name": kind.name, "reason": reason}
    values |= {"due_on": due_on, "started_on": started_on, "started_by": started_by, "started_at": at}
    statement = insert(round_table).values(**values, form_id=form_id).returning(round_table.c.id)
    return int(connection.execute(statement).scalar_one())


def has_round(connection: Connection, school_id: int, form_id: str) -> bool:
    """Return whether this very form has started a round already."""
    mine = (round_table.c.school_id == school_id) & (round_table.c.form_id == form_id)
    return connection.execute(select(round_table.c.id).where(mine)).first() is not None


def rounds(connection: Connection, school_id: int) -> list[Round]:
    """Return every extra round that was not stopped."""
    return [Round(*row) for row in connection.execute(_ROUNDS, {"of_school": school_id})]


def recorded(connection: Connection, school_id: int) -> list[Recorded]:
    """Return every round ever started, stopped ones too, oldest first."""
    stopped = (stop_table.c.stopped_by, stop_table.c.stopped_at, stop_table.c.reason.label("stopped_for"))
    both = round_table.outerjoin(stop_table, stop_table.c.round_id == round_table.c.id)
    mine = round_table.c.school_id == school_id
    rows = connection.execute(select(round_table, *stopped).select_from(both).where(mine).order_by(round_table.c.id))
    return [_recorded(row) for row in rows]


def stop(
    connection: Connection, school_id: int, round_id: int, *, reason: str, by: int, at: datetime, form_id: str
) -> bool:
    """Stop a round. False: it is stopped already, and nothing was changed; head and deputy may press at once."""
    values = {"school_id": school_id, "round_id": round_id, "reason": reason, "stopped_by": by, "stopped_at": at}
    statement = (
        insert_if_new(connection.dialect.name, stop_table).values(**values, form_id=form_id).returning(stop_table.c.id)
    )
    return connection.execute(statement).scalar_one_or_none() is not None


def has_stopped(connection: Connection, school_id: int, form_id: str) -> bool:
    """Return whether this very form has stopped a round already."""
    mine = (stop_table.c.school_id == school_id) & (stop_table.c.form_id == form_id)
    return connection.execute(select(stop_table.c.id).where(mine)).first() is not None


def propose(connection: Connection, school_id: int, source: str, at: datetime) -> int | None:
    """Write a proposal down; returns its id, None where this source has proposed one already."""
    values: Mapping[str, Any] = {"school_id": school_id, "source": source, "proposed_at": at, "state": State.OPEN}
    statement = insert_if_new(connection.dialect.name, proposal).values(**values).returning(proposal.c.id)
    made = connection.execute(statement).scalar_one_or_none()
    return None if made is None else int(made)


def proposals(connection: Connection, school_id: int, states: Collection[State] = (State.OPEN,)) -> list[Proposal]:
    """Return proposals, oldest first."""
    mine = (proposal.c.school_id == school_id) & proposal.c.state.in_(list(states))
    rows = connection.execute(select(proposal).where(mine).order_by(proposal.c.id))
    return [Proposal(row.id, row.source, row.proposed_at, State(row.state)) for row in rows]


def decide(
    connection: Connection,
    school_id: int,
    proposal_id: int,
    *,
    event: Event,
    by: int,
    at: datetime,
    round_id: int | None,
) -> bool:
    """Compare-and-set: head and deputy may answer at once. False: it is answered."""
    still = (proposal.c.school_id == school_id) & (proposal.c.id == proposal_id) & (proposal.c.state == State.OPEN)
    values = {"state": next_state(State.OPEN, event), "decided_by": by, "decided_at": at, "round_id": round_id}
    return connection.execute(update(proposal).where(still).values(**values)).rowcount == 1


def called_off(connection: Connection, school_id: int, round_ids: Collection[int]) -> int | None:
    """Note that what a proposal has started was stopped again; returns the proposal, None where none led to it."""
    mine = (proposal.c.school_id == school_id) & proposal.c.round_id.in_(list(round_ids))
    to = next_state(State.ACCEPTED, Event.STOP)
    changed = update(proposal).where(mine, proposal.c.state == State.ACCEPTED).values(state=to)
    found = connection.execute(changed.returning(proposal.c.id)).scalar_one_or_none()
    return None if found is None else int(found)


def _recorded(row: Any) -> Recorded:
    stopped = Stopped(row.stopped_by, row.stopped_at, row.stopped_for) if row.stopped_by is not None else None
    return Recorded(
        round_id=row.id,
        kind_key=row.kind_key,
        kind_name=row.kind_name,
        reason=row.reason,
        due_on=row.due_on,
        started_on=row.started_on,
        started_by=row.started_by,
        form=row.form_id.rpartition(":")[0] or row.form_id,  # one row for each kind: "form:kind"
        stopped=stopped,
    )
