"""Imports of the roll: each one that changed something, and files that wait in Slack to be confirmed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.engine import Connection

from bot.reading.roll.difference import Missing, refused_by_somebody
from bot.reading.roll.rows import PupilRow, Recorded
from bot.rules.consent.ledger import Decision, Matter, Method, Verdict
from storage.consent import ledger
from storage.consent.imports_bulk import add, in_chunks, next_ids
from storage.consent.roll import IS_HERE, former_name, leaver, placement, pupil
from storage.consent.undo import decision_counts, flag_counts
from storage.engine import Id, Instant, metadata

roll_import = Table(
    "roll_import",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id")),  # empty: from the command line
    Column("at", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("rows_refused", Integer, nullable=False),
    # What it brought, so that it can be undone: decisions of one source, pupils in a range of ids; and flags by name.
    Column("source_id", Id, ForeignKey("consent_source.id")),
    Column("pupils_after", Id),  # empty: from before this was kept
    Column("pupils_until", Id),
    # How far it came: it is written in pieces, each a transaction of its own.
    Column("children", Integer),  # about whom it says something new; empty: from before this was kept
    Column("children_done", Integer),
    Column("turn", Integer, nullable=False, default=1),  # grows when somebody else goes on with it
    Column("touched_at", Instant),  # when its newest piece was written
    Column("noes_at", Instant),  # from then on every No of it counts
    Column("stopped_at", Instant),
    Column("finished_at", Instant),
    Index("ix_roll_import_school_id", "school_id"),
)

# A file that somebody sent in Slack and has not confirmed yet. The content goes as soon as it is not needed.
upload = Table(
    "upload",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("content", LargeBinary),
    Column("applied", Boolean, nullable=False, default=False),
    Index("ix_upload_school_id", "school_id"),
)


def recorded(
    connection: Connection,
    school_id: int,
    matters: Sequence[Matter],
    today: date,
    only: Collection[int] | None = None,
) -> list[Recorded]:
    """Return every pupil of a school, leavers too, with what was imported last and what people have refused since.

    Those too who come with an import that is not finished. `only`: of these pupils, some hundred at the most.
    """
    imported = _imported(connection, school_id, matters, only)
    refused = _refused(connection, school_id, matters, today, only)
    raised = _raised(connection, school_id, today)
    nothing: tuple[Verdict | None, ...] = (None,) * len(matters)
    nowhere: frozenset[int] = frozenset()
    here = (pupil.c.school_id == school_id) & pupil.c.undone_at.is_(None) & _among(only)
    rows = connection.execute(select(pupil).where(here).order_by(pupil.c.id))
    return [
        Recorded(
            pupil_id=row.id,
            upn=row.upn or "",
            admission_number=row.admission_number or "",
            legal_forename=row.legal_forename,
            legal_surname=row.legal_surname,
            forename=row.forename,
            surname=row.surname,
            born_on=row.born_on,
            year_group=row.year_group,
            class_name=row.class_name,
            joined_on=row.joined_on,
            left_on=row.left_on,
            missing_since=row.missing_since,
            never_photograph=row.id in raised,
            imported=tuple(imported[row.id]) if row.id in imported else nothing,
            refused=refused.get(row.id, nowhere),
            arrives=row.arrives_with is not None,
        )
        for row in rows
    ]


def _among(only: Collection[int] | None) -> ColumnElement[bool]:
    return true() if only is None else pupil.c.id.in_(list(only))


def _imported(
    connection: Connection, school_id: int, matters: Sequence[Matter], only: Collection[int] | None
) -> Mapping[int, Sequence[Verdict | None]]:
    places = {(key, medium.value): place for place, (key, medium) in enumerate(matters)}
    verdicts = {verdict.value: verdict for verdict in Verdict}
    found: dict[int, list[Verdict | None]] = {}
    rows = connection.execute(
        select(
            ledger.decision.c.pupil_id, ledger.decision.c.use_key, ledger.decision.c.media, ledger.decision.c.verdict
        )
        .join(pupil, pupil.c.id == ledger.decision.c.pupil_id)
        .join(ledger.source, ledger.source.c.id == ledger.decision.c.source_id)
        .where(pupil.c.school_id == school_id, ledger.source.c.method == Method.IMPORT.value, _among(only))
        .where(decision_counts(ledger.decision.c.pupil_id, ledger.decision.c.source_id))
        .order_by(ledger.decision.c.id)
    )
    for pupil_id, use_key, media, verdict in rows:
        place = places.get((use_key, media))
        if place is not None:
            (found.get(pupil_id) or found.setdefault(pupil_id, [None] * len(matters)))[place] = verdicts[verdict]
    return found


def _refused(
    connection: Connection,
    school_id: int,
    matters: Sequence[Matter],
    today: date,
    only: Collection[int] | None,
) -> Mapping[int, frozenset[int]]:
    """Return pupil → places of the matters on which somebody's No, recorded in Lanyard itself, stands."""
    places = {matter: place for place, matter in enumerate(matters)}
    rows = connection.execute(
        select(ledger.decision.c.pupil_id)
        .distinct()
        .join(pupil, pupil.c.id == ledger.decision.c.pupil_id)
        .join(ledger.source, ledger.source.c.id == ledger.decision.c.source_id)
        .where(pupil.c.school_id == school_id, ledger.source.c.method != Method.IMPORT.value, _among(only))
    )
    found: dict[int, set[int]] = {}
    for pupils in in_chunks(sorted(row.pupil_id for row in rows), 500):
        for pupil_id, (_, decisions) in ledger.standing(connection, school_id, pupils, today).items():
            by_matter: dict[Matter, list[Decision]] = {}
            for decision in decisions:
                by_matter.setdefault(decision.matter, []).append(decision)
            found[pupil_id] = {
                places[matter]
                for matter, made in by_matter.items()
                if matter in places and refused_by_somebody(made, today)
            }
    return {pupil_id: frozenset(where) for pupil_id, where in found.items() if where}


