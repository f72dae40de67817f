"""Requests and reports, looked through and taken out as a list: by their owners, and by those who may see them all."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, or_, true

from bot.clock import school_time
from bot.context import Context, Look
from bot.errors import Refused
from bot.rules import content as content_rules
from bot.rules import permissions as permission_rules
from bot.rules import search as rules
from bot.rules.access import State
from bot.rules.filter.register import RegisterEntry, standing
from bot.rules.filter.register import State as FilterState
from bot.rules.people import Person
from bot.rules.search import Scope, Search
from bot.services import content as content_service
from bot.services import permissions as permission_service
from bot.services import records
from bot.services.access import requests as access_service
from bot.services.content import Report
from bot.services.permissions import Found as Permission
from bot.sheets import writing
from storage import access, permissions
from storage import records as storage
from storage.access import Request
from storage.filter import register as register_storage
from storage.people import people
from storage.records import Record
from storage.words import called

PAGE = 8
MOST_EXPORTED = 50_000
SEES_ALL = frozenset(access_service.SEES_ALL)


class Format(enum.Enum):
    """What kind of file a list becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of any kind, as a list shows it."""

    kind: str  # AR, CR, PR
    number: int
    at: datetime
    who: str
    state: str  # the wording's key, of the record's own feature
    button: str  # what the button carries that opens it
    record: Request | Record

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
        more = _more(tx, rows, names)
        tx.audit("records.exported", f"{len(rows)} records")
    table = [_cells(row, more[row.name], context.school.timezone) for row in rows]
    if kind is Format.CSV:
        return writing.write_csv(_COLUMNS, table)
    return writing.write_xlsx("Requests and reports", _COLUMNS, table)


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _found(tx: Look, person: Person, search: Search, *, limit: int) -> tuple[list[Row], int]:
    if search.scope is Scope.ALL and not person.holds(*SEES_ALL):
        raise Refused("This list is for the E-Safety Co-ordinator, the headteacher, the deputy and the DPO.")
    first, before = _instants(search, tx.school.timezone)
    names = {each.person_id: each.name for each in tx.everybody()}
    asked, requests = access.search(
        tx.connection,
        tx.school_id,
        search.access_states,
        asker_id=person.person_id if search.scope is Scope.MINE else None,
        first=first,
        before=before,
        words=search.words.split(),
        limit=limit,
    )
    fits = _fits(tx, person, search)
    spine = storage.where(tx.connection, tx.school_id, fits, limit)
    standing = _standing(tx, asked)
    rows = [_access_row(request, names, standing) for request in asked]
    rows += [_record_row(record, names) for record in spine]
    rows.sort(key=lambda row: (row.at, row.number), reverse=True)
    return rows[:limit], requests + storage.count(tx.connection, tx.school_id, fits)


def _fits(tx: Look, person: Person, search: Search) -> ColumnElement[bool]:
    """Return the condition of what fits, of all that this person may see."""
    record, (first, before) = storage.record, _instants(search, tx.school.timezone)
    within: ColumnElement[bool] = true()
    if search.scope is Scope.MINE:
        within &= record.c.asker_id == person.person_id
    if first:
        within &= record.c.asked_at >= first
    if before:
        within &= record.c.asked_at < before
    fits = []
    for kind, states in search.states.items():
        which = within & (record.c.kind == kind) & record.c.state.in_(list(states))
        which &= records.visible(tx, WAYS[kind], person)
        for word in search.words.split():
            which &= _says(tx, kind, word, which)
        fits.append(which)
    return or_(false(), *fits)


def _says(tx: Look, kind: str, word: str, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a word occurs in a record. Whoever calls it by its number means that one."""
    record = storage.record
    if (number := called(kind, word)) is not None:
        return record.c.number == number
    named = [each.person_id for each in tx.everybody() if word.casefold() in each.name.casefold()]
    return or_(record.c.asker_id.in_(named), SAYS[kind](tx, word, which))


