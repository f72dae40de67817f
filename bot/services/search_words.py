"""Which records the words of a search fit: by number, by the asker's name, by an address, or by what was written.

Numbers, names and addresses are found among all records, by an index each. No index that both databases have finds any
part of any word, so what was written is read: of the newest thousand records that fit otherwise.
"""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_

from bot.context import Look
from bot.rules.filter.places import sought
from bot.rules.procedures import RECORD_NAME
from storage.records import record
from storage.spine import record_search
from storage.spine.record_search import Said, Which
from storage.statements.constants import has_id_of, is_found_by_id

MOST_READ = 1000  # records whose texts are read while somebody waits
FEW = 300  # records that are named one by one; more are met on the way from the newest to the oldest

Way = tuple[list[int], ColumnElement[bool]]  # what a word fits: ids of at most FEW + 1 records, the condition for all

Says = Callable[[Look, str, Which], Said]  # of a kind: in which of some records a word occurs


class Fitting(NamedTuple):
    """Which records fit. `few`: where they are few, they are among these; `has_limit`: older ones were not read."""

    condition: ColumnElement[bool]
    few: frozenset[int] | None
    has_limit: bool


class Depth(enum.Enum):
    """How many records are read."""

    NEWEST = "the newest"
    ALL = "all, but for what is sealed"


def narrowed(tx: Look, fits: ColumnElement[bool], words: str, kinds: Mapping[str, Says], depth: Depth) -> Fitting:
    """Return what fits and has every word.

    Whoever calls a record by its number, such as AR-7, means that one. `kinds`: those that are looked through.
    """
    others = []
    for word in dict.fromkeys(words.split()):
        called = _called(word)
        fits = fits if called is None else fits & called
        others += [word] if called is None else []
    if not others:
        return Fitting(fits, None, False)
    if depth is Depth.ALL:
        which = {kind: Which(fits & (record.c.kind == kind)) for kind in kinds}
        found = [_written(tx, word, which, kinds) for word in others]
        conditions = (
            or_(said, _asked_by(_named(tx, word)), at_address(word))
            for word, (said, _) in zip(others, found, strict=True)
        )
        return Fitting(and_(fits, *conditions), None, any(is_limited for _, is_limited in found))
    return _among_newest(tx, fits, others, kinds)


def at_address(word: str) -> ColumnElement[bool]:
    """Return the condition that a record has an address that a word asks for."""
    place = sought(word)
    return record_search.begins(place) if place else false()


def _among_newest(tx: Look, fits: ColumnElement[bool], words: Sequence[str], kinds: Mapping[str, Says]) -> Fitting:
    few: frozenset[int] | None = None
    ids, recent, has_limit = record_search.newest(tx.connection, tx.school_id, fits, MOST_READ)
    newest = is_found_by_id(tx.connection, record.c.id, chain.from_iterable(ids.values()))
    of_kind = {kind: Which(newest & (record.c.kind == kind), ids[kind]) for kind in kinds if kind in ids}
    for word in words:
        # Looked up one by one: who may see them was asked once.
        said, is_limited = _written(tx, word, of_kind, kinds)
        written = record_search.some(tx.connection, newest & said, FEW + 1)
        ways = [(written, recent & said), *_without_reading(tx, word)]
        known = frozenset(record_id for found, _ in ways if len(found) <= FEW for record_id in found)
        many = [condition for found, condition in ways if len(found) > FEW]
        by_id = [has_id_of(record.c.id, known)] if known else []  # SQLite looks through all records for one of none
        fits &= or_(false(), *by_id, *many)
        if not many:
            few = known if few is None else few & known
        has_limit = has_limit or is_limited
    return Fitting(fits, few, has_limit)


def _written(tx: Look, word: str, which: Mapping[str, Which], kinds: Mapping[str, Says]) -> Said:
    """Return the condition that a word occurs in what was written. `which`: kind → in which records of it."""
    said = {kind: kinds[kind](tx, word, these) for kind, these in which.items()}
    occurs = or_(false(), *((record.c.kind == kind) & condition for kind, (condition, _) in said.items()))
    return occurs, any(is_limited for _, is_limited in said.values())


def _without_reading(tx: Look, word: str) -> Iterator[Way]:
    """Yield the records that a word fits by their asker, and by an address."""
    if named := _named(tx, word):
        asked = record.c.asker_id.in_(named)
        yield record_search.ids(tx.connection, tx.school_id, asked, FEW + 1), _asked_by(named)
    if place := sought(word):
        yield record_search.beginning(tx.connection, tx.school_id, place, FEW + 1), record_search.begins(place)


def _named(tx: Look, word: str) -> list[int]:
    folded = word.casefold()
    return [person.person_id for person in tx.everybody() if folded in person.name.casefold()]


def _asked_by(people: Collection[int]) -> ColumnElement[bool]:
    # Not by the index of askers: theirs are many, and the newest are met soon.
    return func.coalesce(record.c.asker_id, 0).in_(people)


def _called(word: str) -> ColumnElement[bool] | None:
    """Return the condition that a word is a record's number; None for any other word."""
    named = RECORD_NAME.fullmatch(word.upper())
    return (record.c.kind == named[1]) & (record.c.number == int(named[2])) if named else None