def _raised(connection: Connection, school_id: int, today: date) -> set[int]:
    flag = ledger.flag
    rows = connection.execute(
        select(flag.c.pupil_id, flag.c.raised)
        .where(flag.c.school_id == school_id, flag.c.effective_from <= today, flag_counts(flag.c.id))
        .order_by(flag.c.effective_from, flag.c.id)
    )
    newest = {row.pupil_id: row.raised for row in rows}
    return {pupil_id for pupil_id, raised in newest.items() if raised}


# ── what an import writes ──────────────────────────────────────────────────────────────────────────────────────────


def add_source(connection: Connection, school_id: int, *, person_id: int | None, at: datetime) -> int:
    """Add the occasion to which every decision of one import belongs; returns its id."""
    values = {"school_id": school_id, "method": Method.IMPORT.value, "recorded_by": person_id, "recorded_at": at}
    return int(connection.execute(insert(ledger.source).values(**values).returning(ledger.source.c.id)).scalar_one())


def add_pupils(
    connection: Connection, school_id: int, rows: Sequence[PupilRow], *, arrive_with: int | None
) -> Sequence[int]:
    """Insert new pupils; returns their ids, in the same order. `arrive_with`: the import whose end they wait for."""
    ids = next_ids(connection, len(rows))
    filled = (
        (
            *(pupil_id, school_id, row.upn or None, row.admission_number or None, row.legal_forename),
            *(row.legal_surname, row.forename, row.surname, row.born_on, row.year_group, row.class_name),
            *(row.joined_on, row.left_on, arrive_with),
        )
        for pupil_id, row in zip(ids, rows, strict=True)
    )
    columns = (
        *("id", "school_id", "upn", "admission_number", "legal_forename", "legal_surname", "forename", "surname"),
        *("born_on", "year_group", "class_name", "joined_on", "left_on", "arrives_with"),
    )
    add(connection, pupil, columns, filled)
    return ids


def add_decisions(
    connection: Connection, school_id: int, source_id: int, made: Iterable[tuple[int, str, str, str, date]]
) -> None:
    """Insert decisions: (pupil, use, medium, verdict, effective from)."""
    columns = ("school_id", "source_id", "pupil_id", "use_key", "media", "verdict", "effective_from")
    add(connection, ledger.decision, columns, ((school_id, source_id, *each) for each in made))


def add_placements(connection: Connection, school_id: int, placed: Sequence[tuple[int, str, str, date]]) -> None:
    """Insert placements: (pupil, class, year group, from day)."""
    columns = ("school_id", "pupil_id", "class_name", "year_group", "from_day")
    add(connection, placement, columns, ((school_id, *each) for each in placed))


def add_former_names(connection: Connection, school_id: int, names: Sequence[tuple[int, str]], until: date) -> None:
    """Insert full names that pupils no longer have."""
    columns = ("school_id", "pupil_id", "full_name", "until")
    add(connection, former_name, columns, ((school_id, *each, until) for each in names))


def raise_flags(
    connection: Connection,
    school_id: int,
    import_id: int,
    raised: Sequence[tuple[int, date]],
    *,
    person_id: int | None,
    at: datetime,
) -> None:
    """Raise the never-photograph flag of pupils, each from a day on, because of an import."""
    common = {"school_id": school_id, "raised": True, "recorded_by": person_id, "recorded_at": at}
    common["import_id"] = import_id
    rows = [{**common, "pupil_id": pupil_id, "effective_from": day} for pupil_id, day in raised]
    if rows:
        connection.execute(insert(ledger.flag), rows)


