"""Whom an import concerns, by name: for the eyes of whoever imports, and not to be kept. Policy §4.2, §4.6."""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.reading.roll.difference import Change, Difference, Missing
from bot.reading.roll.rows import PupilRow
from bot.rules.consent.ledger import Matter
from bot.rules.school import Use


class News(enum.StrEnum):
    """What is new about a child, in the order in which it is told: what may have to come down first."""

    WITHDRAWN = "withdrawn"
    NEW = "new"
    MOVED = "moved"
    RENAMED = "renamed"
    MISSING = "missing"


class Named(NamedTuple):
    """One child, as preferred name and class stand after the import. `was`: the class or name until now.

    `was` is "" for a class that nobody had given, and for a name of which only the legal one is another: that is told
    nowhere. `uses`: for what a Yes becomes a No.
    """

    name: str
    class_name: str
    was: str = ""
    uses: tuple[str, ...] = ()


Names = Mapping[News, Sequence[Named]]


def names(found: Difference, uses: Sequence[Use]) -> Names:
    """Return everybody whom an import concerns, by class and name. `uses`: of the school."""
    news: dict[News, list[Named]] = {each: [] for each in News}
    news[News.NEW] = [_new(row) for row in found.new]
    for change in found.changes:
        for what, named in _of_change(change, found.matters, uses):
            news[what].append(named)
    news[News.MISSING] = [missing(pupil) for pupil in found.missing]
    return in_order(news)


def in_order(news: Mapping[News, Iterable[Named]]) -> Names:
    """Return the names sorted by class and name."""
    return {what: sorted(those, key=lambda each: (each.class_name, each.name)) for what, those in news.items()}


def missing(pupil: Missing) -> Named:
    """Return somebody who is on the roll, but not in the file."""
    return Named(pupil.name, pupil.class_name)


def called(matters: Iterable[Matter], uses: Sequence[Use]) -> tuple[str, ...]:
    """Return uses of pictures as people read them: "School website, photo"."""
    known = {use.key: use.name for use in uses}
    return tuple(f"{known.get(key, key)}, {medium}" for key, medium in matters)


def place(class_name: str, year_group: str) -> str:
    """Return where a child is, with the year: the one may change without the other."""
    return ", ".join(filter(None, (class_name, f"year group {year_group}" if year_group else "")))


def _new(row: PupilRow) -> Named:
    return Named(f"{row.forename} {row.surname}", row.class_name)


def _of_change(change: Change, matters: Sequence[Matter], uses: Sequence[Use]) -> Iterator[tuple[News, Named]]:
    was, facts = change.was, change.facts
    before = f"{was.forename} {was.surname}"
    name = f"{facts.get('forename', was.forename)} {facts.get('surname', was.surname)}"
    class_name = facts.get("class_name", was.class_name)
    if withdrawn := change.withdrawn(matters):
        yield News.WITHDRAWN, Named(name, class_name, uses=called(withdrawn, uses))
    if change.arrives:
        yield News.NEW, Named(name, class_name)
        return
    if change.placement:
        yield News.MOVED, moved(name, (was.class_name, was.year_group), change.placement)
    if change.is_renamed:
        yield News.RENAMED, Named(name, class_name, before if before != name else "")


def moved(name: str, was: tuple[str, str], now: tuple[str, str]) -> Named:
    """Return who is in another class or year. `was`, `now`: (class, year group)."""
    if was[0] != now[0]:
        return Named(name, now[0], was[0])
    return Named(name, place(*now), place(*was))
