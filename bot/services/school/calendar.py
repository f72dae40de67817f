"""Brings the school's calendar up to date from a file of terms."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.bounded import files
from bot.clock import spoken_day
from bot.context import Context
from bot.errors import BadFile
from bot.reading.columns import Finding
from bot.reading.terms.found import CalendarFile
from bot.rules.calendar import Kind, Period
from storage import calendar, school


@dataclass(frozen=True, slots=True)
class CalendarDifference:
    """What an import of terms changes, in words; `years`: the school years that the file replaces.

    `lost`: the lines of terms that were refused. With any of these nothing is changed.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    years: tuple[str, ...]
    problems: tuple[Finding, ...]
    lost: tuple[int, ...] = ()


def preview(context: Context, file_name: str, content: bytes) -> CalendarDifference:
    """Say what the import would change. Raises BadFile."""
    read = _read(file_name, content, context)
    return _difference(read, context.school.calendar.periods)


def apply(context: Context, file_name: str, content: bytes) -> CalendarDifference:
    """Import the terms, in one transaction. Raises BadFile, Busy.

    A school year of which the file gives a term is replaced as a whole; other years stay, and single days are added.
    If a term is refused nothing is imported: its days would count as holidays, in which nobody is reminded of anything.
    """
    read = _read(file_name, content, context)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two imports at once must not mix
        known = calendar.of(tx.connection, tx.school_id)
        difference = _difference(read, known)
        if difference.added or difference.removed:
            school.set_calendar(tx.connection, tx.school_id, _after(read, known))
            tx.audit("calendar.imported", f"school {tx.school_id}")
        return difference


def _read(file_name: str, content: bytes, context: Context) -> CalendarFile:
    found = files.terms(file_name, content, context.today())
    if not found.periods and not found.problems:
        raise BadFile("There is no term, INSET day or closure in this file. Nothing was changed.")
    return found


def _after(read: CalendarFile, known: Iterable[Period]) -> list[Period]:
    """Return the whole calendar as it is after the import."""
    years = _years(read)
    given = {_days(each) for each in read.periods}
    kept = [each for each in known if each.school_year not in years and _days(each) not in given]
    return sorted([*kept, *read.periods], key=lambda each: (each.first, each.kind))


def _difference(read: CalendarFile, known: tuple[Period, ...]) -> CalendarDifference:
    if read.lost:
        return CalendarDifference((), (), len(known), (), read.problems, tuple(sorted(read.lost)))
    after = _after(read, known)
    return CalendarDifference(
        added=tuple(_spoken(each) for each in after if each not in known),
        removed=tuple(_spoken(each) for each in known if each not in after),
        unchanged=sum(each in known for each in after),
        years=tuple(f"{year}/{(year + 1) % 100:02}" for year in sorted(_years(read))),
        problems=read.problems,
    )


def _years(read: CalendarFile) -> set[int]:
    return {each.school_year for each in read.periods if each.kind is Kind.TERM}


def _days(period: Period) -> tuple[object, ...]:
    return period.kind, period.first, period.last


def _spoken(period: Period) -> str:
    days = spoken_day(period.first)
    if period.last != period.first:
        days += f" to {spoken_day(period.last)}"
    return f"{period.kind.value}, {days}" + (f": {period.title}" if period.title else "")
