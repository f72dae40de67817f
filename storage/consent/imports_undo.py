"""What one import of the roll brought and changed, kept so that it can be taken back as a whole."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Select,
    Table,
    Text,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.consent.ledger import EntryKind, Method
from bot.rules.consent.undo_import import Built, Later
from storage.consent import ledger
from storage.consent.imports import roll_import
from storage.consent.imports_bulk import in_chunks
from storage.consent.roll import leaver, pupil
from storage.consent.undo import decision_counts, flag_counts, struck_out
from storage.engine import Id, Instant, metadata
from storage.people.relatives import relative
from storage.records import part

AT_ONCE = 500  # pupils in one statement

# What an import changed about a child on record: column of the pupil → value, before and after.
roll_change = Table(
    "roll_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("import_id", Id, ForeignKey("roll_import.id"), nullable=False, index=True),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
)

undone = Table(
    "roll_import_undone",
    metadata,
    Column("import_id", Id, ForeignKey("roll_import.id"), primary_key=True),  # once
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("reasons", Text, nullable=False),  # personal: shown in windows only
    Column("recorded_by", Id, ForeignKey("person.id")),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_roll_import_undone_school_id", "school_id"),
)


class Import(NamedTuple):
    """One import. What it brought: new pupils by the range of their ids, every decision of a source, its own flags."""

    import_id: int
    at: datetime
    person_id: int | None
    rows_read: int
    source_id: int | None
    pupils_after: int | None  # None: made before Lanyard kept what an import changes
    pupils_until: int | None
    finished_at: datetime | None
    undone_at: datetime | None
    undone_by: int | None
    reasons: str | None

    @property
    def can_be_undone(self) -> bool:
        """Tell whether it is known what it changed, and whether that has not been taken back yet."""
        return self.pupils_until is not None and self.undone_at is None


class Changed(NamedTuple):
    """What an import changed about one child."""

    pupil_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


# ── kept when an import is applied ─────────────────────────────────────────────────────────────────────────────────


def keep_changes(
    connection: Connection, school_id: int, import_id: int, changes: Sequence[tuple[int, Mapping[str, Any]]]
) -> None:
    """Keep what is on record now of what is about to change: (pupil, column → new value)."""
    for chunk in in_chunks((each for each in changes if each[1]), AT_ONCE):
        found = select(pupil).where(pupil.c.school_id == school_id, pupil.c.id.in_([each[0] for each in chunk]))
        there = {row.id: row._mapping for row in connection.execute(found)}
        common = {"school_id": school_id, "import_id": import_id}
        rows = [
            {
                **common,
                "pupil_id": pupil_id,
                "before": {name: _written(there[pupil_id][name]) for name in facts},
                "after": {name: _written(value) for name, value in facts.items()},
            }
            for pupil_id, facts in chunk
        ]
        connection.execute(insert(roll_change), rows)


# ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _imports(school_id: int) -> Select[Any]:
    named = (roll_import.c.id, roll_import.c.at, roll_import.c.person_id, roll_import.c.rows_read)
    extent = (roll_import.c.source_id, roll_import.c.pupils_after, roll_import.c.pupils_until)
    return (
        select(*named, *extent, roll_import.c.finished_at, undone.c.recorded_at, undone.c.recorded_by, undone.c.reasons)
        .outerjoin(undone, undone.c.import_id == roll_import.c.id)
        .where(roll_import.c.school_id == school_id)
    )


def newest(connection: Connection, school_id: int, limit: int) -> list[Import]:
    """Return the newest imports."""
    rows = connection.execute(_imports(school_id).order_by(roll_import.c.id.desc()).limit(limit))
    return [Import(*row) for row in rows]


def get(connection: Connection, school_id: int, import_id: int) -> Import | None:
    """Return one import."""
    row = connection.execute(_imports(school_id).where(roll_import.c.id == import_id)).one_or_none()
    return Import(*row) if row else None


def new_pupils(connection: Connection, school_id: int, made: Import) -> list[int]:
    """Return the pupils whom an import brought, and who are still there."""
    mine = select(pupil.c.id).where(pupil.c.school_id == school_id, pupil.c.undone_at.is_(None), _brought(made))
    return list(connection.execute(mine.order_by(pupil.c.id)).scalars().all())


def _brought(made: Import) -> ColumnElement[bool]:
    return and_(pupil.c.id > made.pupils_after, pupil.c.id <= made.pupils_until)


def changes(connection: Connection, school_id: int, import_id: int) -> list[Changed]:
    """Return what an import changed about pupils on record: of each what was before its first piece, after its last."""
    mine = select(roll_change).where(roll_change.c.school_id == school_id, roll_change.c.import_id == import_id)
    found: dict[int, Changed] = {}
    for row in connection.execute(mine.order_by(roll_change.c.id)):
        made = Changed(row.pupil_id, _read_all(row.before), _read_all(row.after))
        earlier = found.get(row.pupil_id, made)
        found[row.pupil_id] = Changed(row.pupil_id, {**made.before, **earlier.before}, {**earlier.after, **made.after})
    return list(found.values())


def decided(connection: Connection, school_id: int, made: Import) -> dict[int, int]:
    """Return pupil → how many decisions of an import still count."""
    rows = connection.execute(
        select(ledger.decision.c.pupil_id, func.count().label("decisions"))
        .where(ledger.decision.c.school_id == school_id, ledger.decision.c.source_id == made.source_id)
        .where(decision_counts(ledger.decision.c.pupil_id, ledger.decision.c.source_id))
        .group_by(ledger.decision.c.pupil_id)
    )
    return {row.pupil_id: row.decisions for row in rows}


def raised(connection: Connection, school_id: int, made: Import) -> dict[int, int]:
    """Return flag → pupil of the flags that an import raised and that still count."""
    flag = ledger.flag
    rows = connection.execute(
        select(flag.c.id, flag.c.pupil_id).where(
            flag.c.school_id == school_id, flag.c.import_id == made.import_id, flag_counts(flag.c.id)
        )
    )
    return {row.id: row.pupil_id for row in rows}


def kept_out(connection: Connection, school_id: int, made: Import) -> set[int]:
    """Return the pupils whom something that came with an import kept out: a No, the flag, or a last day on roll."""
    decision, flag = ledger.decision, ledger.flag
    nos = select(decision.c.pupil_id).where(
        decision.c.school_id == school_id, decision.c.source_id == made.source_id, decision.c.verdict != "yes"
    )
    flags = select(flag.c.pupil_id).where(flag.c.school_id == school_id, flag.c.import_id == made.import_id)
    found = {*connection.execute(nos).scalars(), *connection.execute(flags).scalars()}
    left = (each for each in changes(connection, school_id, made.import_id) if each.after.get("left_on"))
    return found | {each.pupil_id for each in left}


# ── what was built on it ───────────────────────────────────────────────────────────────────────────────────────────


def built_on(connection: Connection, school_id: int, made: Import) -> set[Later]:
    """Return what was done later about the children of an import, and stays."""
    new = set(new_pupils(connection, school_id, made))
    changed = {each.pupil_id: each for each in changes(connection, school_id, made.import_id)}
    flagged = {pupil_id: flag_id for flag_id, pupil_id in raised(connection, school_id, made).items()}
    return {
        *_decided_later(connection, school_id, made, new),
        *_flagged_later(connection, school_id, made, new, flagged),
        *_left_later(connection, school_id, made, new | set(changed)),
        *_other_files(connection, school_id, made, new, changed),
        *_named(connection, school_id, new),
    }


def _decided_later(connection: Connection, school_id: int, made: Import, new: Collection[int]) -> Iterator[Later]:
    mine, other = ledger.decision.alias("mine"), ledger.decision
    same = and_(other.c.pupil_id == mine.c.pupil_id, other.c.use_key == mine.c.use_key, other.c.media == mine.c.media)
    later = (
        select(other.c.pupil_id, ledger.source.c.method)
        .select_from(mine.join(other, same).join(ledger.source, ledger.source.c.id == other.c.source_id))
        .where(mine.c.school_id == school_id, mine.c.source_id == made.source_id, other.c.id > mine.c.id)
        .where(other.c.source_id != mine.c.source_id)
        .where(decision_counts(other.c.pupil_id, other.c.source_id), decision_counts(mine.c.pupil_id, mine.c.source_id))
    )
    rows = list(connection.execute(later.distinct()))
    for chunk in in_chunks(sorted(new), AT_ONCE):  # of a child who was new anything that was decided, struck out or not
        anything = select(other.c.pupil_id, ledger.source.c.method).join(
            ledger.source, ledger.source.c.id == other.c.source_id
        )
        anything = anything.where(other.c.pupil_id.in_(chunk))
        if made.source_id is not None:
            anything = anything.where(other.c.source_id != made.source_id)
        rows += connection.execute(anything.distinct())
    for row in rows:
        yield Later(row.pupil_id, Built.RULED if row.method == Method.RULING else Built.DECIDED)


def _flagged_later(
    connection: Connection, school_id: int, made: Import, new: Collection[int], flagged: Mapping[int, int]
) -> Iterator[Later]:
    """`flagged`: pupil → the entry by which this import raised their flag."""
    flag = ledger.flag
    others = or_(flag.c.import_id.is_(None), flag.c.import_id != made.import_id)
    rows = connection.execute(
        select(flag.c.id, flag.c.pupil_id).where(flag.c.school_id == school_id, others, flag_counts(flag.c.id))
    )
    for row in rows:
        if row.pupil_id in new or row.id > flagged.get(row.pupil_id, row.id):
            yield Later(row.pupil_id, Built.FLAG)


def _left_later(connection: Connection, school_id: int, made: Import, pupils: Collection[int]) -> Iterator[Later]:
    struck = select(struck_out.c.id).where(struck_out.c.leaver_id == leaver.c.id).correlate_except(struck_out)
    later = select(leaver.c.pupil_id).where(leaver.c.school_id == school_id, leaver.c.recorded_at >= made.at)
    for pupil_id in set(connection.execute(later.where(~struck.exists())).scalars()) & set(pupils):
        yield Later(pupil_id, Built.LEFT)


def _other_files(
    connection: Connection, school_id: int, made: Import, new: Collection[int], changed: Mapping[int, Changed]
) -> Iterator[Later]:
    later = (
        select(roll_change.c.pupil_id, roll_change.c.after)
        .outerjoin(undone, undone.c.import_id == roll_change.c.import_id)
        .where(roll_change.c.school_id == school_id, roll_change.c.import_id > made.import_id)
        .where(undone.c.import_id.is_(None))
    )
    for row in connection.execute(later):
        same = row.pupil_id in changed and set(row.after) & set(changed[row.pupil_id].after)
        if row.pupil_id in new or same:
            yield Later(row.pupil_id, Built.FILE)


def _named(connection: Connection, school_id: int, new: Collection[int]) -> Iterator[Later]:
    for table in (relative, part):
        spoken_of = select(table.c.pupil_id).where(table.c.school_id == school_id, table.c.pupil_id.is_not(None))
        for pupil_id in set(connection.execute(spoken_of).scalars()) & set(new):
            yield Later(pupil_id, Built.NAMED)


# ── taken back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def add_undone(
    connection: Connection, school_id: int, import_id: int, *, reasons: str, by: int | None, at: datetime
) -> None:
    """Note that an import was undone."""
    values = {"import_id": import_id, "school_id": school_id, "reasons": reasons}
    connection.execute(insert(undone).values(**values, recorded_by=by, recorded_at=at))


def strike_out(
    connection: Connection,
    school_id: int,
    entries: Iterable[tuple[int, EntryKind, int]],
    *,
    reasons: str,
    by: int | None,
    at: datetime,
) -> None:
    """Strike out many entries: (pupil, kind, number)."""
    common = {"school_id": school_id, "reasons": reasons, "recorded_by": by, "recorded_at": at}
    nothing: dict[str, int | None] = {"source_id": None, "flag_id": None}
    rows = [
        {**common, "pupil_id": pupil_id, **nothing, ("flag_id" if kind is EntryKind.FLAG else "source_id"): number}
        for pupil_id, kind, number in entries
    ]
    if rows:
        connection.execute(insert(struck_out), rows)


def take_off(connection: Connection, school_id: int, pupil_ids: Collection[int], at: datetime) -> None:
    """Take children off the roll who never were on it. Their UPN is free for the right child."""
    for chunk in in_chunks(sorted(pupil_ids), AT_ONCE):
        mine = update(pupil).where(pupil.c.school_id == school_id, pupil.c.id.in_(chunk))
        connection.execute(mine.values(undone_at=at, upn=None, arrives_with=None))


def as_they_were(
    connection: Connection, school_id: int, changed: Iterable[Changed]
) -> list[tuple[int, dict[str, Any]]]:
    """Return (pupil, column → value before) for all that still is as an import left it."""
    found = []
    for chunk in in_chunks(changed, AT_ONCE):
        rows = connection.execute(
            select(pupil).where(pupil.c.school_id == school_id, pupil.c.id.in_([each.pupil_id for each in chunk]))
        )
        there = {row.id: row._mapping for row in rows}
        for each in chunk:
            is_now = there[each.pupil_id]
            facts = {name: was for name, was in each.before.items() if is_now[name] == each.after[name]}
            if facts.get("upn") and _is_taken(connection, school_id, str(facts["upn"])):
                del facts["upn"]
            found.append((each.pupil_id, facts))
    return [(pupil_id, facts) for pupil_id, facts in found if facts]


def _is_taken(connection: Connection, school_id: int, upn: str) -> bool:
    mine = select(pupil.c.id).where(pupil.c.school_id == school_id, pupil.c.upn == upn)
    return connection.execute(mine).first() is not None


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _read_all(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(name, value) for name, value in facts.items()}


def _read(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if value and isinstance(pupil.c[name].type, Date) else value


def placed(connection: Connection, pupil_ids: Sequence[int], from_day: date) -> list[tuple[int, str, str, date]]:
    """Return (pupil, class, year group, from day) of pupils as they are now."""
    found: list[tuple[int, str, str, date]] = []
    for chunk in in_chunks(pupil_ids, AT_ONCE):
        now = select(pupil.c.id, pupil.c.class_name, pupil.c.year_group).where(pupil.c.id.in_(chunk))
        found += [(row.id, row.class_name, row.year_group, from_day) for row in connection.execute(now)]
    return found
