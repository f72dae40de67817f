"""Take-downs: a record's own columns, and its lines: which picture, which child, and what became of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.posting.take_downs import KIND, Form, Outcome, State
from storage.consent.ledger import decision, flag, source
from storage.consent.roll import pupil
from storage.consent.undo import flag_counts
from storage.engine import Id, Instant, metadata
from storage.records import Record, pieces, record, unordered
from storage.spine.record_forms import FormTable

take_downs = FormTable(
    "take_down",
    Column("cause", String(60), nullable=False),  # "source 12", "flag 3": never shown to whoever looks after a place
    Column("surface_id", Id, ForeignKey("surface.id")),  # empty: looked for by hand, everywhere
    read=Form,
)

take_down_line = Table(
    "take_down_line",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("record_id", Id, ForeignKey("record.id"), nullable=False),
    Column("post_id", Id, ForeignKey("record.id"), index=True),  # empty: looked for by hand
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("outcome", String(20)),  # empty: it is still to be done
    Column("words", Text, nullable=False, default=""),
    Column("at", Instant),
    Column("by", Id, ForeignKey("person.id")),  # empty: nobody, for consent is back
    UniqueConstraint("record_id", "post_id", "pupil_id"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `record_id`, `post_id`: rows of the take-down and the post; `cause`, `surface_id`: the take-down's."""

    line_id: int
    record_id: int
    post_id: int | None
    pupil_id: int
    outcome: Outcome | None
    words: str
    at: datetime | None
    by: int | None
    cause: str
    surface_id: int | None


def add_lines(connection: Connection, school_id: int, record_id: int, lines: Iterable[tuple[int | None, int]]) -> None:
    """Append lines: (post, pupil)."""
    common = {"school_id": school_id, "record_id": record_id}
    rows = [{**common, "post_id": post_id, "pupil_id": pupil_id} for post_id, pupil_id in lines]
    if rows:
        connection.execute(insert(take_down_line), rows)


def end_lines(
    connection: Connection, line_ids: Collection[int], outcome: Outcome, *, words: str, by: int | None, at: datetime
) -> int:
    """Note what became of lines that are open; returns how many were. Compare-and-set: two may tick off the same."""
    ended = 0
    for some in pieces(line_ids):
        these = take_down_line.c.id.in_(some) & take_down_line.c.outcome.is_(None)
        values = {"outcome": outcome, "words": words, "by": by, "at": at}
        ended += connection.execute(update(take_down_line).where(these).values(**values)).rowcount
    return ended


def reopen(connection: Connection, record_id: int, outcome: Outcome) -> None:
    """Have the lines of this outcome done again."""
    these = (take_down_line.c.record_id == record_id) & (take_down_line.c.outcome == outcome)
    connection.execute(update(take_down_line).where(these).values(outcome=None, at=None, by=None))


_LINES = select(
    *(column for column in take_down_line.c if column.key != "school_id"),
    take_downs.table.c.cause,
    take_downs.table.c.surface_id,
).join(take_downs.table, take_downs.table.c.record_id == take_down_line.c.record_id)


def _lines(connection: Connection, which: ColumnElement[bool]) -> list[Line]:
    rows: Iterable[Any] = connection.execute(_LINES.where(which).order_by(take_down_line.c.id))
    return [
        Line(line_id, record_id, post_id, pupil_id, _OUTCOMES[outcome] if outcome else None, *rest)
        for line_id, record_id, post_id, pupil_id, outcome, *rest in rows
    ]


_OUTCOMES = {each.value: each for each in Outcome}  # four times as quick as calling the enum


def lines(connection: Connection, record_ids: Collection[int]) -> dict[int, list[Line]]:
    """Return take-down → its lines, in the order in which they came."""
    found: dict[int, list[Line]] = {record_id: [] for record_id in record_ids}
    for some in pieces(record_ids):
        for line in _lines(connection, take_down_line.c.record_id.in_(some)):
            found[line.record_id].append(line)
    return found


def lines_of_pupils(connection: Connection, school_id: int, pupil_ids: Iterable[int]) -> list[Line]:
    """Return every line about any of these pupils, open or done."""
    mine = take_down_line.c.school_id == school_id
    return [
        line for some in pieces(pupil_ids) for line in _lines(connection, mine & take_down_line.c.pupil_id.in_(some))
    ]


