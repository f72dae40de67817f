"""Requests and reports, searched and exported as a list: by their owners, and by those who may see them all."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, or_, true

from bot.clock import school_time
from bot.context import Context, Look
from bot.errors import Refused
from bot.rules import search as rules
from bot.rules.access import SEES_ALL
from bot.rules.people import Person
from bot.rules.search import Scope, Search
from bot.services import records, search_words
from bot.services.desks import DESKS
from bot.services.record_views import Desk, FiledRecord
from bot.services.search_words import Depth, Fitting
from bot.sheets import writing
from storage import records as storage
from storage.people import people
from storage.records import Record
from storage.spine import record_search
from storage.spine.record_search import NEWEST_FIRST, Which
from storage.statements.constants import is_one_of

PAGE = 8
MOST_EXPORTED = 50_000
COUNTED = 1000


class Format(enum.Enum):
    """What kind of file a list becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of any kind, as a list shows it. `who`: the name of whoever asked or reported it."""

    filed: FiledRecord[Any]
    who: str

    @property
    def desk(self) -> Desk[Any]:
        """Return where it is read."""
        return DESKS[self.filed.record.kind]

    @property
    def button(self) -> str:
        """Return what the button carries that opens it."""
        return records.value_of(self.filed.record)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the records that fit, the newest first. `total`: how many fit; `is_more`: more, which were not counted.

    `has_limit`: the words were looked for in the texts of the newest records only, and there are older ones.
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
        fits, few, has_limit = _fits(tx, context.person, search, Depth.NEWEST)
        if few is not None:
            every = storage.of_ids(tx.connection, tx.school_id, few, fits)
            shown = every[page * PAGE : (page + 1) * PAGE]
            return Page(tuple(_rows(tx, shown)), len(every), False, page, has_limit)
        # As far as people turn pages: counting a hundred thousand, or looking for words in them, takes longer.
        most = max(0 if search.words else COUNTED, (page + 2) * PAGE)
        if search.words:  # from the newest on, and once: each that is met is looked into
            met = record_search.ids(tx.connection, tx.school_id, fits, most + 1, NEWEST_FIRST)
            total, on_page = len(met), met[page * PAGE : (page + 1) * PAGE]
            found = storage.of_ids(tx.connection, tx.school_id, on_page, true())
        else:
            total = storage.count(tx.connection, tx.school_id, fits, most=most)
            found = storage.where(tx.connection, tx.school_id, fits, PAGE, page * PAGE)
        return Page(tuple(_rows(tx, found)), min(total, most), total > most, page, has_limit)


def export(context: Context, written: str, kind: Format) -> bytes:
    """Return all records that fit as a file, with every field of theirs. Raises BadInput, Refused.

    `written`: what `Search.written` gave.
    """
    search = rules.again(written)
    with context.begin() as tx:
        fits = _fits(tx, context.person, search, Depth.ALL).condition
        rows = _rows(tx, storage.where(tx.connection, tx.school_id, fits, MOST_EXPORTED))
        names = people.names(tx.connection, tx.school_id)
        tx.audit("records.exported", f"{len(rows)} records")
    table = [_cells(row, names, context.school.timezone) for row in rows]
    if kind is Format.CSV:
        return writing.write_csv(COLUMNS, table)
    return writing.write_xlsx("Requests and reports", COLUMNS, table)


def occurring(context: Context, word: str) -> list[str]:
    """Return the names of all records in which a word occurs, the newest first, whoever may see them.

    For the command line: somebody asks what the school holds about them (UK GDPR Art 15). It is noted.
    """
    with context.begin() as tx:
        # Each kind says by itself where a word occurs; of what is sealed, every record is opened.
        kinds = {kind: storage.record.c.kind == kind for kind in DESKS}
        said = [kinds[kind] & desk.says(tx, word, Which(kinds[kind]), most=0)[0] for kind, desk in DESKS.items()]
        # At an address, however it is spelt.
        found = storage.where(
            tx.connection, tx.school_id, or_(*said, storage.says(tx.connection, word), search_words.at_address(word))
        )
        tx.audit("records.searched", f"{len(found)} records")
        return [record.name for record in found]


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _fits(tx: Look, person: Person, search: Search, depth: Depth) -> Fitting:
    """Return what fits, of all that this person may see. Raises Refused."""
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
    fits = [(record.c.kind == kind) & is_one_of(record.c.state, states) for kind, states in search.states.items()]
    # The gate once, not for each kind: a procedure is of one kind only.
    ways = {name: way for kind in search.states for name, way in DESKS[kind].ways.items()}
    within &= or_(false(), *fits) & records.visible(tx, ways, person)
    says = {kind: DESKS[kind].says for kind in search.states}
    return search_words.narrowed(tx, within, search.words, says, depth)


def _rows(tx: Look, found: Sequence[Record]) -> list[Row]:
    names = records.names(tx)
    filed: dict[int, FiledRecord[Any]] = {}
    for kind, desk in DESKS.items():
        these = [record for record in found if record.kind == kind]
        filed |= {each.record.record_id: each for each in desk.filed(tx, these)} if these else {}
    return [Row(filed[record.record_id], names[record.asker_id]) for record in found]


def _instants(search: Search, timezone: str) -> tuple[datetime | None, datetime | None]:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)

    last = search.last + timedelta(days=1) if search.last else None
    return midnight(search.first) if search.first else None, midnight(last) if last else None


def _cells(row: Row, names: Mapping[int, str], timezone: str) -> list[writing.Cell]:
    filed, desk = row.filed, row.desk
    signed = [step for step in filed.steps if step.signature]
    found: dict[str, writing.Cell] = {
        "record": filed.name,
        "what": desk.title,
        "asked or reported by": row.who,
        "on": school_time(filed.record.asked_at, timezone),
        "state": desk.standing(filed).replace("_", " "),
        **{desk.columns[name]: value for name, value in desk.fields(filed).items()},
        "decided or completed by": names.get(signed[-1].person_id or 0, "") if signed else "",
        "reasons or action taken": signed[-1].words if signed else "",
    }
    return [found.get(column, "") for column in COLUMNS]


_FIRST = ("record", "what", "asked or reported by", "on", "state")
_LAST = ("decided or completed by", "reasons or action taken")
# Fields to which several kinds give the same name share one column.
COLUMNS = tuple(
    dict.fromkeys((*_FIRST, *(heading for desk in DESKS.values() for heading in desk.columns.values()), *_LAST))
)
