"""Who was to be told outside Slack of what, who was to tell them, and who told whom, how and when.

One row for each telling: what it was of, never what it said. A row that is over or was taken back stays, and another
one may follow it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.notices import Notice
from bot.rules.relays import How
from bot.rules.school import Role
from storage.engine import Id, Instant, metadata
from storage.statements.inserts import insert_if_new

relay = Table(
    "relay",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("notice", String(40), nullable=False),  # what those with an account are sent
    Column("record", Integer, nullable=False),
    Column("holder_id", Id, ForeignKey("person.id"), nullable=False),  # who has to be told
    Column("role", String(40), nullable=False),  # in which office
    Column("tellers", String(400), nullable=False),  # who is asked to tell them, "3,7"; "" nobody
    Column("made_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("how", String(20), nullable=False, default=""),
    Column("told_by", Id, ForeignKey("person.id")),
    Column("recorded_at", Instant),
    Column("ended_at", Instant),  # it needs no telling any more, or was recorded in error
    Column("undone_by", Id, ForeignKey("person.id")),
    Column("stands", Integer, default=1),  # 1; NULL once it is over
    # Two that make the same at once make one. No NULL is like another: of those that are over there may be any number.
    UniqueConstraint("school_id", "notice", "record", "holder_id", "stands"),
)


@dataclass(frozen=True, slots=True)
class Relay:
    """One telling. `tellers`: who was asked to tell; `told_at`, `how`, `told_by`: once somebody has."""

    relay_id: int
    notice: Notice
    record: int
    holder_id: int
    role: Role
    tellers: frozenset[int]
    made_at: datetime
    told_at: datetime | None
    how: How | None
    told_by: int | None
    recorded_at: datetime | None
    ended_at: datetime | None
    undone_by: int | None

    @property
    def of(self) -> tuple[Notice, int, int]:
        """Return what makes it this telling: message, record, holder."""
        return self.notice, self.record, self.holder_id

    @property
    def is_open(self) -> bool:
        """Return whether somebody is still to be told."""
        return self.told_at is None and self.ended_at is None


_ALL = select(*(column for column in relay.c if column.name not in {"school_id", "stands"})).order_by(relay.c.id)
# Asked whenever a record is opened or moves on.
_OF_RECORDS = _ALL.where(
    relay.c.school_id == bindparam("of_school"),
    relay.c.ended_at.is_(None),
    relay.c.notice.in_(bindparam("notices", expanding=True)),
    relay.c.record.in_(bindparam("numbers", expanding=True)),
)


def add(
    connection: Connection,
    school_id: int,
    *,
    notice: Notice,
    record: int,
    holder_id: int,
    role: Role,
    tellers: Iterable[int],
    at: datetime,
) -> int | None:
    """Append one; returns its number, or None where somebody was quicker."""
    values: dict[str, Any] = {"school_id": school_id, "notice": notice, "record": record, "holder_id": holder_id}
    values |= {"role": role, "tellers": _written(tellers), "made_at": at}
    new = insert_if_new(connection.dialect.name, relay).values(**values).returning(relay.c.id)
    made: int | None = connection.execute(new).scalar_one_or_none()
    return made


def get(connection: Connection, school_id: int, relay_id: int) -> Relay | None:
    """Return one, over or not."""
    row = connection.execute(_ALL.where(relay.c.school_id == school_id, relay.c.id == relay_id)).one_or_none()
    return _relay(row) if row else None


def is_kept(connection: Connection, school_id: int) -> bool:
    """Return whether anybody was ever to be told by a colleague: at most schools nobody was."""
    mine = select(relay.c.id).where(relay.c.school_id == school_id, relay.c.ended_at.is_(None))
    return connection.execute(mine.limit(1)).first() is not None


def not_told(connection: Connection, school_id: int) -> list[Relay]:
    """Return those of which somebody is still to be told, the longest waiting first."""
    return _where(connection, school_id, relay.c.told_at.is_(None))


def of_records(
    connection: Connection, school_id: int, notices: Collection[Notice], numbers: Collection[int]
) -> list[Relay]:
    """Return those of some records, told or not, but none that is over."""
    these = {"notices": [str(notice) for notice in notices], "numbers": list(numbers)}
    return [_relay(row) for row in connection.execute(_OF_RECORDS, {"of_school": school_id, **these})]


def told(connection: Connection, relay_id: int, *, at: datetime, how: How, by: int | None, now: datetime) -> bool:
    """Note who told them, how and when. False: somebody was quicker, or there is nothing to tell any more."""
    still = (relay.c.id == relay_id) & relay.c.told_at.is_(None) & relay.c.ended_at.is_(None)
    values = {"told_at": at, "how": how, "told_by": by, "recorded_at": now}
    return connection.execute(update(relay).where(still).values(**values)).rowcount == 1


def undo(connection: Connection, relay_id: int, *, by: int | None, at: datetime) -> bool:
    """Note that it was recorded in error. False: it was taken back already."""
    still = (relay.c.id == relay_id) & relay.c.told_at.is_not(None) & relay.c.ended_at.is_(None)
    return connection.execute(update(relay).where(still).values(**_over(at), undone_by=by)).rowcount == 1


def end(connection: Connection, relay_ids: Collection[int], at: datetime) -> None:
    """Note that these need no telling any more."""
    open_ones = relay.c.id.in_(list(relay_ids)) & relay.c.told_at.is_(None) & relay.c.ended_at.is_(None)
    connection.execute(update(relay).where(open_ones).values(**_over(at)))


def set_tellers(connection: Connection, relay_id: int, tellers: Iterable[int]) -> None:
    """Note who is asked to tell from now on."""
    connection.execute(update(relay).where(relay.c.id == relay_id).values(tellers=_written(tellers)))


def _over(at: datetime) -> dict[str, Any]:
    return {"ended_at": at, "stands": None}


def _where(connection: Connection, school_id: int, which: ColumnElement[bool]) -> list[Relay]:
    mine = (relay.c.school_id == school_id) & relay.c.ended_at.is_(None) & which
    return [_relay(row) for row in connection.execute(_ALL.where(mine))]


def _written(tellers: Iterable[int]) -> str:
    return ",".join(map(str, sorted(tellers)))


def _relay(row: Any) -> Relay:
    return Relay(
        relay_id=row.id,
        notice=Notice(row.notice),
        record=row.record,
        holder_id=row.holder_id,
        role=Role(row.role),
        tellers=frozenset(map(int, filter(None, row.tellers.split(",")))),
        made_at=row.made_at,
        told_at=row.told_at,
        how=How(row.how) if row.how else None,
        told_by=row.told_by,
        recorded_at=row.recorded_at,
        ended_at=row.ended_at,
        undone_by=row.undone_by,
    )
