"""Everything that was ever recorded about one child's pictures, struck out or not: to be shown, and to be weighed."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from bot.rules.consent.ledger import Decision, EntryKey, EntryKind, Method, Occasion, OnRoll, StruckOut, Verdict
from bot.rules.school import Media
from storage.consent.ledger import decision, flag, source
from storage.consent.roll import leaver, pupil
from storage.consent.undo import struck_out

_STRUCK = (
    struck_out.c.recorded_at.label("struck_at"),
    struck_out.c.recorded_by.label("struck_by"),
    struck_out.c.reasons.label("struck_because"),
)


def of_pupil(connection: Connection, school_id: int, pupil_id: int) -> list[Occasion]:
    """Return everything ever recorded about one pupil's pictures, newest first."""
    found = [
        *_decided(connection, school_id, pupil_id),
        *_flags(connection, school_id, pupil_id),
        *_left(connection, school_id, pupil_id),
    ]
    return sorted(found, key=lambda occasion: (occasion.recorded_at, occasion.key.number), reverse=True)


def on_roll(connection: Connection, school_id: int, pupil_id: int) -> OnRoll:
    """Return when a pupil is on roll, as it holds now; without the flag."""
    dates = select(pupil.c.joined_on, pupil.c.left_on, pupil.c.decisions_from)
    row = connection.execute(dates.where(pupil.c.school_id == school_id, pupil.c.id == pupil_id)).one()
    return OnRoll(row.joined_on, row.left_on, decisions_from=row.decisions_from)


def _decided(connection: Connection, school_id: int, pupil_id: int) -> Iterator[Occasion]:
    strikes = and_(struck_out.c.source_id == source.c.id, struck_out.c.pupil_id == decision.c.pupil_id)
    rows = connection.execute(
        select(source, decision.c.id.label("number"), decision.c.use_key, decision.c.media, decision.c.verdict)
        .add_columns(decision.c.effective_from, decision.c.expires_on, *_STRUCK)
        .join(decision, decision.c.source_id == source.c.id)
        .outerjoin(struck_out, strikes)
        .where(decision.c.school_id == school_id, decision.c.pupil_id == pupil_id)
        .order_by(source.c.id, decision.c.id)
    ).all()
    for _, group in groupby(rows, key=lambda row: (row.id, row.effective_from)):
        lines = list(group)
        first = lines[0]
        decisions = tuple(_decision(pupil_id, line) for line in lines)
        yield Occasion(
            key=EntryKey(EntryKind.DECIDED, first.id),
            recorded_at=first.recorded_at,
            recorded_by=first.recorded_by,
            method=Method(first.method),
            decided_by=first.decided_by,
            relationship=first.relationship,
            wording=first.wording,
            reasons=first.reasons,
            effective_from=first.effective_from,
            expires_on=next((line.expires_on for line in lines if line.expires_on), None),
            decisions=decisions,
            struck=_struck(first),
        )


def _decision(pupil_id: int, line: Any) -> Decision:
    return Decision(
        line.number,
        pupil_id,
        line.use_key,
        Media(line.media),
        Verdict(line.verdict),
        line.effective_from,
        line.expires_on,
        Method(line.method),
        line.decided_by,
    )


def _flags(connection: Connection, school_id: int, pupil_id: int) -> Iterator[Occasion]:
    mine = select(flag, *_STRUCK).outerjoin(struck_out, struck_out.c.flag_id == flag.c.id)
    mine = mine.where(flag.c.school_id == school_id, flag.c.pupil_id == pupil_id)
    for row in connection.execute(mine.order_by(flag.c.id)):
        yield Occasion(
            key=EntryKey(EntryKind.FLAG, row.id),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            reasons=row.reasons,
            effective_from=row.effective_from,
            raised=row.raised,
            struck=_struck(row),
        )


def _left(connection: Connection, school_id: int, pupil_id: int) -> Iterator[Occasion]:
    mine = select(leaver, *_STRUCK).outerjoin(struck_out, struck_out.c.leaver_id == leaver.c.id)
    mine = mine.where(leaver.c.school_id == school_id, leaver.c.pupil_id == pupil_id)
    for row in connection.execute(mine.order_by(leaver.c.id)):
        yield Occasion(
            key=EntryKey(EntryKind.LEFT, row.id),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            effective_from=row.left_on,
            struck=_struck(row),
        )


def _struck(row: Any) -> StruckOut | None:
    return StruckOut(row.struck_at, row.struck_by, row.struck_because) if row.struck_at else None
