"""Content reports (appendix b): the reporter's half, and the half that the E-Safety Co-ordinator completes once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.content import About, State
from storage.engine import Id, Instant, metadata
from storage.people.people import person
from storage.words import called, occurs

AT_ONCE = 1000  # rows named in one statement

report = Table(
    "content_report",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),  # CR-3
    Column("reporter_id", Id, ForeignKey("person.id"), nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("about", String(20), nullable=False),
    Column("perhaps_illegal", Boolean, nullable=False),  # then nothing of the material is kept, not even its address
    Column("individual", String(200), nullable=False),
    Column("urls", JSON, nullable=False),
    Column("nature", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("form_id", String(255), nullable=False),
    Column("action", Text, nullable=False, default=""),
    Column("completed_by", Id, ForeignKey("person.id")),
    Column("completed_at", Instant),
    Column("signature", String(200), nullable=False, default=""),
    Column("head_told_at", Instant),  # §6.7; empty where the headteacher must not know
    UniqueConstraint("school_id", "number"),
    UniqueConstraint("school_id", "form_id"),
    Index("ix_content_report_school_id_state", "school_id", "state", "completed_at"),
)

# Those whom a report is, or may be, about: kept out of it for good, whatever roles they hold later.
subject = Table(
    "content_subject",
    metadata,
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("report_id", Id, ForeignKey("content_report.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True),
    Index("ix_content_subject_person_id", "person_id"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """One content report as it stands."""

    report_id: int
    number: int
    reporter_id: int
    reported_at: datetime
    about: About
    perhaps_illegal: bool
    individual: str
    urls: tuple[str, ...]
    nature: str
    state: State
    action: str
    completed_by: int | None
    completed_at: datetime | None
    signature: str
    head_told_at: datetime | None
    subjects: frozenset[int]


def add(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    *,
    number: int,
    reporter_id: int,
    at: datetime,
    about: About,
    perhaps_illegal: bool,
    individual: str,
    urls: Sequence[str],
    nature: str,
    form_id: str,
    subjects: Collection[int],
    head_told_at: datetime | None,
) -> None:
    """Insert a report, with those whom it is about."""
    values = {"school_id": school_id, "number": number, "reporter_id": reporter_id, "reported_at": at, "about": about}
    values |= {"perhaps_illegal": perhaps_illegal, "individual": individual, "urls": list(urls), "nature": nature}
    values |= {"state": State.AWAITING_ACTION, "form_id": form_id, "head_told_at": head_told_at}
    report_id = connection.execute(insert(report).values(**values).returning(report.c.id)).scalar_one()
    if subjects:
        rows = [{"school_id": school_id, "report_id": report_id, "person_id": each} for each in sorted(subjects)]
        connection.execute(insert(subject), rows)


def number_of_form(connection: Connection, school_id: int, form_id: str) -> int | None:
    """Return the number of the report that this very form has made, if it was delivered before."""
    mine = (report.c.school_id == school_id) & (report.c.form_id == form_id)
    return connection.execute(select(report.c.number).where(mine)).scalar_one_or_none()


def get(connection: Connection, school_id: int, number: int) -> Report | None:
    """Return one report."""
    mine = (report.c.school_id == school_id) & (report.c.number == number)
    found = _reports(connection, connection.execute(select(report).where(mine)).all())
    return found[0] if found else None


def complete(
    connection: Connection, found: Report, *, to: State, action: str, by: int, at: datetime, signature: str
) -> bool:
    """Fill in the second half, once. Compare-and-set: False where somebody was quicker."""
    still = (report.c.id == found.report_id) & (report.c.state == found.state)
    values = {"state": to, "action": action, "completed_by": by, "completed_at": at, "signature": signature}
    return connection.execute(update(report).where(still).values(**values)).rowcount == 1


# Put together once: Home asks these of everybody, and putting them together takes longer than running them.
_IN_STATE = select(report).where(
    report.c.school_id == bindparam("of_school"), report.c.state == bindparam("as_it_stands")
)
_OF_REPORTER = _IN_STATE.where(report.c.reporter_id == bindparam("of_reporter"))


def in_state(connection: Connection, school_id: int, state: State, *, reporter_id: int | None = None) -> list[Report]:
    """Return the reports in a state, the oldest first; of one reporter, perhaps."""
    asked = {"of_school": school_id, "as_it_stands": state}
    if reporter_id is None:
        rows = connection.execute(_IN_STATE, asked).all()
    else:
        rows = connection.execute(_OF_REPORTER, {**asked, "of_reporter": reporter_id}).all()
    # Sorted here: asked for the order, SQLite walks through all reports by number rather than find those few.
    found = _reports(connection, rows)
    return sorted(found, key=lambda each: each.number)


def numbers_about(connection: Connection, school_id: int, person_id: int) -> list[int]:
    """Return the numbers of the reports that are about a person."""
    mine = (subject.c.school_id == school_id) & (subject.c.person_id == person_id)
    found = select(report.c.number).join(subject, subject.c.report_id == report.c.id).where(mine)
    return list(connection.execute(found).scalars())


class Told(NamedTuple):
    """A report as far as counting it needs. `completed_at`: None while it waits."""

    number: int
    about: About
    reporter_id: int
    reported_at: datetime
    completed_at: datetime | None
    subjects: frozenset[int]


def since(connection: Connection, school_id: int, instant: datetime) -> list[Told]:
    """Return what was reported or completed from an instant on, and what still waits: who may know is not asked."""
    told = select(report.c.id, *(report.c[name] for name in Told._fields[:-1])).where(report.c.school_id == school_id)
    # Whatever was reported since then waits, or was completed since then, too. Asked for "or", SQLite reads them all.
    waits = told.where(report.c.state == State.AWAITING_ACTION)
    done = told.where(report.c.state == State.COMPLETED, report.c.completed_at >= instant)
    rows = connection.execute(waits.union_all(done)).all()
    about = _subjects(connection, [row.id for row in rows])
    found = (
        Told(row.number, About(row.about), row.reporter_id, row.reported_at, row.completed_at, frozenset(about[row.id]))
        for row in rows
    )
    return sorted(found, key=lambda each: each.number)


def search(  # noqa: PLR0913 - one argument for each way to narrow
    connection: Connection,
    school_id: int,
    states: Collection[State],
    *,
    person_id: int,
    abouts: Collection[About],
    hidden: Collection[int],
    first: datetime | None,
    before: datetime | None,
    words: Collection[str],
    limit: int,
) -> tuple[list[Report], int]:
    """Return the newest reports that fit, and how many fit.

    Only those that this person made or completed, and those about `abouts` whose number is not `hidden`.
    `words`: each has to occur in it.
    """
    fits = (report.c.school_id == school_id) & report.c.state.in_(list(states))
    mine = (report.c.reporter_id == person_id) | (report.c.completed_by == person_id)
    fits &= mine | (report.c.about.in_(list(abouts)) & report.c.number.not_in(list(hidden)))
    if first:
        fits &= report.c.reported_at >= first
    if before:
        fits &= report.c.reported_at < before
    for word in words:
        texts = (cast(report.c.urls, Text), report.c.nature, report.c.individual, report.c.action, person.c.name)
        fits &= occurs(connection, word, texts) | (report.c.number == called("CR", word))
    found = select(report).join(person, person.c.id == report.c.reporter_id).where(fits)
    count = int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())
    rows = connection.execute(found.order_by(report.c.reported_at.desc(), report.c.number.desc()).limit(limit))
    return _reports(connection, rows.all()), count


def _reports(connection: Connection, rows: Sequence[Any]) -> list[Report]:
    about = _subjects(connection, [row.id for row in rows])
    return [_report(row, about[row.id]) for row in rows]


def _subjects(connection: Connection, ids: Sequence[int]) -> dict[int, set[int]]:
    """Return report → the people whom it is about."""
    about: dict[int, set[int]] = {each: set() for each in ids}
    for start in range(0, len(ids), AT_ONCE):
        some = subject.c.report_id.in_(ids[start : start + AT_ONCE])
        for each in connection.execute(select(subject.c.report_id, subject.c.person_id).where(some)):
            about[each.report_id].add(each.person_id)
    return about


def _report(row: Any, subjects: Collection[int]) -> Report:
    return Report(
        report_id=row.id,
        number=row.number,
        reporter_id=row.reporter_id,
        reported_at=row.reported_at,
        about=About(row.about),
        perhaps_illegal=row.perhaps_illegal,
        individual=row.individual,
        urls=tuple(row.urls),
        nature=row.nature,
        state=State(row.state),
        action=row.action,
        completed_by=row.completed_by,
        completed_at=row.completed_at,
        signature=row.signature,
        head_told_at=row.head_told_at,
        subjects=frozenset(subjects),
    )
