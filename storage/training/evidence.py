"""Files that prove something, encrypted: which record each belongs to, what it is, who put it there. Append-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, insert, select
from sqlalchemy.engine import Connection

from storage.engine import Id, Instant, metadata

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("feature", String(20), nullable=False),  # whose record it belongs to: "training"
    Column("record", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),  # by its content: "application/pdf"
    Column("size", Integer, nullable=False),  # bytes, of what was sent
    Column("sha256", String(64), nullable=False),  # of what was sent
    Column("sealed", LargeBinary, nullable=False),
    Column("added_by", Id, ForeignKey("person.id"), nullable=False),
    Column("added_at", Instant, nullable=False),
    Index("ix_evidence_school_id_feature_record", "school_id", "feature", "record"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a file without opening it."""

    evidence_id: int
    feature: str
    record: int
    name: str
    kind: str
    size: int
    sha256: str
    added_by: int
    added_at: datetime


_FACTS = [column for column in evidence.c if column.key != "sealed"]


def add(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    *,
    feature: str,
    record: int,
    name: str,
    kind: str,
    size: int,
    sha256: str,
    sealed: bytes,
    added_by: int,
    at: datetime,
) -> int:
    """Keep a file; returns its number."""
    values = {"school_id": school_id, "feature": feature, "record": record, "name": name, "kind": kind, "size": size}
    values |= {"sha256": sha256, "sealed": sealed, "added_by": added_by, "added_at": at}
    return int(connection.execute(insert(evidence).values(**values).returning(evidence.c.id)).scalar_one())


def of_record(connection: Connection, school_id: int, feature: str, record: int) -> list[Kept]:
    """Return the files of one record, oldest first."""
    mine = (evidence.c.school_id == school_id) & (evidence.c.feature == feature) & (evidence.c.record == record)
    return [_kept(row) for row in connection.execute(select(*_FACTS).where(mine).order_by(evidence.c.id))]


def of_feature(connection: Connection, school_id: int, feature: str) -> dict[int, list[Kept]]:
    """Return record → its files, for a whole feature."""
    found: dict[int, list[Kept]] = {}
    mine = (evidence.c.school_id == school_id) & (evidence.c.feature == feature)
    for row in connection.execute(select(*_FACTS).where(mine).order_by(evidence.c.id)):
        found.setdefault(row.record, []).append(_kept(row))
    return found


def exist(connection: Connection, school_id: int, feature: str) -> bool:
    """Return whether any file is kept with a feature's records."""
    mine = (evidence.c.school_id == school_id) & (evidence.c.feature == feature)
    return connection.execute(select(evidence.c.id).where(mine).limit(1)).first() is not None


def newest(
    connection: Connection,
    school_id: int,
    feature: str,
    records: Collection[int] | None,
    *,
    limit: int,
    offset: int,
) -> list[Kept]:
    """Return some files of a feature, the newest first. `records`: of these only; None: of all."""
    mine = (evidence.c.school_id == school_id) & (evidence.c.feature == feature)
    if records is not None:
        mine &= evidence.c.record.in_(list(records))
    rows = connection.execute(select(*_FACTS).where(mine).order_by(evidence.c.id.desc()).limit(limit).offset(offset))
    return [_kept(row) for row in rows]


def facts(connection: Connection, school_id: int, evidence_id: int) -> Kept | None:
    """Return what is known of one file, without reading it."""
    mine = (evidence.c.school_id == school_id) & (evidence.c.id == evidence_id)
    row = connection.execute(select(*_FACTS).where(mine)).one_or_none()
    return _kept(row) if row else None


def get(connection: Connection, school_id: int, evidence_id: int) -> tuple[Kept, bytes] | None:
    """Return one file, sealed as it lies."""
    mine = (evidence.c.school_id == school_id) & (evidence.c.id == evidence_id)
    row = connection.execute(select(evidence).where(mine)).one_or_none()
    return (_kept(row), bytes(row.sealed)) if row else None


def _kept(row: Any) -> Kept:
    return Kept(row.id, row.feature, row.record, row.name, row.kind, row.size, row.sha256, row.added_by, row.added_at)
