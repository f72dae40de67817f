"""Whom an import concerned: the children whom it brought or changed, and for whom its No came after a Yes."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from bot.rules.consent.ledger import Matter, Method, Verdict
from bot.rules.school import Media
from storage.consent.imports_bulk import in_chunks
from storage.consent.imports_undo import AT_ONCE, Import
from storage.consent.ledger import decision, source
from storage.consent.roll import pupil
from storage.consent.undo import decision_counts


class Child(NamedTuple):
    """A child by preferred name, and where."""

    forename: str
    surname: str
    class_name: str
    year_group: str


def children(connection: Connection, school_id: int, pupil_ids: Iterable[int]) -> dict[int, Child]:
    """Return children as they are now, by their ids."""
    found: dict[int, Child] = {}
    for chunk in in_chunks(sorted(pupil_ids), AT_ONCE):
        mine = select(pupil).where(pupil.c.school_id == school_id, pupil.c.id.in_(chunk))
        for row in connection.execute(mine):
            found[row.id] = Child(row.forename, row.surname, row.class_name, row.year_group)
    return found


def withdrawn(connection: Connection, school_id: int, made: Import) -> Mapping[int, list[Matter]]:
    """Return child → for what a No of an import came after a Yes, which had been imported before."""
    mine, before = decision.alias("mine"), decision.alias("before")
    same = and_(
        before.c.pupil_id == mine.c.pupil_id,
        before.c.use_key == mine.c.use_key,
        before.c.media == mine.c.media,
        before.c.id < mine.c.id,
    )
    rows = connection.execute(
        select(mine.c.pupil_id, mine.c.use_key, mine.c.media, before.c.verdict)
        .select_from(mine.join(before, same).join(source, source.c.id == before.c.source_id))
        .where(mine.c.school_id == school_id, mine.c.source_id == made.source_id, mine.c.verdict != Verdict.YES)
        .where(source.c.method == Method.IMPORT, before.c.source_id != mine.c.source_id)
        .where(decision_counts(before.c.pupil_id, before.c.source_id))
        .order_by(before.c.id)
    )
    last = {(row.pupil_id, (row.use_key, Media(row.media))): row.verdict for row in rows}  # the newest of each
    found: dict[int, list[Matter]] = {}
    for (pupil_id, matter), verdict in last.items():
        if verdict == Verdict.YES:
            found.setdefault(pupil_id, []).append(matter)
    return found
