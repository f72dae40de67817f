"""Requests and reports, looked through and taken out as a list: by their owners, and by those who may see them all."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clock import school_time
from bot.context import Context, Look
from bot.errors import Refused
from bot.rules import content as content_rules
from bot.rules import search as rules
from bot.rules.access import State
from bot.rules.content import About
from bot.rules.filter.register import RegisterEntry, standing
from bot.rules.filter.register import State as FilterState
from bot.rules.people import Person
from bot.rules.search import Scope, Search
from bot.services.access import requests as access_service
from bot.sheets import writing
from storage import access, content
from storage.access import Request
from storage.content import Report
from storage.filter import register as register_storage
from storage.people import people

PAGE = 8
MOST_EXPORTED = 50_000
SEES_ALL = frozenset(access_service.SEES_ALL)


class Format(enum.Enum):
    """What kind of file a list becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of either kind, as a list shows it."""

    kind: str  # AR, CR
    number: int
    at: datetime
    who: str
    state: str  # the wording's key, of the record's own feature
    record: Request | Report

    @property
    def name(self) -> str:
        """Return the record's name: AR-7."""
        return f"{self.kind}-{self.number}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the records that fit, the newest first. `total`: how many fit."""

    rows: tuple[Row, ...]
    total: int
    number: int

    @property
    def has_more(self) -> bool:
        """Tell whether older ones follow."""
        return (self.number + 1) * PAGE < self.total


def look(context: Context, search: Search, page: int = 0) -> Page:
    """Return one page of the records that fit. Raises Refused."""
    with context.look() as tx:
        rows, total = _found(tx, context.person, search, limit=(page + 1) * PAGE)
    return Page(tuple(rows[page * PAGE : (page + 1) * PAGE]), total, page)


def export(context: Context, written: str, kind: Format) -> bytes:
    """Return all records that fit as a file, with every field of theirs. Raises BadInput, Refused.

    `written`: what `Search.written` gave.
    """
    search = rules.again(written)
    with context.begin() as tx:
        rows, _ = _found(tx, context.person, search, limit=MOST_EXPORTED)
        names = people.names(tx.connection, tx.school_id)
        tx.audit("records.exported", f"{len(rows)} records")
    table = [[get(row, names, context.school.timezone) for get in _COLUMNS.values()] for row in rows]
    if kind is Format.CSV:
        return writing.write_csv(tuple(_COLUMNS), table)
    return writing.write_xlsx("Requests and reports", tuple(_COLUMNS), table)


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _found(tx: Look, person: Person, search: Search, *, limit: int) -> tuple[list[Row], int]:
    if search.scope is Scope.ALL and not person.holds(*SEES_ALL):
        raise Refused("This list is for the E-Safety Co-ordinator, the headteacher, the deputy and the DPO.")
    first, before = _instants(search, tx.school.timezone)
    words = search.words.split()
    everybody = tx.everybody()
    names = {each.person_id: each.name for each in everybody}
    abouts = _abouts(person, everybody) if search.scope is Scope.ALL else []
    asked, requests = access.search(
        tx.connection,
        tx.school_id,
        search.access_states,
        asker_id=person.person_id if search.scope is Scope.MINE else None,
        first=first,
        before=before,
        words=words,
        limit=limit,
    )
    reported, reports = content.search(
        tx.connection,
        tx.school_id,
        search.content_states,
        person_id=person.person_id,
        abouts=abouts,
        hidden=content.numbers_about(tx.connection, tx.school_id, person.person_id) if abouts else (),
        first=first,
        before=before,
        words=words,
        limit=limit,
    )
    standing = _standing(tx, asked)
    rows = [Row("AR", r.number, r.asked_at, names[r.asker_id], standing[r.number], r) for r in asked]
    rows += [Row("CR", r.number, r.reported_at, names[r.reporter_id], r.state.name.lower(), r) for r in reported]
    rows.sort(key=lambda row: (row.at, row.number), reverse=True)
    return rows[:limit], requests + reports


def _abouts(person: Person, everybody: list[Person]) -> list[About]:
    """Return about whom reports may be that this person sees all of: those that would come to them."""
    return [
        about
        for about in About
        if person in content_rules.completers(everybody, about, None)
        or person in content_rules.told(everybody, about, None)
    ]


def _standing(tx: Look, found: list[Request]) -> dict[int, str]:
    approved = [f"AR-{each.number}" for each in found if each.state is State.APPROVED]
    state = {each.number: each.state.name.lower() for each in found}
    entries: dict[int, list[RegisterEntry]] = {}
    for start in range(0, len(approved), access.AT_ONCE):
        some = approved[start : start + access.AT_ONCE]
        for entry in register_storage.of_records(tx.connection, tx.school_id, some):
            entries.setdefault(int(entry.record.removeprefix("AR-")), []).append(entry)
    return state | {number: _name(standing(some)) for number, some in entries.items()}


def _name(state: FilterState | None) -> str:
    return (state or State.APPROVED).name.lower()


def _instants(search: Search, timezone: str) -> tuple[datetime | None, datetime | None]:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)

    last = search.last + timedelta(days=1) if search.last else None
    return midnight(search.first) if search.first else None, midnight(last) if last else None


def _signed(row: Row, names: Mapping[int, str]) -> tuple[str, str]:
    """Return who decided or completed, and their reasons or what they did."""
    if isinstance(row.record, Report):
        return names.get(row.record.completed_by or 0, ""), row.record.action
    decided = [step for step in row.record.steps if step.signature]
    return (names[decided[-1].person_id], decided[-1].words) if decided else ("", "")


_COLUMNS: Mapping[str, Callable[[Row, Mapping[int, str], str], writing.Cell]] = {
    "record": lambda row, *_: row.name,
    "what": lambda row, *_: "access request" if row.kind == "AR" else "content report",
    "asked or reported by": lambda row, *_: row.who,
    "on": lambda row, _names, zone: school_time(row.at, zone),
    "state": lambda row, *_: row.state.replace("_", " "),
    "address": lambda row, *_: "\n".join(row.record.urls) if isinstance(row.record, Report) else row.record.url,
    "content": lambda row, *_: row.record.nature if isinstance(row.record, Report) else row.record.content,
    "reasons for access": lambda row, *_: "" if isinstance(row.record, Report) else row.record.reasons,
    "risks and control measures": lambda row, *_: "" if isinstance(row.record, Report) else row.record.risks,
    "individual": lambda row, *_: row.record.individual if isinstance(row.record, Report) else "",
    "allowed until": lambda row, *_: None if isinstance(row.record, Report) else row.record.until,
    "decided or completed by": lambda row, names, _zone: _signed(row, names)[0],
    "reasons or action taken": lambda row, names, _zone: _signed(row, names)[1],
}