SAYS: Mapping[str, Callable[[Look, str, ColumnElement[bool]], ColumnElement[bool]]] = {
    content_rules.KIND: content_service.says,
    permission_rules.KIND: lambda tx, word, _which: permissions.says(tx.connection, word),
}
WAYS: Mapping[str, records.Ways] = {
    content_rules.KIND: content_rules.PROCEDURES,
    permission_rules.KIND: permission_rules.PROCEDURES,
}


def _access_row(request: Request, names: Mapping[int, str], standing: Mapping[int, str]) -> Row:
    number = request.number
    return Row("AR", number, request.asked_at, names[request.asker_id], standing[number], str(number), request)


def _record_row(record: Record, names: Mapping[int, str]) -> Row:
    state = next(state for state in type(WAYS[record.kind][record.procedure].first) if state == record.state)
    value, who = records.value_of(record), names[record.asker_id]
    return Row(record.kind, record.number, record.asked_at, who, state.name.lower(), value, record)


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


Cells = Mapping[str, writing.Cell]


def _access_cells(request: Request, names: Mapping[int, str]) -> Cells:
    decided = [step for step in request.steps if step.signature]
    return {
        "what": "access request",
        "address": request.url,
        "content": request.content,
        "reasons for access": request.reasons,
        "risks and control measures": request.risks,
        "allowed until": request.until,
        "decided or completed by": names[decided[-1].person_id] if decided else "",
        "reasons or action taken": decided[-1].words if decided else "",
    }


def _content_cells(found: Report, names: Mapping[int, str]) -> Cells:
    done = found.completion
    return {
        "what": "content report",
        "address": "\n".join(found.form.urls),
        "content": found.nature,
        "individual": found.individual,
        "decided or completed by": names.get(done.person_id or 0, "") if done else "",
        "reasons or action taken": done.words if done else "",
    }


def _permission_cells(found: Permission, names: Mapping[int, str]) -> Cells:
    decided = [step for step in found.steps if step.signature]
    return {
        "what": f"personal account: {_WHAT[permission_rules.What(found.record.procedure)]}",
        "reasons for access": found.form.purpose,
        "risks and control measures": found.form.conditions,
        "allowed from": found.form.first_on,
        "allowed until": found.form.last_on,
        "decided or completed by": names.get(decided[-1].person_id or 0, "") if decided else "",
        "reasons or action taken": decided[-1].words if decided else "",
    }


def _more(tx: Look, rows: Sequence[Row], names: Mapping[int, str]) -> dict[str, Cells]:
    """Return record's name → the cells of its own form."""
    kinds = {kind: [row.record for row in rows if isinstance(row.record, Record) and row.kind == kind] for kind in WAYS}
    permissions = permission_service.filled(tx, kinds[permission_rules.KIND])
    reports = content_service.reports(tx, kinds[content_rules.KIND])
    return {
        **{row.name: _access_cells(row.record, names) for row in rows if isinstance(row.record, Request)},
        **{each.record.name: _content_cells(each, names) for each in reports},
        **{each.record.name: _permission_cells(each, names) for each in permissions.values()},
    }


def _cells(row: Row, more: Cells, timezone: str) -> list[writing.Cell]:
    found: dict[str, writing.Cell] = {"record": row.name, "asked or reported by": row.who}
    found |= {"on": school_time(row.at, timezone), "state": row.state.replace("_", " ")}
    return [{**found, **more}.get(column, "") for column in _COLUMNS]


_WHAT = {permission_rules.What.LESSON: "in a lesson", permission_rules.What.WIFI: "over the WiFi"}
_COLUMNS = (
    "record",
    "what",
    "asked or reported by",
    "on",
    "state",
    "address",
    "content",
    "reasons for access",
    "risks and control measures",
    "individual",
    "allowed from",
    "allowed until",
    "decided or completed by",
    "reasons or action taken",
)
