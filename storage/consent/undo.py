"""What was recorded in error: the entry stays as it is, and a row of its own strikes it out. Append-only."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ColumnElement, ForeignKey, Index, Table, Text, insert, select
from sqlalchemy.engine import Connection

from bot.rules.consent.ledger import EntryKey, EntryKind
from storage.engine import Id, Instant, metadata

# One row for each child's part of an occasion, so that a look-up finds it by the child: one import speaks of many.
struck_out = Table(
    "consent_struck_out",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False),
    Column("source_id", Id, ForeignKey("consent_source.id")),  # one of the three
    Column("flag_id", Id, ForeignKey("never_photograph.id")),
    Column("leaver_id", Id, ForeignKey("leaver.id")),
    Column("reasons", Text, nullable=False, default=""),  # personal: shown in windows only
    Column("recorded_by", Id, ForeignKey("person.id")),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint(
        "(source_id IS NOT NULL AND flag_id IS NULL AND leaver_id IS NULL)"
        " OR (source_id IS NULL AND flag_id IS NOT NULL AND leaver_id IS NULL)"
        " OR (source_id IS NULL AND flag_id IS NULL AND leaver_id IS NOT NULL)",
        name="entry",
    ),
    # Unique: two may strike out the same at once, and it is struck out once.
    Index("uq_consent_struck_out_pupil_id_source_id", "pupil_id", "source_id", unique=True),
    Index("uq_consent_struck_out_flag_id", "flag_id", unique=True),
    Index("uq_consent_struck_out_leaver_id", "leaver_id", unique=True),
    Index("ix_consent_struck_out_source_id", "source_id"),
)

_COLUMNS = {
    EntryKind.DECIDED: struck_out.c.source_id,
    EntryKind.FLAG: struck_out.c.flag_id,
    EntryKind.LEFT: struck_out.c.leaver_id,
}


def decision_counts(pupil_id: ColumnElement[int], source_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a child's decisions of an occasion are not struck out."""
    return _nothing(struck_out.c.pupil_id == pupil_id, struck_out.c.source_id == source_id)


def flag_counts(flag_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a flag raised or lifted is not struck out."""
    return _nothing(struck_out.c.flag_id == flag_id)


def _nothing(*strikes_it_out: ColumnElement[bool]) -> ColumnElement[bool]:
    # Said outright what is of the statement around it: it is put into joins, conditions and conditions of conditions.
    return ~select(struck_out.c.id).where(*strikes_it_out).correlate_except(struck_out).exists()


def add(
    connection: Connection,
    school_id: int,
    pupil_id: int,
    key: EntryKey,
    *,
    reasons: str,
    recorded_by: int | None,
    recorded_at: datetime,
) -> int:
    """Strike out one entry about a child; returns the id of what strikes it out."""
    values = {"school_id": school_id, "pupil_id": pupil_id, _COLUMNS[key.kind].name: key.number, "reasons": reasons}
    values |= {"recorded_by": recorded_by, "recorded_at": recorded_at}
    return int(connection.execute(insert(struck_out).values(**values).returning(struck_out.c.id)).scalar_one())


def of_whom(connection: Connection, school_id: int, struck_id: int) -> tuple[int, datetime] | None:
    """Return of which child an entry was struck out, and when."""
    mine = (struck_out.c.school_id == school_id) & (struck_out.c.id == struck_id)
    row = connection.execute(select(struck_out.c.pupil_id, struck_out.c.recorded_at).where(mine)).one_or_none()
    return (row.pupil_id, row.recorded_at) if row else None