def open_lines_of_post(connection: Connection, school_id: int, post_id: int) -> list[Line]:
    """Return the open lines about one post."""
    these = (take_down_line.c.school_id == school_id) & (take_down_line.c.post_id == post_id)
    return _lines(connection, these & take_down_line.c.outcome.is_(None))


def without_open_lines(connection: Connection, school_id: int) -> list[int]:
    """Return the open take-downs in which nothing is to be done any more."""
    is_open = (record.c.school_id == school_id) & (record.c.kind == KIND) & (record.c.state == State.OPEN)
    lines = select(take_down_line.c.id).where(
        take_down_line.c.record_id == record.c.id, take_down_line.c.outcome.is_(None)
    )
    return sorted(connection.execute(select(record.c.id).where(is_open, ~lines.exists())).scalars())


def pupils(connection: Connection, school_id: int) -> list[int]:
    """Return every pupil about whom a line is open."""
    these = (take_down_line.c.school_id == school_id) & take_down_line.c.outcome.is_(None)
    return sorted(connection.execute(select(take_down_line.c.pupil_id).where(these).distinct()).scalars())


def of_cause(connection: Connection, school_id: int, cause: str, surface_id: int | None) -> list[Record]:
    """Return the take-downs of one cause and place, in any order."""
    table = take_downs.table.c
    same = select(table.record_id).where(table.cause == cause, table.surface_id.is_not_distinct_from(surface_id))
    return unordered(connection, school_id, (record.c.kind == KIND) & record.c.id.in_(same))


def open_ones(connection: Connection, school_id: int) -> list[Record]:
    """Return the take-downs that are open, in any order."""
    return unordered(connection, school_id, (record.c.kind == KIND) & (record.c.state == State.OPEN))


# ── what the causes are ────────────────────────────────────────────────────────────────────────────────────────────


def sources(connection: Connection, decisions: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """Return decision → its occasion, and when that was recorded."""
    found: dict[int, tuple[int, datetime]] = {}
    columns = select(decision.c.id, source.c.id, source.c.recorded_at).join(source, source.c.id == decision.c.source_id)
    for some in pieces(decisions):
        for row in connection.execute(columns.where(decision.c.id.in_(some))):
            found[row[0]] = (row[1], row[2])
    return found


def flags(
    connection: Connection, school_id: int, pupil_ids: Iterable[int], day: date
) -> dict[int, tuple[int, datetime]]:
    """Return pupil → the entry that raised the flag which is up on a day, and when that was recorded."""
    found: dict[int, tuple[int, datetime]] = {}
    counts = (flag.c.school_id == school_id) & (flag.c.effective_from <= day) & flag_counts(flag.c.id)
    for some in pieces(pupil_ids):
        rows = connection.execute(
            select(flag).where(counts, flag.c.pupil_id.in_(some)).order_by(flag.c.effective_from, flag.c.id)
        )
        for row in rows:
            if row.raised:
                found.setdefault(row.pupil_id, (row.id, row.recorded_at))
            else:
                found.pop(row.pupil_id, None)
    return found


def begins_today(connection: Connection, school_id: int, today: date, midnight: datetime) -> list[int]:
    """Return the pupils of whom something counts from today on that was recorded before. `midnight`: of today."""
    decided = (
        select(decision.c.pupil_id)
        .join(source, source.c.id == decision.c.source_id)
        .where(decision.c.school_id == school_id, decision.c.effective_from == today)
        .where(source.c.recorded_at < midnight)
    )
    again = select(pupil.c.id).where(pupil.c.school_id == school_id, pupil.c.decisions_from == today)
    return sorted(set(connection.execute(decided.union(again)).scalars()))


def changed_since(connection: Connection, school_id: int, since: datetime) -> list[int]:
    """Return the pupils about whom anything was decided or flagged since an instant."""
    decided = (
        select(decision.c.pupil_id)
        .join(source, source.c.id == decision.c.source_id)
        .where(source.c.school_id == school_id, source.c.recorded_at >= since)
    )
    flagged = select(flag.c.pupil_id).where(flag.c.school_id == school_id, flag.c.recorded_at >= since)
    return sorted(set(connection.execute(decided.union(flagged)).scalars()))
