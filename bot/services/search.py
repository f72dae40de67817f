"""Requests and reports, looked through and taken out as a list: by their owners, and by those who may see them all."""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.engine import Connection

from bot.clock import school_time
from bot.context import Context, Look
from bot.errors import Refused
from bot.rules import access as access_rules
from bot.rules import content as content_rules
from bot.rules import permissions as permission_rules
from bot.rules import search as rules
from bot.rules.access import SEES_ALL
from bot.rules.filter.register import RegisterEntry, standing
from bot.rules.people import Person
from bot.rules.search import Scope, Search
from bot.services import content as content_service
from bot.services import permissions as permission_service
from bot.services import records
from bot.services.access import requests
from bot.services.content import Report
from bot.services.record_views import Desk, FiledRecord
from bot.sheets import writing
from storage import access
from storage import records as storage
from storage.filter import register as register_storage
from storage.people import people
from storage.permissions import permissions
from storage.records import Record

PAGE = 8
MOST_EXPORTED = 50_000
COUNTED = 1000


class Format(enum.Enum):
    """What kind of file a list becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of any kind, as a list shows it. `who`: asked or reported it."""

    record: Record
    who: str
    state: str  # the wording's key, of the record's own feature

    @property
    def button(self) -> str:
        """Return what the button carries that opens it."""
        return records.value_of(self.record)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the records that fit, the newest first. `total`: how many fit; `is_more`: more, which were not counted.

    `has_limit`: of sealed words only the newest records were opened, and there are older ones.
    """

    rows: tuple[Row, ...]
    total: int
    is_more: bool
    number: int
    has_limit: bool

    @property
    def has_more(self) -> bool:
        """Return whether older ones follow."""
        return self.is_more or (self.number + 1) * PAGE < self.total


def look(context: Context, search: Search, page: int = 0) -> Page:
    """Return one page of the records that fit. Raises Refused."""
    with context.look() as tx:
        fits, has_limit = _fits(tx, context.person, search)
        found = storage.where(tx.connection, tx.school_id, fits, PAGE, page * PAGE)
        # As far as people turn pages: counting a hundred thousand, or looking for words in them, takes longer.
        most = max(0 if search.words else COUNTED, (page + 2) * PAGE)
        total = storage.count(tx.connection, tx.school_id, fits, most=most)
        return Page(tuple(_rows(tx, found)), min(total, most), total > most, page, has_limit)


def export(context: Context, written: str, kind: Format) -> bytes:
    """Return all records that fit as a file, with every field of theirs. Raises BadInput, Refused.

    `written`: what `Search.written` gave.
    """
    search = rules.again(written)
    with context.begin() as tx:
        fits, _ = _fits(tx, context.person, search)
        rows = _rows(tx, storage.where(tx.connection, tx.school_id, fits, MOST_EXPORTED))
        names, more = people.names(tx.connection, tx.school_id), dict[str, Cells]()
        for listed_kind, listed in LISTED.items():
            more |= listed.cells(tx, [row.record for row in rows if row.record.kind == listed_kind], names)
        tx.audit("records.exported", f"{len(rows)} records")
    table = [_cells(row, more[row.record.name], context.school.timezone) for row in rows]
    if kind is Format.CSV:
        return writing.write_csv(_COLUMNS, table)
    return writing.write_xlsx("Requests and reports", _COLUMNS, table)


def occurring(context: Context, word: str) -> list[str]:
    """Return the names of all records in which a word occurs, the newest first, whoever may see them.

    For the command line: somebody asks what the school holds about them (UK GDPR Art 15). It is noted.
    """
    with context.begin() as tx:
        kind = storage.record.c.kind
        asked = (kind == access_rules.KIND) & access.says(tx.connection, word)
        permitted = (kind == permission_rules.KIND) & permissions.says(tx.connection, word)
        reported, _ = content_service.says(tx, word, kind == content_rules.KIND, most=0)
        in_steps = storage.says(tx.connection, word)
        found = storage.where(tx.connection, tx.school_id, or_(asked, permitted, reported, in_steps))
        tx.audit("records.searched", f"{len(found)} records")
        return [record.name for record in found]


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _fits(tx: Look, person: Person, search: Search) -> tuple[ColumnElement[bool], bool]:
    """Return the condition of what fits, of all that this person may see; and whether some could not be looked into."""
    if search.scope is Scope.ALL and not person.holds(*SEES_ALL):
        raise Refused("This list is for the E-Safety Co-ordinator, the headteacher, the deputy and the DPO.")
    record, (first, before) = storage.record, _instants(search, tx.school.timezone)
    within: ColumnElement[bool] = true()
    if search.scope is Scope.MINE:
        within &= record.c.asker_id == person.person_id
    if first:
        within &= record.c.asked_at >= first
    if before:
        within &= record.c.asked_at < before
    fits, has_limit = [], False
    for kind, states in search.states.items():
        which = within & (record.c.kind == kind) & record.c.state.in_(list(states))
        which &= records.visible(tx, LISTED[kind].ways, person)
        for word in search.words.split():
            said, is_limited = _says(tx, kind, word, which)
            which, has_limit = which & said, has_limit or is_limited
        fits.append(which)
    return or_(false(), *fits), has_limit


def _says(tx: Look, kind: str, word: str, which: ColumnElement[bool]) -> tuple[ColumnElement[bool], bool]:
    """Return the condition that a word occurs in a record. Whoever calls one by its number means that one."""
    record = storage.record
    if named := re.fullmatch("([a-z]{2})-([0-9]{1,9})", word, re.IGNORECASE | re.ASCII):
        return (record.c.number == int(named[2]) if named[1].upper() == kind else false()), False
    named_so = [each.person_id for each in tx.everybody() if word.casefold() in each.name.casefold()]
    said, has_limit = LISTED[kind].says(tx, word, which)
    return record.c.asker_id.in_(named_so) | said, has_limit


def _rows(tx: Look, found: Sequence[Record]) -> list[Row]:
    names = {each.person_id: each.name for each in tx.everybody()}
    standing = _standing(tx, found)
    return [Row(record, names[record.asker_id], standing[record.name]) for record in found]


def _standing(tx: Look, found: Sequence[Record]) -> dict[str, str]:
    """Return record → how it stands: of an approved request what became of it in the filter."""
    approved = [record.name for record in found if record.state == access_rules.State.APPROVED]
    entries: dict[str, list[RegisterEntry]] = {}
    for some in storage.pieces(approved):
        for entry in register_storage.of_records(tx.connection, tx.school_id, some):
            entries.setdefault(entry.record, []).append(entry)
    states = {record.name: _state(record) for record in found}
    return {name: (standing(entries.get(name, [])) or state).name.lower() for name, state in states.items()}


def _state(record: Record) -> enum.StrEnum:
    return next(state for state in type(LISTED[record.kind].ways[record.procedure].first) if state == record.state)


def _instants(search: Search, timezone: str) -> tuple[datetime | None, datetime | None]:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)

    last = search.last + timedelta(days=1) if search.last else None
    return midnight(search.first) if search.first else None, midnight(last) if last else None


Cells = Mapping[str, writing.Cell]


def _of_desk(desk: Desk[Any], tx: Look, found: Sequence[Record], names: Mapping[int, str]) -> dict[str, Cells]:
    return {filed.name: _desk_cells(desk, filed, names) for filed in desk.filed(tx, found)}


def _desk_cells(desk: Desk[Any], found: FiledRecord[Any], names: Mapping[int, str]) -> Cells:
    decided = [step for step in found.steps if step.signature]
    return {
        "what": desk.title,
        **{desk.columns[name]: value for name, value in desk.fields(found).items()},
        "decided or completed by": names.get(decided[-1].person_id or 0, "") if decided else "",
        "reasons or action taken": decided[-1].words if decided else "",
    }


def _content(tx: Look, found: Sequence[Record], names: Mapping[int, str]) -> dict[str, Cells]:
    return {each.record.name: _content_cells(each, names) for each in content_service.reports(tx, found)}


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


def _cells(row: Row, more: Cells, timezone: str) -> list[writing.Cell]:
    found: dict[str, writing.Cell] = {"record": row.record.name, "asked or reported by": row.who}
    found |= {"on": school_time(row.record.asked_at, timezone), "state": row.state.replace("_", " ")}
    return [{**found, **more}.get(column, "") for column in _COLUMNS]


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


Said = tuple[ColumnElement[bool], bool]  # where a word occurs, and whether some were not looked into


class Listed(NamedTuple):
    """How one kind of record stands in the list: its ways, where a word occurs in it, its cells in a file."""

    ways: records.Ways
    says: Callable[[Look, str, ColumnElement[bool]], Said]
    cells: Callable[[Look, Sequence[Record], Mapping[int, str]], dict[str, Cells]]


def _desk(desk: Desk[Any], says: Callable[[Connection, str], ColumnElement[bool]]) -> Listed:
    return Listed(desk.ways, lambda tx, word, _: (says(tx.connection, word), False), partial(_of_desk, desk))


LISTED: Mapping[str, Listed] = {
    access_rules.KIND: _desk(requests.DESK, access.says),
    content_rules.KIND: Listed(content_rules.PROCEDURES, content_service.says, _content),
    permission_rules.KIND: _desk(permission_service.DESK, permissions.says),
}
