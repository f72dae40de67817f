"""How far an import of the roll has come. It is written in pieces, each a transaction; one row says what all belong to.

Whoever writes it has a turn: a number that grows when somebody else goes on with it. A piece is written only under the
turn that the row has, so that two can never write the same import.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, insert, literal, select, update
from sqlalchemy.engine import Connection

from storage.consent.imports import roll_import
from storage.consent.imports_undo import undone
from storage.consent.roll import pupil
from storage.engine import Instant

ALIVE = timedelta(minutes=2)  # [K] without a piece for so long, nobody is at it any more


class Unfinished(NamedTuple):
    """An import of which pieces are written and others are not."""

    import_id: int
    person_id: int | None
    at: datetime
    sha256: str
    children: int
    children_done: int
    turn: int
    touched_at: datetime
    noes_at: datetime | None  # from then on every No of it counts
    stopped_at: datetime | None
    source_id: int | None

    def is_at_work(self, now: datetime) -> bool:
        """Tell whether somebody is writing it at this moment, as far as anybody can know."""
        return self.stopped_at is None and now - self.touched_at < ALIVE


def unfinished(connection: Connection, school_id: int) -> Unfinished | None:
    """Return the import of a school that is not finished, and was not undone: there is one at the most."""
    named = (roll_import.c.id, roll_import.c.person_id, roll_import.c.at, roll_import.c.sha256, roll_import.c.children)
    way = (roll_import.c.children_done, roll_import.c.turn, roll_import.c.touched_at, roll_import.c.noes_at)
    row = connection.execute(
        select(*named, *way, roll_import.c.stopped_at, roll_import.c.source_id)
        .outerjoin(undone, undone.c.import_id == roll_import.c.id)
        .where(roll_import.c.school_id == school_id, roll_import.c.finished_at.is_(None), undone.c.import_id.is_(None))
    ).one_or_none()
    return Unfinished(*row) if row else None


def mark(connection: Connection, school_id: int) -> tuple[int, int]:
    """Return two numbers, one of which grows with whatever is imported or undone."""
    newest = select(func.count(), func.coalesce(func.max(roll_import.c.id), 0))
    made, number = connection.execute(newest.where(roll_import.c.school_id == school_id)).one()
    taken_back = select(func.count()).select_from(undone).where(undone.c.school_id == school_id)
    return made + int(connection.execute(taken_back).scalar_one()), number


def begin(
    connection: Connection,
    school_id: int,
    *,
    person_id: int | None,
    at: datetime,
    sha256: str,
    rows: tuple[int, int],
    children: int,
) -> int:
    """Note an import that changes something; returns its id. `rows`: how many were read, and how many refused."""
    values = {"school_id": school_id, "person_id": person_id, "at": at, "touched_at": at, "sha256": sha256}
    values |= {"rows_read": rows[0], "rows_refused": rows[1], "children": children, "children_done": 0, "turn": 1}
    values |= {"pupils_after": 0, "pupils_until": 0}  # nobody new so far
    return int(connection.execute(insert(roll_import).values(**values).returning(roll_import.c.id)).scalar_one())


def go_on(connection: Connection, school_id: int, import_id: int, *, at: datetime, children: int) -> int:
    """Take a turn at an import that stopped; returns the turn. `children`: how many there are in all, by now."""
    values = {"turn": roll_import.c.turn + 1, "touched_at": at, "stopped_at": None, "children": children}
    mine = update(roll_import).where(*_mine(school_id, import_id)).values(**values)
    return int(connection.execute(mine.returning(roll_import.c.turn)).scalar_one())


def holds_turn(connection: Connection, school_id: int, import_id: int, turn: int, *, at: datetime) -> bool:
    """Say that whoever has the turn is at work; False: it is somebody else's by now, or the import is over."""
    mine = update(roll_import).where(*_mine(school_id, import_id), roll_import.c.turn == turn)
    return connection.execute(mine.where(roll_import.c.finished_at.is_(None)).values(touched_at=at)).rowcount == 1


def advance(
    connection: Connection,
    school_id: int,
    import_id: int,
    *,
    done: int,
    pupil_ids: Sequence[int],
    source_id: int | None,
    noes_at: datetime | None,
) -> None:
    """Note what one piece brought. Nobody else adds pupils to this school meanwhile.

    `noes_at`: now, where no No of the import is left to be written; the first such moment stays.
    """
    values: dict[str, Any] = {"children_done": roll_import.c.children_done + done, "source_id": source_id}
    if noes_at is not None:
        values["noes_at"] = func.coalesce(roll_import.c.noes_at, literal(noes_at, Instant))
    if pupil_ids:
        is_first = roll_import.c.pupils_until == 0
        values["pupils_after"] = case((is_first, min(pupil_ids) - 1), else_=roll_import.c.pupils_after)
        values["pupils_until"] = max(pupil_ids)
    connection.execute(update(roll_import).where(*_mine(school_id, import_id)).values(**values))


def finish(connection: Connection, school_id: int, import_id: int, at: datetime) -> None:
    """Note that an import is written whole, and have those who came with it found."""
    connection.execute(update(roll_import).where(*_mine(school_id, import_id)).values(finished_at=at))
    arriving = (pupil.c.school_id == school_id) & (pupil.c.arrives_with == import_id)
    connection.execute(update(pupil).where(arriving).values(arrives_with=None))


def stop(connection: Connection, school_id: int, import_id: int, at: datetime) -> None:
    """Note that nobody goes on with an import: whoever had the turn has it no longer."""
    values = {"stopped_at": at, "turn": roll_import.c.turn + 1}
    connection.execute(update(roll_import).where(*_mine(school_id, import_id)).values(**values))


def _mine(school_id: int, import_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return roll_import.c.school_id == school_id, roll_import.c.id == import_id
