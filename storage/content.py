"""Content reports (appendix b): the reporter's half, and the half that the E-Safety Co-ordinator completes once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.content import About, State
from storage.engine import Id, Instant, metadata
from storage.people import person
from storage.words import called, occurs

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
    UniqueConstraint("school_id", "number"),
    UniqueConstraint("school_id", "form_id"),
    Index("ix_content_report_school_id_state", "school_id", "state"),
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
) -> None:
    """Insert a report."""
    values = {"school_id": school_id, "number": number, "reporter_id": reporter_id, "reported_at": at, "about": about}
    values |= {"perhaps_illegal": perhaps_illegal, "individual": individual, "urls": list(urls), "nature": nature}
    values |= {"state": State.AWAITING_ACTION, "form_id": form_id}
    connection.execute(insert(report).values(**values))


def number_of_form(connection: Connection, school_id: int, form_id: str) -> int | None:
    """Return the number of the report that this very form has made, if it was delivered before."""
    mine = (report.c.school_id == school_id) & (report.c.form_id == form_id)
    return connection.execute(select(report.c.number).where(mine)).scalar_one_or_none()


def get(connection: Connection, school_id: int, number: int) -> Report | None:
    """Return one report."""
    mine = (report.c.school_id == school_id) & (report.c.number == number)
    row = connection.execute(select(report).where(mine)).one_or_none()
    return _report(row) if row else None


def complete(
    connection: Connection, found: Report, *, to: State, action: str, by: int, at: datetime, signature: str
) -> bool:
    """Fill in the second half, once. Compare-and-set: False where somebody was quicker."""
    still = (report.c.id == found.report_id) & (report.c.state == found.state)
    values = {"state": to, "action": action, "completed_by": by, "completed_at": at, "signature": signature}
    return connection.execute(update(report).where(still).values(**values)).rowcount == 1


def in_state(connection: Connection, school_id: int, state: State) -> list[Report]:
    """Return the reports in a state, the oldest first."""
    mine = (report.c.school_id == school_id) & (report.c.state == state)
    # Sorted here: asked for the order, SQLite walks through all reports by number rather than find those few.
    return sorted(
        (_report(row) for row in connection.execute(select(report).where(mine))), key=lambda each: each.number
    )


def naming(connection: Connection, school_id: int) -> list[tuple[int, About, str]]:
    """Return (number, about, individual) of every report that names somebody."""
    mine = (report.c.school_id == school_id) & (report.c.individual != "")
    rows = connection.execute(select(report.c.number, report.c.about, report.c.individual).where(mine))
    return [(row.number, About(row.about), row.individual) for row in rows]


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
    return [_report(row) for row in rows], count


def _report(row: Any) -> Report:
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
    )