def change_pupils(connection: Connection, school_id: int, changes: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Change columns of pupils: (pupil, column → new value)."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for pupil_id, facts in changes:
        if facts:
            values = {f"new_{name}": value for name, value in facts.items()}
            alike.setdefault(tuple(sorted(facts)), []).append({"of_pupil": pupil_id, **values})
    for names, rows in alike.items():
        one = update(pupil).where(pupil.c.id == bindparam("of_pupil"), pupil.c.school_id == school_id)
        connection.execute(one.values({name: bindparam(f"new_{name}") for name in names}), rows)


# ── pupils whom the last file did not name ─────────────────────────────────────────────────────────────────────────


def missing(connection: Connection, school_id: int) -> list[Missing]:
    """Return the pupils who were missing from an import and whom nobody has confirmed as leavers, by class and name."""
    rows = connection.execute(
        select(pupil)
        .where(pupil.c.school_id == school_id, pupil.c.missing_since.is_not(None), pupil.c.left_on.is_(None))
        .where(IS_HERE)
        .order_by(pupil.c.class_name, pupil.c.forename, pupil.c.surname, pupil.c.id)
    )
    return [Missing(row.id, f"{row.forename} {row.surname}", row.class_name, row.missing_since) for row in rows]


class Dates(NamedTuple):
    """When a pupil was on roll, and since when no file has named them."""

    joined_on: date | None
    left_on: date | None
    missing_since: date | None


def roll_dates(connection: Connection, school_id: int, pupil_id: int) -> Dates | None:
    """Return the dates of one pupil."""
    dates = select(pupil.c.joined_on, pupil.c.left_on, pupil.c.missing_since)
    row = connection.execute(dates.where(pupil.c.school_id == school_id, pupil.c.id == pupil_id)).one_or_none()
    return Dates(*row) if row else None


def add_leavers(
    connection: Connection, school_id: int, pupil_ids: Iterable[int], left_on: date, *, by: int | None, at: datetime
) -> list[int]:
    """Note who said that these missing pupils have left, and since when they were missing; returns the entries' ids."""
    made = []
    for pupil_id in pupil_ids:
        since = select(pupil.c.missing_since).where(pupil.c.id == pupil_id).scalar_subquery()
        values = {"school_id": school_id, "pupil_id": pupil_id, "left_on": left_on, "missing_since": since}
        values |= {"recorded_by": by, "recorded_at": at}
        made.append(int(connection.execute(insert(leaver).values(**values).returning(leaver.c.id)).scalar_one()))
    return made


def leavers_of(connection: Connection, school_id: int, leaver_ids: Collection[int]) -> dict[int, int]:
    """Return entry → pupil of these entries about leavers."""
    mine = leaver.c.id.in_(list(leaver_ids))
    rows = connection.execute(
        select(leaver.c.id, leaver.c.pupil_id).where(leaver.c.school_id == school_id, mine).order_by(leaver.c.id)
    )
    return {row.id: row.pupil_id for row in rows}


def missing_before(connection: Connection, school_id: int, leaver_id: int) -> date | None:
    """Return since when a pupil had been missing when somebody said that they had left."""
    since = select(leaver.c.missing_since).where(leaver.c.school_id == school_id, leaver.c.id == leaver_id)
    found: date | None = connection.execute(since).scalar_one()
    return found


class Upload(NamedTuple):
    """A file that somebody sent. `content` is None once it is applied, cancelled or stale."""

    at: datetime
    file_name: str
    content: bytes | None


# ── files sent in Slack ────────────────────────────────────────────────────────────────────────────────────────────


def keep_upload(
    connection: Connection, school_id: int, *, person_id: int, at: datetime, file_name: str, content: bytes
) -> int:
    """Keep a file until it is confirmed; returns its id."""
    values = {"school_id": school_id, "person_id": person_id, "at": at, "file_name": file_name, "content": content}
    return int(connection.execute(insert(upload).values(**values).returning(upload.c.id)).scalar_one())


def get_upload(connection: Connection, school_id: int, upload_id: int, *, person_id: int) -> Upload | None:
    """Return a file that this person sent."""
    mine = select(upload.c.at, upload.c.file_name, upload.c.content).where(
        upload.c.school_id == school_id, upload.c.id == upload_id, upload.c.person_id == person_id
    )
    row = connection.execute(mine).one_or_none()
    return Upload(*row) if row else None


def close_upload(connection: Connection, school_id: int, upload_id: int, *, applied: bool) -> bool:
    """Forget a file's content; False where somebody did so before."""
    closed = connection.execute(
        update(upload)
        .where(upload.c.school_id == school_id, upload.c.id == upload_id, upload.c.content.is_not(None))
        .values(content=None, applied=applied)
    )
    return closed.rowcount == 1


def has_upload_before(connection: Connection, school_id: int, instant: datetime) -> bool:
    """Return whether the content of a file sent before an instant is still kept."""
    stale = (upload.c.school_id == school_id) & upload.c.content.is_not(None) & (upload.c.at < instant)
    return connection.execute(select(upload.c.id).where(stale).limit(1)).first() is not None


def close_uploads_before(connection: Connection, school_id: int, instant: datetime) -> int:
    """Forget the content of files sent before an instant; returns how many."""
    stale = update(upload).where(upload.c.school_id == school_id, upload.c.content.is_not(None), upload.c.at < instant)
    return connection.execute(stale.values(content=None)).rowcount
